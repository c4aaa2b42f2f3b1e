"""Runs the harness under a sealed protocol, and puts on record what it answers and what the judges say.

Records are appended as answers come. A run that stopped is continued: answers, judgements and records that exist are
kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from legit._version import __version__
from legit.consult import Consultant
from legit.dossier.canonical import sha256
from legit.dossier.cases import SourceCases, load_source_cases
from legit.dossier.figures import RESPONSE_TYPE
from legit.dossier.protocol import Judge
from legit.dossier.records import Answer, Body, Closed, Judgement, Opened, RecordFile, last_answers, now
from legit.dossier.work_folder import RUN_LOG, WorkFolder
from legit.errors import DossierError, LegitError, Problem
from legit.evals.response_classifier import classify_by_keywords, classify_with_grader
from legit.evals.run_log import ModelAnswer, read_run_log
from legit.evals.runner import TIME_LIMIT, run_evaluation
from legit.evals.systems import SystemUnderTest, load_grader
from legit.knowledge.base import KnowledgeBase


@dataclass(slots=True)
class RunState:
    """A run that goes on: the folder, its records, the answers on record, and how far the run log was read."""

    folder: WorkFolder
    file: RecordFile
    source: SourceCases
    taken: set[Answer] = field(init=False)
    offset: int = 0

    def __post_init__(self) -> None:
        self.taken = {body for body in self.file.chain.bodies() if isinstance(body, Answer)}

    @property
    def closed(self) -> bool:
        """Whether the run has ended."""
        return any(isinstance(body, Closed) for body in self.file.chain.bodies())


def begin_run(folder: WorkFolder, dataset: Path, clock: Callable[[], str] = now) -> RunState:
    """Open the records of a folder. Raises DossierError: E108 another dataset than the protocol's, others as files and
    records do.
    """
    source = load_source_cases(dataset)
    if source.sha256 != folder.protocol.sampling.dataset_sha256:
        raise _other(f"the dataset is not `{folder.protocol.sampling.dataset}` as the protocol has it", dataset)
    return RunState(folder, RecordFile(folder.records_path, folder.protocol, clock), source)


async def run_harness(
    state: RunState,
    system: SystemUnderTest,
    base: KnowledgeBase,
    *,
    concurrency: int = 4,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[int, int, int], None] | None = None,
) -> None:
    """Ask the system every drawn case, put the answers on record, and let the judges judge.

    Raises DossierError (E108) when base or system are not the protocol's, E109 when the run has ended, DatasetError and
    AllAnswersFailedError as `run_evaluation`.
    """
    protocol = state.folder.protocol
    if (base.digest, base.profile.id) != (protocol.base.digest, protocol.base.profile):
        raise _other(f"the knowledge base is not `{protocol.base.name}` as the protocol has it", state.folder.path)
    if system.name != protocol.system.model:
        raise _other(f"the system is `{system.name}`, and the protocol names `{protocol.system.model}`", None)
    drawn = [state.source.cases[case.id] for case in state.folder.sample.cases]
    if not all(case.askable for case in drawn):
        raise _other("the harness asks no case with an operator's prompt: import a run log", state.folder.path)
    _require_open(state)
    _open_records(state, "harness", system.name, protocol.system.operator_prompt, _used(base))
    cases = [case.labelled for case in drawn]
    log = state.folder.path / RUN_LOG

    def step(done: int, total: int, failed: int) -> None:
        _take_answers(state, log)
        if progress:
            progress(done, total, failed)

    await run_evaluation(
        system,
        cases,
        log,
        consultant=Consultant(base=base),
        arms=protocol.arms,
        concurrency=concurrency,
        time_limit=time_limit,
        progress=step,
    )
    _take_answers(state, log)
    await judge_answers(state)


async def import_run_log(state: RunState, log: Path) -> None:
    """Put the answers of a run log on record that was made outside of this run, and let the judges judge.

    The report tells that they were imported. Raises DatasetError for a file that is no run log, DossierError (E109)
    when the run has ended.
    """
    _require_open(state)
    run, answers = read_run_log(log)
    used = {"engine": run.engine, "base": run.base, "base_digest": run.base_digest, "base_profile": run.profile}
    _open_records(state, "imported", run.model, run.system_prompt, used)
    _take_answers(state, log)
    await judge_answers(state, {answer.key: answer for answer in answers})


async def judge_answers(state: RunState, recorded: dict[tuple[str, str], ModelAnswer] | None = None) -> None:
    """Let each judge of the protocol judge each answer that it has not judged. Where a judge fails, its judgement is
    missing.
    """
    bodies = list(state.file.chain.bodies())
    done = {(*body.key, body.judge) for body in bodies if isinstance(body, Judgement)}
    answers = last_answers(bodies)
    for judge in state.folder.protocol.judges:
        waiting = [item for key, item in answers.items() if not item.error and (*key, judge.name) not in done]
        for answer in waiting:
            found = await _judge(judge, answer, state, recorded or {})
            if found:
                state.file.add(found)


def close_run(state: RunState) -> None:
    """End the run. Raises DossierError (E109) when nothing was run, or when it has ended."""
    _require_open(state)
    bodies = list(state.file.chain.bodies())
    if not any(isinstance(body, Opened) for body in bodies):
        raise DossierError(Problem("E109", "nothing was run", source=str(state.folder.path)))
    answers = last_answers(bodies).values()
    whole = sum(not answer.error for answer in answers)
    wanted = len(state.folder.sample.cases) * len(state.folder.protocol.arms)
    state.file.add(Closed(answers=whole, unanswered=wanted - whole))


def add_records(state: RunState, bodies: Iterable[Body]) -> None:
    """Put further records on record: turns of use, deposited heads, judgements of citations, declared deviations."""
    _require_open(state)
    if not state.file.chain.records:
        base = state.folder.protocol.base
        used = {
            "engine": base.engine, "base": base.name, "base_digest": base.digest, "base_profile": base.profile,
        }  # fmt: skip
        system = state.folder.protocol.system
        _open_records(state, "imported", system.model, system.operator_prompt, used)
    state.file.add(*bodies)


def missing_records(state: RunState) -> tuple[int, int, int]:
    """The numbers of answers and judgements on record, and of those that the protocol asks for and that are missing."""
    protocol = state.folder.protocol
    bodies = list(state.file.chain.bodies())
    answers = [answer for answer in last_answers(bodies).values() if not answer.error]
    judged = {(*body.key, body.judge) for body in bodies if isinstance(body, Judgement)}
    wanted = len(state.folder.sample.cases) * len(protocol.arms)
    names = {judge.name for judge in protocol.judges}
    given = sum(judge in names for _, _, judge in judged)
    return len(answers), len(judged), wanted - len(answers) + len(answers) * len(names) - given


def _open_records(state: RunState, source: str, model: str, prompt: str, used: dict[str, str]) -> None:
    opened = Opened.model_validate(
        {"source": source, "model": model, "operator_prompt_sha256": sha256(prompt.encode()), **used}
    )
    if opened not in state.file.chain.bodies():
        state.file.add(opened)


def _used(base: KnowledgeBase) -> dict[str, str]:
    return {
        "engine": __version__, "base": base.name, "base_digest": base.digest, "base_profile": base.profile.id,
    }  # fmt: skip


def _take_answers(state: RunState, log: Path) -> None:
    """Put the answers of a run log on record that are not yet. A line that is not whole waits for its end."""
    if not log.exists():
        return
    with log.open("rb") as file:
        file.seek(state.offset)
        data = file.read()
    lines = data[: data.rfind(b"\n") + 1]
    digests = {case.id: case.digest for case in state.folder.sample.cases}
    for line in lines.splitlines()[0 if state.offset else 1 :]:
        found = ModelAnswer.model_validate_json(line)
        body = _answer(found, digests[found.case]) if found.case in digests else None
        if body and body not in state.taken:
            state.file.add(body)
            state.taken.add(body)
    state.offset += len(lines)


def _answer(found: ModelAnswer, digest: str) -> Answer:
    last = found.last_verdict_call
    return Answer(
        case=found.case,
        case_digest=digest,
        arm=found.arm,
        response=found.response,
        refusal_signal=found.refusal_signal,
        consulted=bool(found.tool_calls),
        verdict=(last.verdict or "") if last else "",
        guidance=(last.guidance or "") if last else "",
        error="" if found.response or not found.error else found.error,
    )


async def _judge(
    judge: Judge, answer: Answer, state: RunState, recorded: dict[tuple[str, str], ModelAnswer]
) -> Judgement | None:
    if judge.kind == "recorded":
        line = recorded.get(answer.key)
        if line is None or line.response_type is None:
            return None
        return _judgement(judge, answer, line.response_type, line.why)
    if judge.kind == "heuristic":
        found = classify_by_keywords(answer.response, answer.refusal_signal)
    else:
        request = state.source.cases[answer.case].labelled.user_query
        try:
            grader = load_grader(judge.spec or judge.name)
            async with asyncio.timeout(TIME_LIMIT):
                found = await classify_with_grader(grader, request, answer.response, answer.refusal_signal)
        except LegitError:
            raise
        except Exception:  # a provider's error: the answer stays without this judgement, and is judged when run again
            return None
    return _judgement(judge, answer, found.response_type, found.why)


def _judgement(judge: Judge, answer: Answer, value: str, why: str) -> Judgement:
    return Judgement(
        case=answer.case, arm=answer.arm, question=RESPONSE_TYPE, judge=judge.name, value=value, why=why[:500]
    )


def _require_open(state: RunState) -> None:
    if state.closed:
        raise DossierError(
            Problem("E109", "the run has ended: nothing can be added", source=str(state.folder.records_path))
        )


def _other(message: str, path: Path | None) -> DossierError:
    help_ = "what is tested is what the protocol names; for anything else write another protocol"
    return DossierError(Problem("E108", message, source=str(path or ""), help=help_))
