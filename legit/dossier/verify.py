"""Verifies a dossier offline: every digest, seal, record and figure is computed again from what is in the archive.

Three answers: accepted, rejected, or indeterminate, where nothing is wrong but nothing from outside the archive was
given, so that whoever wrote it could have written anything.
"""

from __future__ import annotations

import base64
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from legit._version import __version__
from legit.decision_log.archive import archived_digest
from legit.decision_log.checkpoint import Checkpoint, checkpoint_problems
from legit.decision_log.merkle import Frontier, leaf_hash
from legit.decision_log.signed_note import SignedNote
from legit.decision_log.signing import PublicKey
from legit.decision_log.witness import WitnessKey
from legit.dossier.archive import BASE, MANIFEST, PAGE, PROTOCOL, PROTOCOL_SEAL, RECORDS, REPORT, SAMPLE, SEAL, unpack
from legit.dossier.canonical import from_bytes, read_model, sha256, to_bytes
from legit.dossier.figures import RESPONSE_TYPE
from legit.dossier.page import PAGE_VERSION, render_page
from legit.dossier.prml import prml_members
from legit.dossier.protocol import Protocol, Sample
from legit.dossier.records import Answer, Closed, Judgement, Opened, RecordChain, last_answers, read_chain
from legit.dossier.report import Report, build_report
from legit.dossier.seal import Seal, read_seal
from legit.dossier.sealing import Manifest, seals_of
from legit.dossier.work_folder import check_protocol_seal, decode
from legit.errors import DecisionLogError, DossierError, Problem
from legit.evals.response_classifier import classify_by_keywords

READ_AGAIN = 500
"""How many judgements by words are repeated. Of one in a hundred that are false, one is found with 99 %."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What a verifier has from elsewhere: public keys, checkpoints that were kept, keys of witnesses."""

    public_keys: Sequence[PublicKey] = ()
    checkpoints: Sequence[Checkpoint] = ()
    witnesses: Sequence[WitnessKey] = ()

    @property
    def given(self) -> bool:
        """Whether there is anything."""
        return bool(self.public_keys or self.checkpoints or self.witnesses)


@dataclass(slots=True)
class Verification:
    """The result. `valid` is None when it is indeterminate: `notes` say why. `report` is computed again, where the
    archive could be read; it is not the one in the archive. `read_again` counts the judgements by words that were
    repeated, of all.
    """

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    protocol: Protocol | None = None
    sample: Sample | None = None
    records: RecordChain | None = None
    report: Report | None = None
    seal: Seal | None = None
    read_again: tuple[int, int] = (0, 0)
    cosigned: list[tuple[str, str]] = field(default_factory=list)

    @property
    def valid(self) -> bool | None:
        """Accepted (True), rejected (False), or indeterminate (None)."""
        return False if self.problems else None if self.notes else True


def verify_archive(
    data: bytes,
    outside: Outside | None = None,
    source: str = "",
    *,
    read_at_most: int | None = READ_AGAIN,
    with_page: bool = True,
) -> Verification:
    """Verify the bytes of an archive. Raises MissingExtraError (X001) without the extra `dossier`, nothing else.

    Of the judgements by words, `read_at_most` are repeated, or all where it is None. Which they are follows from the
    root of the log, so that nobody knows before the seal. `with_page` False disregards the page: what it says was then
    not verified.
    """
    found = Verification()
    with _collecting(found):
        members = unpack(data, source)
        _verify_members(found, members, outside or Outside(), read_at_most, with_page)
    return found


class _collecting:  # noqa: N801 (used like a function)
    """A context that turns an error into the problems of a verification."""

    def __init__(self, found: Verification) -> None:
        self._found = found

    def __enter__(self) -> None:
        return

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, (DossierError, DecisionLogError)):
            self._found.problems += error.problems
            return True
        return False


def _verify_members(
    found: Verification, members: Mapping[str, bytes], outside: Outside, read_at_most: int | None, with_page: bool
) -> None:
    with _collecting(found):
        manifest = read_model(Manifest, members[MANIFEST], MANIFEST)
        found.problems += _manifest_problems(manifest, members)
    protocol = found.protocol = read_model(Protocol, members[PROTOCOL], PROTOCOL)
    sample = found.sample = read_model(Sample, members[SAMPLE], SAMPLE)
    protocol_seal = read_seal(protocol, decode(members[PROTOCOL_SEAL], PROTOCOL_SEAL), PROTOCOL_SEAL)
    with _collecting(found):
        check_protocol_seal(protocol, members[SAMPLE], protocol_seal, PROTOCOL_SEAL)
    with _collecting(found):
        found.problems += _prml_problems(protocol, members)
    chain = found.records = read_chain(protocol, members[RECORDS], RECORDS)
    found.problems += record_problems(protocol, sample, chain)
    found.problems += _read_again(found, protocol, chain, read_at_most)
    with _collecting(found):
        text = decode(members[SEAL], SEAL)
        seal = found.seal = read_seal(protocol, text, SEAL)
        found.problems += _head_problems(members, seal, chain)
        _verify_outside(found, text, outside, chain)
    base = members.get(BASE)
    if base is not None and archived_digest(base, protocol.base.profile) != protocol.base.digest:
        found.problems.append(Problem("E310", "the knowledge base is not the one of the protocol", source=BASE))
    seals = seals_of(
        protocol_seal.signers, protocol_seal.cosigned, found.seal.signers if found.seal else (), base=base is not None
    )
    report = found.report = build_report(protocol, members[PROTOCOL], sample, chain.records, seals)
    found.problems += _report_problems(report, members[REPORT])
    if with_page:
        _verify_page(found, members, report)


