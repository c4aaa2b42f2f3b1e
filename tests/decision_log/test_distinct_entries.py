"""Entries with the same content are worked on once, and none is taken for another."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from legit.decision_log import DecisionLog, LogReader, distinct_entries
from legit.decision_log.distinct_entries import Entries, content_key, distinct_map
from legit.decision_log.entries import Decision, from_bytes, to_bytes
from legit.decision_log.redaction import TextPolicy
from legit.judge import Judge

CASE = 'The authority is a bank.\nThe rule forbids "a thing".\nObeying costs nothing that matters.'


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> bytes:
    """The entry of a decision with a quoted text, of which the log keeps a commitment."""
    path = tmp_path_factory.mktemp("distinct") / "log"
    with DecisionLog(path) as writer:
        writer.assess(CASE, judge=judge, caller={"session": "s-1"})
    (found,) = (body for _, body in LogReader(path).raw_entries() if b'"kind":"decision"' in body)
    assert b'"commitments":{"' in found
    return found


def decision(body: bytes) -> Decision:
    found = from_bytes(body)
    assert isinstance(found, Decision)
    return found


def content(entry: Decision) -> Decision:
    """The entry without what a replay does not depend on."""
    return entry.model_copy(update={"time": "", "caller": {}, "commitments": {}})


@pytest.mark.parametrize(
    "update",
    [
        {"time": "2001-02-03T04:05:06Z"},
        {"caller": {}},
        {"caller": {"session": "s-2", "request": "r"}},
        {"commitments": {}},
        {"commitments": {"⟨1text⟩": None}},
    ],
    ids=str,
)
def test_another_time_caller_or_commitment_is_the_same_content(body: bytes, update: dict[str, object]) -> None:
    other = to_bytes(decision(body).model_copy(update=update))
    assert other != body
    assert content_key(other) == content_key(body) is not None


def test_any_other_difference_is_another_content(body: bytes) -> None:
    entry = decision(body)
    changes: list[dict[str, object]] = [
        {"case": f"{entry.case}."},
        {"line_numbers": (*entry.line_numbers, 9)},
        {"facts": entry.facts[1:]},
        {"text_policy": TextPolicy.OMITTED},
        {"answer": entry.answer.model_copy(update={"action": "x"})},
        {"provenance": entry.provenance.model_copy(update={"profile": "x"})},
    ]
    keys = [content_key(to_bytes(entry.model_copy(update=change))) for change in changes]
    assert None not in keys
    assert len({content_key(body), *keys}) == 1 + len(changes)


@pytest.mark.parametrize(
    "caller",
    [{"session": 'a "quotation"'}, {"session": "Åsa"}, {"session": "back\\slash"}, {"session": "line\nbreak"}],
    ids=str,
)
def test_a_caller_of_another_form_has_no_key(body: bytes, caller: dict[str, str]) -> None:
    assert content_key(to_bytes(decision(body).model_copy(update={"caller": caller}))) is None


def test_fields_at_another_place_are_another_content(body: bytes) -> None:
    """`caller` within the answer is no valid entry: it must not pass for the valid one."""
    caller = b',"caller":{"session":"s-1"}'
    moved = body.replace(caller, b"", 1).replace(b'},"case":', caller + b'},"case":', 1)
    with pytest.raises(ValueError, match="caller"):
        from_bytes(moved)
    assert content_key(moved) != content_key(body)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """The body with bytes cut out, doubled, overwritten or moved."""
    start, end = sorted(chance.randrange(len(body)) for _ in range(2))
    end = min(end, start + chance.randint(1, 40))
    part = body[start:end]
    return chance.choice(
        (
            body[:start] + body[end:],
            body[:end] + part + body[end:],
            body[:start] + bytes(chance.choices(b'",:{}\\a0\xff\n', k=len(part))) + body[end:],
            body[:start] + body[end:] + part,
        )
    )


def test_what_has_the_key_of_a_valid_entry_is_valid_and_has_its_content(body: bytes) -> None:
    chance, same = random.Random(19), 0
    place = body.index(b',"caller"'), body.index(b',"facts"')
    for _ in range(20_000):
        # Most of the damage is done to the parts that the key leaves out.
        cut = chance.choice(((0, len(body)), place, (body.rindex(b',"time"'), len(body))))
        other = body[: cut[0]] + damaged(body[cut[0] : cut[1]], chance) + body[cut[1] :]
        if other != body and content_key(other) == content_key(body):
            same += 1
            assert content(decision(other)) == content(decision(body)), other
    assert same > 100


def test_each_content_is_worked_on_once_and_every_entry_gets_its_result(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distinct_entries, "NEW_AT_ONCE", 3)
    monkeypatch.setattr(distinct_entries, "_ENTRIES_AT_ONCE", 10)
    chance, entry = random.Random(3), decision(body)
    chosen = [chance.randrange(12) for _ in range(200)]
    worked: list[str] = []

    def bodies() -> Iterator[tuple[int, bytes]]:
        for number, one in enumerate(chosen):
            if one == 0:
                yield number, b'{"kind":"turn"}'
            else:
                update = {"case": f"case {one}", "caller": {"session": f"s-{number}"}}
                yield number, to_bytes(entry.model_copy(update=update))

    def work(entries: Entries) -> list[str | None]:
        found = [decision(one).case if b'"kind":"decision"' in one else None for _, one in entries]
        worked.extend(case for case in found if case)
        return found

    found = [item for group in distinct_map(work, bodies(), 1) for item in group]
    assert found == [(number, f"case {one}" if one else None) for number, one in enumerate(chosen)]
    assert sorted(worked) == sorted({f"case {one}" for one in chosen if one})
    # With room for few results, content is worked on again, with the same results.
    monkeypatch.setattr(distinct_entries, "_MOST_KEPT", 4)
    assert [item for group in distinct_map(work, bodies(), 1) for item in group] == found
