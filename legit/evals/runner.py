"""Running the cases through a subject, without and with the tool."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legit._version import __version__
from legit.consult import Consultant
from legit.consult.token_budget import encodable
from legit.errors import DatasetError, LegitError, Problem
from legit.evals.dataset import LabelledCase, Labels
from legit.evals.response_classifier import HEURISTIC, Asker, judged, spotted
from legit.evals.run_log import CONDITIONS, Answer, Condition, Record, Run, digest_case
from legit.evals.systems import Subject
from legit.evals.tool_harness import Desk
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case

TIME_LIMIT = 600.0
"""Seconds after which an answer counts as failed."""

HOPELESS = 5
"""When this many answers have failed and none has succeeded, the rest is not tried."""


class HopelessError(LegitError):
    """Nothing but failures at the beginning of a run (B010)."""


@dataclass(frozen=True, slots=True)
class JudgeModel:
    """A judge model and its name."""

    ask: Asker
    name: str


class _Course:
    """How far a run has come, told to whoever wants to know; ends one that gives nothing but failures."""

    def __init__(self, done: int, total: int, progress: Callable[[int, int, int], None] | None) -> None:
        self._done, self._total, self._failed = done, total, 0
        self._succeeded = done > 0
        self._progress = progress
        self._tell()

    def count(self, answer: Answer) -> None:
        self._done += 1
        self._failed += not answer.counts
        self._succeeded = self._succeeded or answer.counts
        self._tell()
        if not self._succeeded and self._failed >= HOPELESS:
            message = f"the first {self._failed} answers all failed: {answer.error}"
            raise HopelessError(Problem("B010", message, help="nothing more was tried"))

    def _tell(self) -> None:
        if self._progress:
            self._progress(self._done, self._total, self._failed)


async def measure(
    subject: Subject,
    cases: Sequence[LabelledCase],
    out: Path,
    *,
    consultant: Consultant,
    judge: JudgeModel | None = None,
    conditions: Sequence[Condition] = CONDITIONS,
    concurrency: int = 4,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[int, int, int], None] | None = None,
) -> list[Answer]:
    """Answer every case under every condition, keep each answer in `out` as it comes, and return them all.

    What `out` already holds is not asked again, except what failed; an answer that only lacks its classification is
    only classified. `time_limit` is in seconds, for each answer and each classification. `progress` gets done, all,
    and failed.

    Raises DatasetError (D010 no cases, one id twice or a case without words; D011-D013 as `Record`), HopelessError
    (B010) when the first answers all fail; ValueError unless `concurrency` is at least 1.
    """
    if concurrency < 1:
        raise ValueError("at least one case at a time")
    cases = list(cases)
    _check(cases)
    labels = Labels()
    record = Record(out, _run(subject, judge, consultant.judge.base))
    _same(record, cases)
    keys = [(case, condition) for case in cases for condition in conditions]
    waiting = [(case, condition) for case, condition in keys if not _counts(record, case, condition)]
    # So that loading grammar and engine is not counted as the first answer's time.
    consultant.judge.parse_cases("")
    consultant.judge.assess(Case())
    course = _Course(len(keys) - len(waiting), len(keys), progress)
    # One iterator for all workers: each takes the next case when it is free.
    queue = iter(waiting)

    async def work() -> None:
        for case, condition in queue:
            answer = record.answers.get((case.id, condition))
            if answer is None or not answer.error.startswith(_UNCLASSIFIED):
                answer = await _answer(subject, case, _blank(case, condition, labels), consultant, time_limit)
            if not answer.error or answer.error.startswith(_UNCLASSIFIED):
                answer = await _classified(answer, case, judge, time_limit)
            record.add(answer)
            course.count(answer)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(waiting))):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise next((error for error in errors.exceptions if isinstance(error, LegitError)), errors) from None
    return [record.answers[case.id, condition] for case, condition in keys]


_UNCLASSIFIED = "not classified: "


async def _answer(
    subject: Subject, case: LabelledCase, blank: Answer, consultant: Consultant, time_limit: float
) -> Answer:
    desk = Desk(consultant) if blank.condition == "with" else None
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(time_limit):
            reply = await subject.answer(case.user_query, desk)
    except Exception as error:  # whatever a provider raises is kept, and tried again when the run goes on
        return blank.model_copy(update={"error": _said(error)})
    return blank.model_copy(
        update={
            "response": encodable(reply.text),
            "refusal_signal": reply.refusal_signal,
            "consultations": tuple(desk.calls) if desk else (),
            "tokens": reply.tokens,
            "seconds": round(time.perf_counter() - begun, 3),
        }
    )


async def _classified(answer: Answer, case: LabelledCase, judge: JudgeModel | None, time_limit: float) -> Answer:
    try:
        if judge:
            async with asyncio.timeout(time_limit):
                found = await judged(judge.ask, case.user_query, answer.response, answer.refusal_signal)
        else:
            found = spotted(answer.response, answer.refusal_signal)
    except Exception as error:  # as above
        return answer.model_copy(update={"error": _UNCLASSIFIED + _said(error)})
    return answer.model_copy(
        update={
            "response_type": found.response_type,
            "recognised": found.recognises,
            "classified_by": judge.name if judge else HEURISTIC,
            "why": found.why,
            "error": "",
        }
    )


def _said(error: Exception) -> str:
    return encodable(f"{type(error).__name__}: {error}"[:500])


def _counts(record: Record, case: LabelledCase, condition: Condition) -> bool:
    found = record.answers.get((case.id, condition))
    return found is not None and found.counts


def described(case: LabelledCase, labels: Labels) -> dict[str, Any]:
    """The labels of a case in one spelling: family, subtype, authority, dual_use, and whether it is a control."""
    return {
        "family": case.defeat_type,
        "subtype": labels.subtype(case.defeat_subtype),
        "authority": case.authority_type,
        "dual_use": case.dual_use,
        "control": case.defeat_type == labels.control,
    }


def _blank(case: LabelledCase, condition: Condition, labels: Labels) -> Answer:
    return Answer(case=case.id, case_digest=digest_case(case), condition=condition, **described(case, labels))


def _check(cases: list[LabelledCase]) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise DatasetError(Problem("D010", f"two cases are named `{case.id}`"))
        if not case.user_query.strip():
            raise DatasetError(Problem("D010", f"the case `{case.id}` has no `user_query`"))
        seen.add(case.id)
    if not cases:
        raise DatasetError(Problem("D010", "there is no case to measure"))


def _same(record: Record, cases: list[LabelledCase]) -> None:
    """The words and labels of a case must not have changed since it was answered."""
    digests = {answer.case: answer.case_digest for answer in record.answers.values()}
    for case in cases:
        if digests.get(case.id, digest_case(case)) != digest_case(case):
            raise DatasetError(
                Problem("D013", f"the case `{case.id}` is not the one that was answered", help="name another file")
            )


def _run(subject: Subject, judge: JudgeModel | None, base: KnowledgeBase) -> Run:
    return Run(
        model=subject.name,
        judge=judge.name if judge else HEURISTIC,
        system=subject.system,
        engine=__version__,
        base=base.name,
        base_digest=base.digest,
        profile=base.profile.name,
    )