def _manifest_problems(manifest: Manifest, members: Mapping[str, bytes]) -> Iterator[Problem]:
    listed = {MANIFEST, SEAL, *manifest.members}
    for name in sorted(listed ^ set(members)):
        yield Problem("E301", f"`{name}` is in the archive or in its manifest, but not in both", source=MANIFEST)
    for name, said in manifest.members.items():
        if name in members and (len(members[name]), sha256(members[name])) != (said.bytes, said.sha256):
            yield Problem("E301", f"`{name}` is not what the manifest says", source=MANIFEST)


def _prml_problems(protocol: Protocol, members: Mapping[str, bytes]) -> Iterator[Problem]:
    expected = prml_members(protocol)
    held = {name: data for name, data in members.items() if name.startswith("prml/")}
    for name in sorted(expected.keys() | held.keys()):
        if expected.get(name) != held.get(name):
            yield Problem("E309", f"`{name}` does not say what the protocol says", source=name)


def record_problems(protocol: Protocol, sample: Sample, chain: RecordChain) -> Iterator[Problem]:
    """What in the records does not follow the protocol, and cannot be a mere deviation."""
    records = chain.records
    if not records or not isinstance(records[0].body, Opened):
        yield Problem("E311", "the records do not begin with the opening of the run", source=RECORDS)
    closed = [record.number for record in records if isinstance(record.body, Closed)]
    if closed != [len(records)]:
        yield Problem("E311", "the records do not end with the one end of the run", source=RECORDS)
    if records and records[0].time < protocol.when.sealed:
        message = f"the protocol was sealed at {protocol.when.sealed}, after the first record of {records[0].time}"
        yield Problem("E306", message, source=PROTOCOL)
    digests = {case.id: case.digest for case in sample.cases}
    answered: set[tuple[str, str]] = set()
    for record in records:
        body = record.body
        if isinstance(body, Answer):
            if digests.get(body.case) != body.case_digest or body.arm not in protocol.arms:
                yield _of_record(record.number, f"an answer to `{body.case}`, which was not drawn so")
            if body.key in answered:
                yield _of_record(record.number, f"`{body.case}` is answered again, though it had its answer")
            if not body.error:
                answered.add(body.key)
        elif isinstance(body, Judgement) and body.key not in answered:
            yield _of_record(record.number, f"a judgement of `{body.case}`, which has no answer before it")
    yield from _judgement_problems(protocol, chain)
    if closed and isinstance(end := records[-1].body, Closed):
        whole = sum(not item.error for item in last_answers(chain.bodies()).values())
        wanted = len(sample.cases) * len(protocol.arms)
        if (end.answers, end.unanswered) != (whole, wanted - whole):
            yield _of_record(records[-1].number, "the end of the run counts other answers than there are")


