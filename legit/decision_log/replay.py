"""Replays recorded decisions under their own knowledge base, or under another base or profile."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from legit.decision_log import archive
from legit.decision_log.base_probe import BaseProbe
from legit.decision_log.entries import BaseStored, Decision, RecordedAnswer, RecordedProvenance
from legit.decision_log.entry_builder import record_answer
from legit.decision_log.reader import LogReader
from legit.errors import DecisionLogError, KnowledgeBaseError, LegitError, Problem
from legit.judge import TIME_LIMIT, Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Assessment
from legit.model.facts import Case, Fact, Opinion, SourceSpan

_UNDETERMINED_REASONS = {
    "": "nothing but the facts",
    "time": "the time limit",
    "corroboration": "confirmation by another source",
}


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A replayed decision. `after` is None if the case was not understood or decided; `problem` gives the reason.

    `byte_exact` says how the answers were compared. True: the knowledge base that decided then decides again, and
    `same` means that the whole assessment is equal byte for byte. False: another base or profile decides, whose name
    and digest are in an assessment, and `same` means that everything the entry holds of the answer is equal. `changes`
    describes the differences.
    """

    number: int
    before: RecordedAnswer
    after: RecordedAnswer | None
    same: bool
    changes: tuple[str, ...]
    problem: str = ""
    byte_exact: bool = True


@dataclass(frozen=True, slots=True)
class ReplayedCase:
    """A replayed decision: its case and the whole answer, with placeholders for texts, and what differs."""

    case: Case
    assessment: Assessment
    result: ReplayResult


class ArchivedJudges:
    """The judges for the knowledge bases that a log stores, each made once. Close it, or use it in a `with`."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._judges: dict[str, Judge] = {}
        self._probes: dict[str, BaseProbe] = {}
        self._folders: list[tempfile.TemporaryDirectory[str]] = []

    def __enter__(self) -> ArchivedJudges:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, and remove the unpacked knowledge bases."""
        for probe in self._probes.values():
            probe.close()
        for folder in self._folders:
            folder.cleanup()

    def judge(self, base_digest: str) -> Judge:
        """The judge for the knowledge base with a digest. A base that is not the shipped one is first loaded by a
        process with limits of time and memory.

        Raises DecisionLogError: R107 when the log does not hold it, holds something else, or holds it in an earlier
        schema; R123 when it exceeds a limit.
        """
        if base_digest in self._not_replayable:
            message = f"the knowledge base {base_digest[:12]} has an earlier schema, which this version cannot load"
            raise DecisionLogError(Problem("R107", message, help="give --kb"))
        if base_digest not in self._judges:
            found = self._log.base_archive(base_digest)
            if found is None:
                raise DecisionLogError(
                    Problem("R107", f"the log does not hold the knowledge base {base_digest[:12]}", help="give --kb")
                )
            self._judges[base_digest] = self._load(base_digest, *found)
        return self._judges[base_digest]

    def judge_of(self, decision: Decision) -> tuple[Judge, bool]:
        """The judge that replays a decision, as `judge_for` gives it. The case was tried within limits.

        Raises DecisionLogError as `judge` does.
        """
        found = self.judge_for(decision.provenance)
        self.try_case(decision.provenance.base_digest, decision)
        return found

    def try_case(self, base_digest: str, decision: Decision) -> None:
        """Decide a case under a base that is not the shipped one in a process with limits, before this one does.

        Raises DecisionLogError (R123) when it exceeds a limit.
        """
        if probe := self._probes.get(base_digest):
            probe.try_case(decision.case)

    def try_verdicts(self, base_digest: str, texts: Iterable[str]) -> None:
        """As `try_case` for the verdicts of many cases, without whole answers."""
        if probe := self._probes.get(base_digest):
            for text in dict.fromkeys(texts):
                probe.try_case(text, whole=False)

    def judge_for(self, provenance: RecordedProvenance) -> tuple[Judge, bool]:
        """The judge that replays a decision with this `provenance`, and whether it has the base that decided then.

        For a base from a log of an earlier schema it has the shipped base under the profile of the same name, if there
        is one. Raises DecisionLogError as `judge` does. Before it decides a case of the log, ask `judge_of`.
        """
        if provenance.base_digest in self._not_replayable:
            shipped = cached_judge(profile=provenance.profile)
            if shipped.base.name == provenance.base:
                return shipped, False
        return self.judge(provenance.base_digest), True

    def _load(self, base_digest: str, data: bytes, profile: str) -> Judge:
        if archive.archived_digest(data, profile) != base_digest:
            raise DecisionLogError(Problem("R107", f"the knowledge base {base_digest[:12]} in the log was changed"))
        with contextlib.suppress(KnowledgeBaseError):  # the shipped base may have no such profile
            shipped = cached_judge(profile=profile)
            if shipped.base.digest == base_digest:
                return shipped
        folder = tempfile.TemporaryDirectory(prefix="legit-")
        self._folders.append(folder)
        archive.unpack_base(data, Path(folder.name))
        self._probes[base_digest] = BaseProbe(Path(folder.name), profile, base_digest[:12])
        return Judge(KnowledgeBase.load(folder.name, profile))

    @cached_property
    def _not_replayable(self) -> frozenset[str]:
        return frozenset(
            entry.base_digest
            for _, entry in self._log.indexed_non_decisions()
            if isinstance(entry, BaseStored) and not entry.replayable
        )


