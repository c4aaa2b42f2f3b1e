"""The turns that people look at: those whose answer settles most, and a random sample by which the rates are corrected.

The sample is drawn by the digests of the ids, so that it is the same each time, whatever was answered before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from heapq import nsmallest

from pydantic import BaseModel, ConfigDict

from legit.review.records import ReviewedConversation, ReviewedTurn
from legit.review.reviewed import Review


class Sample(BaseModel):
    """The ids of a random sample: of the judged turns, and of the others, by which the refusal test is checked."""

    model_config = ConfigDict(frozen=True)

    acts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class QueueItem(BaseModel):
    """A turn that a person should look at.

    `why` is `open` (an open question settles it), `failed` (there is no verdict), `sample` (drawn at random), or
    `other` (drawn from the turns that the refusal test passed over). `settles` is the number of turns that the same
    question about the same rule leaves undecided.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    why: str
    settles: int = 0
    question: str = ""
    rule: str = ""
    asked: str = ""
    said: str = ""
    outcome: str = ""
    disputed: tuple[str, ...] = ()


def _rank(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def draw_sample(review: Review, size: int) -> Sample:
    """The random sample of a review: at most `size` judged turns, and half as many others."""
    acts = nsmallest(
        size, (turn.id for line in review.conversations() for turn in line.turns if turn.judged), key=_rank
    )
    others = nsmallest(size // 2, (turn.id for line in review.conversations() for turn in line.others), key=_rank)
    return Sample(acts=tuple(acts), others=tuple(others))


def queue(review: Review, *, sample_size: int = 50) -> list[QueueItem]:
    """The turns that people should look at and have not, those first whose answer settles most turns."""
    sample = draw_sample(review, sample_size)
    drawn, drawn_others = set(sample.acts), set(sample.others)
    settling: Counter[tuple[str, str]] = Counter()
    for _, turn in _undecided(review.conversations()):
        settling[_question_of(turn)] += 1
    items: list[QueueItem] = []
    for line in review.conversations():
        items += [_item(turn, settling, drawn) for turn in line.turns if turn.judged and _needs(turn, drawn)]
        items += [
            QueueItem(id=turn.id, why="other", asked=turn.asked, said=turn.said)
            for turn in line.others
            if turn.id in drawn_others
        ]
    left = [item for item in items if item.id not in review.answers]
    order = {"open": 0, "failed": 1, "sample": 2, "other": 3}
    return sorted(left, key=lambda item: (-item.settles, order[item.why], item.rule, item.question, _rank(item.id)))


def _undecided(lines: Iterable[ReviewedConversation]) -> Iterator[tuple[ReviewedConversation, ReviewedTurn]]:
    for line in lines:
        for turn in line.turns:
            if turn.judged and turn.outcome == "undecided":
                yield line, turn


def _question_of(turn: ReviewedTurn) -> tuple[str, str]:
    question = turn.questions[0] if turn.questions else next(iter(turn.disputed), "")
    return turn.rule.casefold(), question or turn.failure


def _needs(turn: ReviewedTurn, drawn: set[str]) -> bool:
    return turn.outcome == "undecided" or turn.id in drawn


def _item(turn: ReviewedTurn, settling: Counter[tuple[str, str]], drawn: set[str]) -> QueueItem:
    undecided = turn.outcome == "undecided"
    rule, question = _question_of(turn)
    return QueueItem(
        id=turn.id, why="failed" if undecided and turn.failure else "open" if undecided else "sample",
        settles=settling[rule, question] if undecided else 0, question=question if undecided else "",
        rule=turn.rule, asked=turn.asked, said=turn.said, outcome=turn.outcome, disputed=turn.disputed,
    )  # fmt: skip