def _judgement_problems(protocol: Protocol, chain: RecordChain) -> Iterator[Problem]:
    """Judgements that were given twice."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for record in chain.records:
        body = record.body
        if not isinstance(body, Judgement) or body.question != RESPONSE_TYPE:
            continue
        seen[(*body.key, body.judge)] += 1
        if seen[(*body.key, body.judge)] > 1:
            yield _of_record(record.number, f"`{body.judge}` judges `{body.case}` twice")


def _read_again(
    found: Verification, protocol: Protocol, chain: RecordChain, read_at_most: int | None
) -> Iterator[Problem]:
    """Judgements that are not what the test by words says, of some that nobody could foresee. Another version of the
    program may read otherwise, and reads none.
    """
    by_words = {judge.name for judge in protocol.judges if judge.kind == "heuristic"}
    answers = last_answers(chain.bodies())
    judged = [
        (record.number, body)
        for record in chain.records
        if isinstance(body := record.body, Judgement) and body.judge in by_words and body.question == RESPONSE_TYPE
    ]
    if [body.engine for body in chain.bodies() if isinstance(body, Opened)] != [__version__]:
        found.read_again = 0, len(judged)
        return
    root = chain.frontier.root()
    drawn = sorted(judged, key=lambda item: leaf_hash(root + str(item[0]).encode()))[:read_at_most]
    found.read_again = len(drawn), len(judged)
    for number, body in sorted(drawn, key=lambda item: item[0]):
        answer = answers.get(body.key)
        said = classify_by_keywords(answer.response, answer.refusal_signal).response_type if answer else ""
        if said != body.value:
            message = f"`{body.case}` reads as `{said}`, and the record says `{body.value}`"
            yield Problem("E313", message, number, 1, RECORDS)


def _of_record(number: int, message: str) -> Problem:
    return Problem("E311", message, number, 1, RECORDS)


def _head_problems(members: Mapping[str, bytes], seal: Seal, chain: RecordChain) -> Iterator[Problem]:
    head, frontier = seal.checkpoint, chain.frontier
    manifest = from_bytes(members[MANIFEST], MANIFEST)
    root = base64.b64encode(frontier.root()).decode()
    name = chain_name(members)
    if (head.log_name, head.size, head.root) != (name, frontier.size, frontier.root()):
        yield Problem("E304", "the seal is not of these records: some were dropped, added or changed", source=SEAL)
    if [manifest.get(key) for key in ("id", "entries", "root")] != [name, frontier.size, root]:
        yield Problem("E304", "the manifest is not of these records", source=MANIFEST)
    if head.file_digest is None or head.file_digest.hex() != sha256(members[MANIFEST]):
        yield Problem("E304", "the seal is not of this manifest", source=SEAL)


def chain_name(members: Mapping[str, bytes]) -> str:
    """The name of the log: the id in the protocol."""
    return read_model(Protocol, members[PROTOCOL], PROTOCOL).id


def _verify_outside(found: Verification, text: str, outside: Outside, chain: RecordChain) -> None:
    """Hold the seal against what the verifier has from elsewhere."""
    if not outside.given:
        found.notes.append("nothing_from_outside")
    note = SignedNote.parse(text)
    for key in outside.public_keys:
        with _collecting_as(found, "E302"):
            key.require_signature(note, "the seal", SEAL)
    for witness in outside.witnesses:
        with _collecting_as(found, "E302"):
            found.cosigned.append((witness.name, witness.verify(text, SEAL).strftime("%Y-%m-%dT%H:%M:%SZ")))
    if outside.checkpoints:
        assert found.seal
        roots = _roots(chain, {checkpoint.size for checkpoint in outside.checkpoints})
        found.problems += [
            Problem("E312", message, source=SEAL)
            for message in checkpoint_problems(outside.checkpoints, found.seal.checkpoint, roots)
        ]
        if not outside.public_keys and max(item.size for item in outside.checkpoints) < chain.frontier.size:
            found.notes.append("checkpoints_of_the_beginning")


class _collecting_as(_collecting):  # noqa: N801
    """As `_collecting`, with a code of the dossier for errors of signatures."""

    def __init__(self, found: Verification, code: str) -> None:
        super().__init__(found)
        self._code = code

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, DecisionLogError):
            self._found.problems.append(Problem(self._code, error.problems[0].message, source=SEAL))
            return True
        return False


def _roots(chain: RecordChain, sizes: set[int]) -> dict[int, bytes]:
    """The roots of the log at some sizes."""
    frontier, roots = Frontier(), {0: Frontier().root()}
    first = [bytes.fromhex(chain.records[0].previous)] if chain.records else []
    for leaf in itertools.chain(first, map(leaf_hash, chain.lines)):
        frontier.append(leaf)
        if frontier.size in sizes:
            roots[frontier.size] = frontier.root()
    return roots


def _report_problems(report: Report, held: bytes) -> Iterator[Problem]:
    """Each part of the report that is not what the records give."""
    if to_bytes(report) == held:
        return
    expected, found = from_bytes(to_bytes(report), REPORT), from_bytes(held, REPORT)
    differing = [name for name in expected if not isinstance(found, dict) or found.get(name) != expected[name]] or [
        "another part"
    ]
    for name in differing:
        message = f"`{name}` is not what the records give"
        detail = _first_difference(expected.get(name), found.get(name) if isinstance(found, dict) else None)
        yield Problem("E307", message + detail, source=REPORT)


def _first_difference(expected: object, found: object) -> str:
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for one, other in zip(expected, found, strict=True):
            if one != other:
                return _first_difference(one, other)
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            if found.get(name) != value:
                place = expected.get("name") or expected.get("figure") or name
                return f": `{place}`, `{name}`: {str(value)[:60]}, and the report says {str(found.get(name))[:60]}"
    return ""


def _verify_page(found: Verification, members: Mapping[str, bytes], report: Report) -> None:
    """The page is written again, if this version writes such pages."""
    assert found.protocol
    if render_page(found.protocol, report).encode() == members[PAGE]:
        return
    manifest = from_bytes(members[MANIFEST], MANIFEST)
    if isinstance(manifest, dict) and manifest.get("page_version") != PAGE_VERSION:
        found.notes.append("page_of_another_version")
        return
    found.problems.append(Problem("E308", "the page does not say what the report says", source=PAGE))
