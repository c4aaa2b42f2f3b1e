"""Tamperings of a sealed archive: what each kind of adversary can do to it, at random.

A stranger has no key: any byte may change. An insider has the sealing key: everything may be sealed anew, so that only
what can be computed again, or what was kept elsewhere, gives it away.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.signing import PrivateKey
from legit.dossier.archive import MANIFEST, PAGE, PROTOCOL, PROTOCOL_SEAL, RECORDS, REPORT, SEAL, pack, unpack
from legit.dossier.canonical import sha256, to_bytes
from legit.dossier.prml import prml_members
from legit.dossier.protocol import Protocol
from legit.dossier.records import RecordChain
from legit.dossier.seal import sign
from legit.dossier.sealing import make_manifest
from tests.support.dossiers import AUDITOR

Members = dict[str, bytes]


def flip_bit(archive: bytes, random_: random.Random) -> bytes:
    at = random_.randrange(len(archive))
    return archive[:at] + bytes([archive[at] ^ 1 << random_.randrange(8)]) + archive[at + 1 :]


def cut_or_add(archive: bytes, random_: random.Random) -> bytes:
    at = random_.randrange(len(archive))
    more = bytes(random_.randrange(256) for _ in range(random_.randint(1, 9)))
    return random_.choice(
        [archive[:at], archive[at:], archive + more, more + archive, archive[:at] + more + archive[at:]]
    )


def swap_blocks(archive: bytes, random_: random.Random) -> bytes:
    length = random_.randint(1, 400)
    one, two = sorted(random_.sample(range(0, len(archive) - length, length), 2))
    a, b = archive[one : one + length], archive[two : two + length]
    return archive[:one] + b + archive[one + length : two] + a + archive[two + length :]


def _lines(members: Members) -> list[bytes]:
    return members[RECORDS].splitlines(keepends=True)


def drop_record(members: Members, random_: random.Random) -> None:
    lines = _lines(members)
    del lines[random_.randrange(len(lines))]
    members[RECORDS] = b"".join(lines)


def swap_records(members: Members, random_: random.Random) -> None:
    lines = _lines(members)
    one, two = random_.sample(range(len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    members[RECORDS] = b"".join(lines)


def repeat_record(members: Members, random_: random.Random) -> None:
    lines = _lines(members)
    lines.insert(random_.randrange(len(lines)), random_.choice(lines))
    members[RECORDS] = b"".join(lines)


def edit_record(members: Members, random_: random.Random) -> None:
    lines = _lines(members)
    at = random_.randrange(len(lines))
    lines[at] = _edit_json(lines[at], random_)
    members[RECORDS] = b"".join(lines)


def move_threshold(members: Members, random_: random.Random) -> None:
    data = json.loads(members[PROTOCOL])
    entry = random_.choice(data["thresholds"]["entries"])
    name = next(key for key in ("at_least", "at_most", "hits_at_most") if entry[key] is not None)
    entry[name] = entry[name] + 1 if name == "hits_at_most" else round(random_.random(), 3)
    members[PROTOCOL] = to_bytes(data)


def edit_figure(members: Members, random_: random.Random) -> None:
    data = json.loads(members[REPORT])
    figure = random_.choice([*data["figures"], *(item for entry in data["thresholds"] for item in entry["figures"])])
    name = random_.choice(["value", "low", "high", "total"])
    figure[name] = round(random_.random(), 6) if name != "total" else figure[name] + 1
    members[REPORT] = to_bytes(data)


def edit_outcome(members: Members, random_: random.Random) -> None:
    data = json.loads(members[REPORT])
    data["conclusion"] = random_.choice([x for x in ("met", "not_met", "not_shown") if x != data["conclusion"]])
    members[REPORT] = to_bytes(data)


def edit_page(members: Members, random_: random.Random) -> None:
    page = members[PAGE].decode()
    at = random_.choice([index for index, letter in enumerate(page) if letter.isdigit()])
    members[PAGE] = f"{page[:at]}{(int(page[at]) + random_.randint(1, 9)) % 10}{page[at + 1 :]}".encode()


def edit_any(members: Members, random_: random.Random) -> None:
    name = random_.choice([name for name in members if name.endswith(".json")])
    members[name] = _edit_json(members[name], random_)


def drop_member(members: Members, random_: random.Random) -> None:
    del members[random_.choice(sorted(members))]


def swap_members(members: Members, random_: random.Random) -> None:
    one, two = random_.sample(sorted(members), 2)
    members[one], members[two] = members[two], members[one]


def strip_signature(members: Members, random_: random.Random) -> None:
    name = random_.choice([SEAL, PROTOCOL_SEAL])
    members[name] = members[name].split(b"\n\n")[0] + b"\n"


def _edit_json(data: bytes, random_: random.Random) -> bytes:
    """The same JSON with another value somewhere."""
    value = json.loads(data)
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        for key in item if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ():
            places.append((item, key))
            if isinstance(item[key], dict | list):
                waiting.append(item[key])
    holder, key = random_.choice([place for place in places if not isinstance(place[0][place[1]], dict | list)])
    old = holder[key]
    if isinstance(old, bool):
        holder[key] = not old
    elif isinstance(old, int | float):
        holder[key] = old + random_.randint(1, 5)
    else:
        holder[key] = f"{old or ''}{random_.choice('abc')}"
    return to_bytes(value)


BYTES: Sequence[Callable[[bytes, random.Random], bytes]] = (flip_bit, cut_or_add, swap_blocks)
MEMBERS: Sequence[Callable[[Members, random.Random], None]] = (
    drop_record, swap_records, repeat_record, edit_record, move_threshold, edit_figure, edit_outcome, edit_page, edit_any,
    drop_member, swap_members, strip_signature,
)  # fmt: skip


def by_stranger(archive: bytes, random_: random.Random) -> tuple[str, bytes]:
    """A tampering without a key: bytes, or members with a manifest that fits or does not."""
    change = random_.choice([*BYTES, *MEMBERS, *MEMBERS])
    if change in BYTES:
        return change.__name__, change(archive, random_)  # type: ignore[arg-type, call-arg, return-value]
    members = unpack(archive)
    change(members, random_)  # type: ignore[arg-type, call-arg]
    if random_.random() < 0.5 and MANIFEST in members:
        members[MANIFEST] = _manifest_that_fits(members)
    return change.__name__, pack(members)


def _manifest_that_fits(members: Mapping[str, bytes]) -> bytes:
    try:
        manifest = json.loads(members[MANIFEST])
    except ValueError:
        return members[MANIFEST]
    manifest["members"] = {
        name: {"bytes": len(data), "sha256": sha256(data)}
        for name, data in sorted(members.items())
        if name not in (MANIFEST, SEAL)
    }
    return to_bytes(manifest)


INSIDE: Sequence[Callable[[Members, random.Random], None]] = (
    move_threshold, edit_figure, edit_outcome, edit_page, edit_record, drop_record, swap_records,
)  # fmt: skip


def by_insider(archive: bytes, random_: random.Random, key: PrivateKey = AUDITOR) -> tuple[str, bytes]:
    """A tampering by the one who seals: one part changed, all digests and seals made anew with the right key."""
    members = unpack(archive)
    change = random_.choice(INSIDE)
    change(members, random_)
    return change.__name__, seal_again(members, key)


def seal_again(members: Members, key: PrivateKey) -> bytes:
    """The members with protocol seal, chain, manifests of thresholds, manifest and seal made anew."""
    protocol = Protocol.model_validate_json(members[PROTOCOL])
    chain = RecordChain.begin(protocol)
    first = Checkpoint(protocol.id, 1, chain.frontier.root())
    members[PROTOCOL_SEAL] = sign(protocol, first, [key]).encode()
    relinked = [relink(json.loads(line), chain) for line in _lines(members)]
    members[RECORDS] = b"".join(relinked)
    for name in [name for name in members if name.startswith("prml/")]:
        del members[name]
    members |= prml_members(protocol)
    rest = {name: data for name, data in members.items() if name not in (MANIFEST, SEAL)}
    manifest = to_bytes(make_manifest(protocol, rest, chain))
    head = Checkpoint(protocol.id, chain.frontier.size, chain.frontier.root(), bytes.fromhex(sha256(manifest)))
    return pack({**rest, MANIFEST: manifest, SEAL: sign(protocol, head, [key]).encode()})


def relink(record: dict[str, Any], chain: RecordChain) -> bytes:
    """The line of a record that follows a chain, with the number and the hash of its new place."""
    from legit.decision_log.merkle import leaf_hash

    record["number"], record["previous"] = chain.frontier.size, chain.last_leaf.hex()
    line = to_bytes(record)
    chain.last_leaf = leaf_hash(line)
    chain.frontier.append(chain.last_leaf)
    return line
