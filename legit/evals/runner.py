"""Running the cases through a system under test, in the arms `baseline` (without the tool) and `tool`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legit._version import __version__
from legit.consult import Consultant
from legit.consult.token_budget import replace_unencodable
from legit.errors import AllAnswersFailedError, DatasetError, LegitError, Problem
from legit.evals.dataset import LabelledCase, Labels
from legit.evals.response_classifier import HEURISTIC, GraderFunction, classify_by_keywords, classify_with_grader
from legit.evals.run_log import ARMS, Arm, ModelAnswer, Run, RunLog, digest_case
from legit.evals.systems import SystemUnderTest
from legit.evals.tool_harness import ToolHarness
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case

TIME_LIMIT = 600.0
"""Seconds after which an answer counts as failed."""

MAX_INITIAL_FAILURES = 5
"""When this many answers have failed and none has succeeded, the rest is not tried."""


@dataclass(frozen=True, slots=True)
class Grader:
    """A grader and its name."""

    complete: GraderFunction
    name: str


class _Progress:
    """Counts answers, reports progress, and ends a run in which all answers fail at the beginning."""

    def __init__(self, done: int, total: int, progress: Callable[[int, int, int], None] | None) -> None:
        self._done, self._total, self._failed = done, total, 0
        self._succeeded = done > 0
        self._callback = progress
        self._notify()

    def count(self, answer: ModelAnswer) -> None:
        self._done += 1
        self._failed += not answer.is_classified
        self._succeeded = self._succeeded or answer.is_classified
        self._notify()
        if not self._succeeded and self._failed >= MAX_INITIAL_FAILURES:
            message = f"the first {self._failed} answers all failed: {answer.error}"
            raise AllAnswersFailedError(Problem("B010", message, help="nothing more was tried"))

    def _notify(self) -> None:
        if self._callback:
            self._callback(self._done, self._total, self._failed)


async def run_evaluation(
    system: SystemUnderTest,
    cases: Sequence[LabelledCase],
    run_log_path: Path,
    *,
    consultant: Consultant,
    grader: Grader | None = None,
    arms: Sequence[Arm] = ARMS,
    concurrency: int = 4,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[int, int, int], None] | None = None,
) -> list[ModelAnswer]:
    """Get the system's response to every case in every arm. Returns all answers.

    Each answer is written to the run log at `run_log_path` as it comes. An answer that the log has already is not asked
    for again unless it failed; one that lacks only its classification is only classified. `time_limit` is in seconds,
    for each answer and each classification. `progress` is called with the numbers of done, of all and of failed
    answers.

    Raises DatasetError (D010 no cases, an id used twice, or a case without a text; D011-D013 as `RunLog`),
    AllAnswersFailedError (B010) when the first answers all fail, ValueError unless `concurrency` is at least 1.
    """
    if concurrency < 1:
        raise ValueError("at least one case at a time")
    cases = list(cases)
    _validate_cases(cases)
    labels = Labels()
    record = RunLog(run_log_path, _describe_run(system, grader, consultant.judge.base))
    _require_same_cases(record, cases)
    keys = [(case, condition) for case in cases for condition in arms]
    waiting = [(case, condition) for case, condition in keys if not _is_done(record, case, condition)]
    # So that loading grammar and engine is not counted as the first answer's time.
    consultant.judge.parse_cases("")
    consultant.judge.assess(Case())
    course = _Progress(len(keys) - len(waiting), len(keys), progress)
    # One iterator for all workers: each takes the next case when it is free.
    queue = iter(waiting)

    async def work() -> None:
        for case, condition in queue:
            answer = record.answers.get((case.id, condition))
            if answer is None or not answer.error.startswith(_UNCLASSIFIED_PREFIX):
                answer = await _answer_case(system, case, _unanswered(case, condition, labels), consultant, time_limit)
            if not answer.error or answer.error.startswith(_UNCLASSIFIED_PREFIX):
                answer = await _classify(answer, case, grader, time_limit)
            record.add(answer)
            course.count(answer)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(waiting))):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise next((error for error in errors.exceptions if isinstance(error, LegitError)), errors) from None
    return [record.answers[case.id, condition] for case, condition in keys]


_UNCLASSIFIED_PREFIX = "not classified: "


async def _answer_case(
    system: SystemUnderTest, case: LabelledCase, new_answer: ModelAnswer, consultant: Consultant, time_limit: float
) -> ModelAnswer:
    desk = ToolHarness(consultant) if new_answer.arm == "tool" else None
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(time_limit):
            reply = await system.answer(case.user_query, desk, case.operator_prompt)
    except (
        Exception
    ) as error:  # every error of a provider is recorded, and the answer is tried again when the run continues
        return new_answer.model_copy(update={"error": _error_text(error)})
    return new_answer.model_copy(
        update={
            "response": replace_unencodable(reply.text),
            "refusal_signal": reply.refusal_signal,
            "tool_calls": tuple(desk.calls) if desk else (),
            "token_usage": reply.token_usage,
            "seconds": round(time.perf_counter() - begun, 3),
        }
    )


async def _classify(answer: ModelAnswer, case: LabelledCase, grader: Grader | None, time_limit: float) -> ModelAnswer:
    try:
        if grader:
            async with asyncio.timeout(time_limit):
                found = await classify_with_grader(
                    grader.complete, case.user_query, answer.response, answer.refusal_signal
                )
        else:
            found = classify_by_keywords(answer.response, answer.refusal_signal)
    except Exception as error:  # as above
        return answer.model_copy(update={"error": _UNCLASSIFIED_PREFIX + _error_text(error)})
    return answer.model_copy(
        update={
            "response_type": found.response_type,
            "recognised": found.recognises,
            "classified_by": grader.name if grader else HEURISTIC,
            "why": found.why,
            "error": "",
        }
    )


def _error_text(error: Exception) -> str:
    return replace_unencodable(f"{type(error).__name__}: {error}"[:500])


def _is_done(run_log: RunLog, case: LabelledCase, arm: Arm) -> bool:
    found = run_log.answers.get((case.id, arm))
    return found is not None and found.is_classified


def case_labels(case: LabelledCase, labels: Labels) -> dict[str, Any]:
    """The labels of a case in one spelling: family, subtype, authority, dual_use, whether it is a control, and what
    belongs to pairs and to rules that are to be enforced."""
    control = case.defeat_type == labels.control_label
    expected = case.expected or ("" if case.pair else "decline" if control else "help")
    return {
        "family": case.defeat_type,
        "subtype": labels.canonical_subtype(case.defeat_subtype),
        "authority": case.authority_type,
        "dual_use": case.dual_use,
        "is_control": control,
        "stance": case.stance,
        "pair": case.pair,
        "domain": case.domain,
        "language": case.language,
        "question_group": case.question_group,
        "expected": expected,
    }


def _unanswered(case: LabelledCase, arm: Arm, labels: Labels) -> ModelAnswer:
    return ModelAnswer(case=case.id, case_digest=digest_case(case), arm=arm, **case_labels(case, labels))


def _validate_cases(cases: list[LabelledCase]) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise DatasetError(Problem("D010", f"two cases are named `{case.id}`"))
        if not case.user_query.strip():
            raise DatasetError(Problem("D010", f"the case `{case.id}` has no `user_query`"))
        seen.add(case.id)
    if not cases:
        raise DatasetError(Problem("D010", "there is no case"))


def _require_same_cases(run_log: RunLog, cases: list[LabelledCase]) -> None:
    """Raises DatasetError (D013) when the text or a label of a case changed since it was answered."""
    digests = {answer.case: answer.case_digest for answer in run_log.answers.values()}
    for case in cases:
        if digests.get(case.id, digest_case(case)) != digest_case(case):
            raise DatasetError(
                Problem("D013", f"the case `{case.id}` is not the one that was answered", help="name another file")
            )


def _describe_run(system: SystemUnderTest, grader: Grader | None, base: KnowledgeBase) -> Run:
    return Run(
        model=system.name,
        grader=grader.name if grader else HEURISTIC,
        system_prompt=system.system_prompt,
        engine=__version__,
        base=base.name,
        base_digest=base.digest,
        profile=base.profile.name,
    )
