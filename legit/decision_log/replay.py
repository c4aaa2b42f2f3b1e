"""Deciding again what a log holds: with what it was decided with, or under another knowledge base or profile."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from legit.decision_log import archive
from legit.decision_log.entries import Answer, Decision
from legit.decision_log.entry_builder import answered
from legit.decision_log.reader import LogReader
from legit.errors import LegitError, Problem, RecordError
from legit.judge import TIME_LIMIT, Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Assessment
from legit.model.facts import Case, Fact, Opinion, SourceSpan

_REASONS = {"": "nothing but the facts", "time": "the time limit", "corroboration": "one word alone"}


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision made again. `after` is None where the case was not understood or decided, and `problem` says why.

    `same` means the whole answer, byte for byte, where it was made with what it was made with before; under another
    knowledge base or profile, whose name and digest an answer carries, it means all that the record holds of it.
    `changes` says in words what differs in that.
    """

    number: int
    before: Answer
    after: Answer | None
    same: bool
    changes: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Remade:
    """A decision made again: its case and the whole answer, with stand-ins for texts, and what differs."""

    case: Case
    answer: Assessment
    outcome: Replayed


class Judges:
    """The judges for the knowledge bases that a log keeps, each made once. To be closed, or used in a `with`."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._judges: dict[str, Judge] = {}
        self._folders: list[tempfile.TemporaryDirectory[str]] = []

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the unpacked knowledge bases."""
        for folder in self._folders:
            folder.cleanup()

    def judge(self, base_digest: str) -> Judge:
        """The judge for the knowledge base with a digest.

        Raises RecordError (R107) when the log does not hold it or holds something else.
        """
        if base_digest not in self._judges:
            found = self._log.base_archive(base_digest)
            if found is None:
                raise RecordError(
                    Problem("R107", f"the log does not hold the knowledge base {base_digest[:12]}", help="give --kb")
                )
            data, profile = found
            folder = tempfile.TemporaryDirectory(prefix="legit-")
            self._folders.append(folder)
            archive.unpack(data, Path(folder.name))
            base = KnowledgeBase.load(folder.name, profile)
            if base.digest != base_digest:
                raise RecordError(Problem("R107", f"the knowledge base {base_digest[:12]} in the log was changed"))
            self._judges[base_digest] = Judge(base)
        return self._judges[base_digest]


def replay(
    log: LogReader, numbers: Iterable[int], under: Judge | None = None, *, time_limit: float = TIME_LIMIT
) -> Iterator[Replayed]:
    """Decide decisions of a log again, each under the knowledge base it was decided with, or all under one judge.

    Raises RecordError: R107 when a knowledge base is not at hand, R108 when a number is no decision.
    """
    with Judges(log) as judges:
        for number in numbers:
            record = log.decision(number)
            judge = under or judges.judge(record.origin.base_digest)
            yield again(number, record, judge, whole=under is None, time_limit=time_limit)


def again(
    number: int, record: Decision, judge: Judge, *, whole: bool = True, time_limit: float = TIME_LIMIT
) -> Replayed:
    """Decide one decision again; the `whole` answer is compared, or only what the record holds of it."""
    try:
        return remake(number, record, judge, whole=whole, time_limit=time_limit).outcome
    except LegitError as error:
        problem = "; ".join(f"{item.code}: {item.message}" for item in error.problems)
        return Replayed(number, record.answer, None, False, ("the case is no longer understood",), problem)


def remake(
    number: int, record: Decision, judge: Judge, *, whole: bool = True, time_limit: float = TIME_LIMIT
) -> Remade:
    """Decide one decision again, to be shown or questioned. Raises as `Judge.assess` does."""
    case = case_of(record, judge)
    answer = judge.assess(case, time_limit=time_limit)
    after = answered(judge, case, answer)
    changes = differences(record.answer, after)
    same = after == record.answer if whole else not changes
    if not same and not changes:
        changes = (_elsewhere(record),)
    return Remade(case, answer, Replayed(number, record.answer, after, same, changes))


def case_of(record: Decision, judge: Judge) -> Case:
    """The case of a record, with stand-ins for texts, its sentences on the lines that they had when it was judged."""
    case = judge.parse_case(record.case)
    lines = iter(record.lines)

    def place() -> SourceSpan | None:
        line = next(lines, None)
        return SourceSpan(line=line, column=1) if line else None

    return Case(
        name=case.name,
        facts=tuple(Fact(**{**dict(fact), "span": place()}) for fact in case.facts),
        opinions=tuple(Opinion(**{**dict(item), "span": place()}) for item in case.opinions),
    )


def differences(before: Answer, after: Answer) -> tuple[str, ...]:
    """What differs between two answers, in words; the weightiest first."""
    found = [
        f"{name} {getattr(before, key) or 'none'} becomes {getattr(after, key) or 'none'}"
        for key, name in (("verdict", "the verdict"), ("action", "the guidance"), ("harm", "the harm apart"))
        if getattr(before, key) != getattr(after, key)
    ]
    if before.reason != after.reason:
        old_reason, new_reason = (_REASONS.get(answer.reason, answer.reason) for answer in (before, after))
        found.append(f"why it is open: {old_reason} before, {new_reason} now")
    old, new = ({item.criterion: item.effect for item in answer.findings} for answer in (before, after))
    found += [f"`{name}` no longer applies (it was: {old[name]})" for name in old if name not in new]
    found += [f"`{name}` applies now ({new[name]})" for name in new if name not in old]
    found += [f"`{name}`: {old[name]} becomes {new[name]}" for name in old if new.get(name, old[name]) != old[name]]
    rested = [{item.criterion: item.facts for item in answer.findings} for answer in (before, after)]
    found += [
        f"`{name}` rests on other facts" for name in old if rested[0][name] != rested[1].get(name, rested[0][name])
    ]
    for key, name in (
        ("stance", "what is asked"),
        ("saved", "what is undercut"),
        ("for_the_rule", "what speaks for the rule"),
        ("rights", "the rights touched"),
        ("harms", "the reasons for harm"),
        ("questions", "the open questions"),
        ("reliance", "the facts that it rests on"),
        ("alone", "whose word alone it rests on"),
    ):
        if getattr(before, key) != getattr(after, key):
            found.append(f"{name} changed")
    return tuple(found)


def _elsewhere(record: Decision) -> str:
    """Where the answers differ although nothing that the record spells out does."""
    if record.origin.grammar != archive.grammar_digest():
        return "only the words of the answer changed, with the grammar"
    return "only the words of the answer changed"
