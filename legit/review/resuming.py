"""Goes on with the file of a review that stopped: a torn line is cut off, turns without a verdict are done again."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from legit.conversations import Conversation
from legit.errors import Problem, ReviewError
from legit.review.records import Header, ReviewedConversation, ReviewedTurn


@dataclass(frozen=True, slots=True)
class Done:
    """A conversation that a file holds; `failed` when a turn of it has no verdict."""

    id: str
    failed: bool


def begin(path: Path, header: Header) -> list[Done]:
    """Make the file, or cut off a torn line of it. Returns the conversations that it holds.

    Raises ReviewError (V201) when it holds another review, or none.
    """
    line = header.model_dump_json() + "\n"
    if not path.exists() or not path.stat().st_size:
        path.write_text(line, encoding="utf-8")
        return []
    done: list[Done] = []
    whole = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file):
            if not raw.endswith(b"\n"):
                break
            if number == 0 and raw != line.encode():
                raise ReviewError(
                    Problem("V201", "this file holds a review with another base, describer or setting, or no review",
                            source=str(path), help="write into another file")
                )  # fmt: skip
            if number:
                try:
                    data = json.loads(raw)
                    failed = any(turn.get("failure") for turn in data.get("turns", ()))
                    done.append(Done(str(data["conversation"]), failed))
                except (ValueError, KeyError, TypeError, AttributeError):
                    break
            whole += len(raw)
    if not whole:
        raise ReviewError(
            Problem("V201", "this file holds no review", source=str(path), help="write into another file")
        )
    with path.open("rb+") as file:
        file.truncate(whole)
    return done


def done_again(conversations: Iterator[Conversation], done: Sequence[Done], path: Path) -> Iterator[Conversation]:
    """Those of the conversations that are done whose turns failed; the iterator stands behind all that are done then.

    Raises ReviewError (V201) when they are others.
    """
    for known in done:
        conversation = next(conversations, None)
        if conversation is None or conversation.id != known.id:
            raise ReviewError(Problem("V201", "this file holds a review of other transcripts", source=str(path)))
        if known.failed:
            yield conversation


def replace_failed(
    path: Path, done: Sequence[Done], verdicts: MutableMapping[str, ReviewedTurn], fresh: Iterator[ReviewedConversation]
) -> None:
    """Put fresh lines in the place of those that failed. `verdicts` gets the turns of these that have a verdict, before
    a fresh line is asked for. The file is replaced at the end, so that one that is stopped meanwhile stays whole."""
    with path.open("rb") as old:
        old.readline()
        before = {
            at: ReviewedConversation.model_validate_json(raw)
            for at, (known, raw) in enumerate(zip(done, old, strict=True))
            if known.failed
        }
    for line in before.values():
        verdicts.update({turn.id: turn for turn in line.turns if not turn.failure})
    beside = path.with_name(path.name + ".part")
    try:
        with path.open("rb") as old, beside.open("wb") as new:
            new.write(old.readline())
            for at, raw in enumerate(old):
                if at in before:
                    line = next(fresh)
                    line = line.model_copy(update={"tokens": line.tokens + before[at].tokens})
                    raw = line.to_line().encode()
                new.write(raw)
        next(fresh, None)  # the conversations behind the last one that failed are those of the file, too
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