def replay(
    log: LogReader,
    numbers: Iterable[int],
    judge_override: Judge | Callable[[str], Judge | None] | None = None,
    *,
    time_limit: float = TIME_LIMIT,
) -> Iterator[ReplayResult]:
    """Decide decisions of a log again, each under the knowledge base it was decided with, or all under one judge, or
    each under the judge that a function gives for the profile of the decision.

    Raises DecisionLogError: R107 when a knowledge base is not at hand, R108 when a number is no decision, R123 when
    deciding a case under a stored base exceeds the limits of time or memory.
    """
    with ArchivedJudges(log) as judges:
        for number in numbers:
            record = log.decision(number)
            profile = record.provenance.profile
            other = judge_override(profile) if callable(judge_override) else judge_override
            judge, exact = (other, False) if other else judges.judge_of(record)
            yield replay_one(number, record, judge, byte_exact=exact, time_limit=time_limit)


def replay_one(
    number: int, decision: Decision, judge: Judge, *, byte_exact: bool = True, time_limit: float = TIME_LIMIT
) -> ReplayResult:
    """Decide one decision again. The whole answer is compared (`byte_exact`), or only the part that the entry
    records."""
    try:
        return replay_case(number, decision, judge, byte_exact=byte_exact, time_limit=time_limit).result
    except LegitError as error:
        problem = "; ".join(f"{item.code}: {item.message}" for item in error.problems)
        return ReplayResult(
            number, decision.answer, None, False, ("the case is no longer understood",), problem, byte_exact
        )


def replay_case(
    number: int, decision: Decision, judge: Judge, *, byte_exact: bool = True, time_limit: float = TIME_LIMIT
) -> ReplayedCase:
    """Replay one decision to show or explain it. Raises as `Judge.assess` does."""
    case = parse_recorded_case(decision, judge)
    answer = judge.assess(case, time_limit=time_limit)
    after = record_answer(judge, case, answer)
    changes = describe_differences(decision.answer, after)
    same = after == decision.answer if byte_exact else not changes
    if not same and not changes:
        changes = (_wording_difference(decision),)
    return ReplayedCase(case, answer, ReplayResult(number, decision.answer, after, same, changes, "", byte_exact))


def parse_recorded_case(decision: Decision, judge: Judge) -> Case:
    """The case of an entry, with placeholders for texts; its sentences have the lines that they had then."""
    case = judge.parse_case(decision.case)
    lines = iter(decision.line_numbers)

    def place(read: SourceSpan | None) -> SourceSpan | None:
        line = next(lines, None)
        return SourceSpan(line=line, column=1, text=read.text if read else "") if line else None

    return Case(
        name=case.name,
        facts=tuple(Fact(**{**dict(fact), "span": place(fact.span)}) for fact in case.facts),
        opinions=tuple(Opinion(**{**dict(item), "span": place(item.span)}) for item in case.opinions),
    )


def describe_differences(before: RecordedAnswer, after: RecordedAnswer) -> tuple[str, ...]:
    """The differences between two answers, in words, the most important first."""
    found = [
        f"{name} {getattr(before, key) or 'none'} becomes {getattr(after, key) or 'none'}"
        for key, name in (("verdict", "the verdict"), ("action", "the guidance"), ("method_harm", "the method harm"))
        if getattr(before, key) != getattr(after, key)
    ]
    if before.undetermined_reason != after.undetermined_reason:
        old_reason, new_reason = (
            _UNDETERMINED_REASONS.get(answer.undetermined_reason, answer.undetermined_reason)
            for answer in (before, after)
        )
        found.append(f"why it is undetermined: {old_reason} before, {new_reason} now")
    old, new = ({item.criterion: item.effect for item in answer.findings} for answer in (before, after))
    found += [f"`{name}` no longer applies (it was: {old[name]})" for name in old if name not in new]
    found += [f"`{name}` applies now ({new[name]})" for name in new if name not in old]
    found += [f"`{name}`: {old[name]} becomes {new[name]}" for name in old if new.get(name, old[name]) != old[name]]
    rested = [{item.criterion: item.evidence for item in answer.findings} for answer in (before, after)]
    found += [
        f"`{name}` is based on other evidence"
        for name in old
        if rested[0][name] != rested[1].get(name, rested[0][name])
    ]
    for key, name in (
        ("stance", "the requested act"),
        ("undercut", "what is undercut"),
        ("justifications", "what speaks for the rule"),
        ("rights_touched", "the rights touched"),
        ("method_harm_reasons", "the reasons for the method harm"),
        ("questions", "the open questions"),
        ("sole_source", "the sole source of evidence"),
    ):
        if getattr(before, key) != getattr(after, key):
            found.append(f"{name} changed")
    if not _same_sufficient_sets(before, after):
        found.append("the sufficient sets of facts changed")
    return tuple(found)


def _same_sufficient_sets(before: RecordedAnswer, after: RecordedAnswer) -> bool:
    """Whether the sets are the same in any order. Which sets an incomplete list has depends on the search."""
    if before.sufficient_sets_complete != after.sufficient_sets_complete:
        return False
    return not before.sufficient_sets_complete or set(before.sufficient_sets) == set(after.sufficient_sets)


def _wording_difference(decision: Decision) -> str:
    """The message for answers that differ although all recorded fields are equal."""
    if decision.provenance.grammar_digest != archive.grammar_digest():
        return "only the words of the answer changed, with the grammar"
    return "only the words of the answer changed"
