"""The seals of a dossier: C2SP checkpoints of its log, signed by people whom the protocol names.

The protocol is sealed by a checkpoint of size 1, before the run; the archive by one of the whole log, whose extension
line holds the digest of the manifest. A witness of C2SP may cosign either.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.signed_note import Signature, SignedNote
from legit.decision_log.signing import PrivateKey, PublicKey
from legit.decision_log.witness import WitnessKey
from legit.dossier.protocol import Person, Protocol
from legit.errors import DecisionLogError, DossierError, Problem


@dataclass(frozen=True, slots=True)
class Seal:
    """A checkpoint as it was read: who of the protocol signed it, which witnesses cosigned it, and when they did."""

    checkpoint: Checkpoint
    signers: tuple[Person, ...]
    cosigned: tuple[tuple[str, str], ...]


def person_keys(protocol: Protocol) -> list[tuple[Person, PublicKey]]:
    """The people of a protocol who have a key. Raises DossierError (E102) when a text is no key."""
    try:
        return [(person, PublicKey.parse(person.key)) for person in protocol.who if person.key]
    except DecisionLogError as error:
        raise DossierError(Problem("E102", f"`who`: {error.problems[0].message}")) from error


def witness_keys(protocol: Protocol) -> list[WitnessKey]:
    """The witnesses of a protocol. Raises DossierError (E102) when a text is no key of a witness."""
    try:
        return [WitnessKey.parse(text) for text in protocol.witnesses]
    except DecisionLogError as error:
        raise DossierError(Problem("E102", f"`witnesses`: {error.problems[0].message}")) from error


def sign(protocol: Protocol, checkpoint: Checkpoint, keys: Sequence[PrivateKey]) -> str:
    """The text of a checkpoint with the signatures of some keys, which the protocol must name.

    Raises DossierError (E106) for a key that it does not name, MissingExtraError (X001) without the extra `sign`.
    """
    named = {public for _, public in person_keys(protocol)}
    signatures: list[Signature] = []
    for key in keys:
        if key.public_key not in named:
            help_ = "name the public key under `who` in the draft, before the protocol is sealed"
            raise DossierError(Problem("E106", f"the protocol names no key `{key.public_key}`", help=help_))
        signatures += SignedNote.parse(key.sign_text(str(checkpoint))).signatures
    return str(SignedNote(str(checkpoint), tuple(signatures)))


def read_seal(protocol: Protocol, text: str, source: str) -> Seal:
    """The seal of a text form. Every signature must be valid, and by a key that the protocol names.

    Raises DossierError: E301 not a seal in its one form, E302 a signature that is not valid, or by somebody else.
    """
    try:
        checkpoint, note = Checkpoint.parse_signed(text, source)
    except DecisionLogError as error:
        raise DossierError(Problem("E301", "not a seal: no C2SP checkpoint", source=source)) from error
    if str(note) != text or str(checkpoint) != note.text:
        raise DossierError(Problem("E301", "not a seal in the one form that it has", source=source))
    known: dict[tuple[str, bytes], tuple[list[Person], PublicKey]] = {}
    for person, key in person_keys(protocol):
        known.setdefault((key.log_name, key.key_id), ([], key))[0].append(person)
    witnesses = {(key.name, key.key_id): key for key in witness_keys(protocol)}
    signers: list[Person] = []
    cosigned: list[tuple[str, str]] = []
    seen = [(item.key_name, item.key_id) for item in note.signatures]
    try:
        for name in seen:
            if seen.count(name) > 1:
                message = f"the key `{name[0]}` has signed twice"
                raise DossierError(Problem("E302", message, source=source))
            if name in known:
                people, key = known[name]
                key.require_signature(note, "the seal", source)
                signers += people
            elif name in witnesses:
                time = witnesses[name].verify(text, source)
                cosigned.append((name[0], time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
            else:
                message = f"a signature by `{name[0]}` ({name[1].hex()}), whom the protocol does not name"
                raise DossierError(Problem("E302", message, source=source))
    except DecisionLogError as error:
        raise DossierError(Problem("E302", error.problems[0].message, source=source)) from error
    return Seal(checkpoint, tuple(signers), tuple(cosigned))


def is_by_provider(protocol: Protocol, signers: Iterable[Person]) -> bool:
    """Whether somebody seals who is the system's own provider: by role, by organisation, or with a provider's key."""
    provider = protocol.system.provider.strip().casefold()
    own = {key.key for person, key in person_keys(protocol) if person.role == "provider"}
    with_own_key = {person.name for person, key in person_keys(protocol) if key.key in own}
    return any(
        person.name in with_own_key or person.role == "provider" or person.organisation.strip().casefold() == provider
        for person in signers
    )
