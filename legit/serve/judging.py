"""The endpoints that judge: each answers what the method of `legit.Judge` of the same name answers."""

from __future__ import annotations

from fastapi import APIRouter, Response

from legit.consult import Consultation
from legit.guard.problem_documents import ProblemItem
from legit.judge import Judge
from legit.language.completion import Completion
from legit.model.assessment import Assessment, Decision, FrozenModel, Question
from legit.model.explanation import Difference, Explanation, WhyNot
from legit.model.facts import Case
from legit.serve.answers import ENTRY_HEADER, json_answer, problem_responses
from legit.serve.kept_answers import lasting_answer
from legit.serve.requests import (
    AssessRequest,
    CaseRequest,
    CompleteRequest,
    ConsultRequest,
    ExplainRequest,
    JsonRoute,
    TextRequest,
    WhatIfRequest,
    WhyNotRequest,
)
from legit.serve.service import Service

_PROBLEMS = problem_responses(400, 401, 403, 408, 413, 415, 422, 429, 503)


class ParsedCases(FrozenModel):
    """The cases of a text without the sentences that were not understood, and these sentences as problems."""

    cases: tuple[Case, ...]
    problems: tuple[ProblemItem, ...]


class ChangedAssessment(FrozenModel):
    """The assessment of a changed case, and its difference from the assessment of the case as it was."""

    assessment: Assessment
    difference: Difference


class OpenQuestions(FrozenModel):
    """The questions whose answer can still change the verdict, in the order in which to ask them."""

    questions: tuple[Question, ...]


class Completions(FrozenModel):
    """What may be written at the cursor, the likeliest first."""

    completions: tuple[Completion, ...]


def judging_router(service: Service) -> APIRouter:
    """The endpoints under `/v1` that take sentences or cases."""
    router = APIRouter(prefix="/v1", responses=_PROBLEMS, route_class=JsonRoute)
    _add_assessing(router, service)
    _add_explaining(router, service)
    _add_reading(router, service)
    return router


def _add_assessing(router: APIRouter, service: Service) -> None:
    seconds = service.settings.time_limit

    @router.post("/assess", response_model=Assessment, summary="Judge a case, with reasons")
    async def assess(body: AssessRequest) -> Response:
        def answer() -> Response:
            assert service.log
            judge = service.judge_for(body.profile)
            found, entry = service.log.assess_and_record(body.case, judge=judge, caller=body.caller, time_limit=seconds)
            return json_answer(found, {ENTRY_HEADER: str(entry)})

        if service.log is not None and body.record:
            return await service.run(answer)
        return await lasting_answer(
            service, lambda: service.judge_for(body.profile).assess(body.case, time_limit=seconds)
        )

    @router.post("/decide", response_model=Decision, summary="Judge a case without reasons; nothing is recorded")
    async def decide(body: CaseRequest) -> Response:
        return await lasting_answer(
            service, lambda: service.judge_for(body.profile).decide(body.case, time_limit=seconds)
        )

    @router.post("/consult", response_model=Consultation, summary="Consult as an agent does, before it refuses")
    async def consult(body: ConsultRequest) -> Response:
        def answer() -> Response:
            found = service.consultant.consult(
                body.facts, rule=body.rule, request=body.request, page=body.page, caller=body.caller
            )
            return json_answer(found, None if found.entry is None else {ENTRY_HEADER: str(found.entry)})

        return await service.run(answer)


def _add_explaining(router: APIRouter, service: Service) -> None:
    seconds = service.settings.time_limit

    @router.post("/explain", response_model=Explanation, summary="Judge a case and explain it")
    async def explain(body: ExplainRequest) -> Response:
        return await lasting_answer(
            service,
            lambda: service.judge_for(body.profile).explain(
                body.case, counterfactuals=body.counterfactuals, exhaustive=body.exhaustive, time_limit=seconds
            ),
        )

    @router.post("/why-not", response_model=WhyNot, summary="Why a criterion does not apply, or the verdict is another")
    async def why_not(body: WhyNotRequest) -> Response:
        return await lasting_answer(
            service,
            lambda: service.judge_for(body.profile).why_not(
                body.case, body.target, exhaustive=body.exhaustive, time_limit=seconds
            ),
        )

    @router.post("/what-if", response_model=ChangedAssessment, summary="What other sentences would change")
    async def what_if(body: WhatIfRequest) -> Response:
        def changed() -> ChangedAssessment:
            judge = service.judge_for(body.profile)
            found, difference = judge.what_if(body.case, body.assume, body.without, time_limit=seconds)
            return ChangedAssessment(assessment=found, difference=difference)

        return await lasting_answer(service, changed)

    @router.post("/questions", response_model=OpenQuestions, summary="The open questions that can change the verdict")
    async def questions(body: CaseRequest) -> Response:
        def asked() -> OpenQuestions:
            judge = service.judge_for(body.profile)
            return OpenQuestions(questions=judge.next_questions(body.case, time_limit=seconds))

        return await lasting_answer(service, asked)


def _add_reading(router: APIRouter, service: Service) -> None:
    @router.post("/parse", response_model=ParsedCases, summary="Read sentences, and tell every problem")
    async def parse(body: TextRequest) -> Response:
        return await lasting_answer(service, lambda: _parsed(service.judge, body.text))

    @router.post("/complete", response_model=Completions, summary="What may be written at a place in a text")
    async def complete(body: CompleteRequest) -> Response:
        return await lasting_answer(service, lambda: _completions(service.judge, body))


def _parsed(judge: Judge, text: str) -> ParsedCases:
    judge, read, wrong = judge.reading(text)
    with judge.speaking():
        cases, unread = judge.reader.parse(read, strict=False)
        found = [*wrong, *unread, *(problem for case in cases for problem in judge.problems(case))]
    found.sort(key=lambda problem: (problem.line, problem.column))
    return ParsedCases(cases=cases, problems=tuple(map(ProblemItem.of, found)))


def _completions(judge: Judge, body: CompleteRequest) -> Completions:
    """The completions at the cursor, in the language of the text; places count in UTF-16 units where the request
    does."""
    judge = judge.reading(body.text)[0]
    if not body.utf16:
        return Completions(completions=judge.completer.complete(body.text, body.cursor, body.limit))
    before = body.text.encode("utf-16-le")[: body.cursor * 2].decode("utf-16-le", "ignore")
    found = judge.completer.complete(body.text, len(before), body.limit)

    def units(text: str, place: int) -> int:
        return len(text[:place].encode("utf-16-le")) // 2

    moved = [
        item.model_copy(
            update={
                "start": units(body.text, item.start),
                "end": units(body.text, item.end),
                "placeholders": tuple((units(item.insert, a), units(item.insert, b)) for a, b in item.placeholders),
            }
        )
        for item in found
    ]
    return Completions(completions=tuple(moved))
