"""The Authorization API of OpenID (AuthZEN 1.0): `decision` is whether the rule stands, `context` everything else.

The facts are sentences in `context.facts`, in `resource.properties.facts`, or in both. A request without facts is
judged as a case that says nothing: the verdict is undetermined, and the decision false.
https://openid.net/specs/authorization-api-1_0.html
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from legit.errors import LegitError, Problem, ServiceError
from legit.guard.problem_documents import MAX_PROBLEMS, lower_first, problem_document
from legit.model.assessment import FrozenModel, Verdict
from legit.model.facts import Case
from legit.serve.answers import json_answer, problem_responses
from legit.serve.requests import JsonRoute, Text
from legit.serve.service import Service

MAX_EVALUATIONS = 1000
_PROBLEMS = problem_responses(400, 401, 403, 408, 413, 415, 429, 503)
_PARTS = ("subject", "action", "resource", "context")
_REQUEST_ID = Annotated[str, Header(alias="X-Request-ID", pattern=r"^[!-~]{1,200}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    properties: dict[str, JsonValue] = {}


class Subject(_Part):
    """Who is to comply with the rule."""

    type: Text
    id: Text


class Action(_Part):
    """What is to be done."""

    name: Text


class Resource(_Part):
    """The rule. `properties.facts` may hold sentences: one text, or a list."""

    type: Text
    id: Text


class Evaluation(BaseModel):
    """One question: may this rule be enforced? `context.facts` holds sentences, `context.profile` names a profile, and
    `context.caller` is metadata for the record."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: Subject
    action: Action
    resource: Resource
    context: dict[str, JsonValue] = {}


class Options(BaseModel):
    """How several evaluations are gone through."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = "execute_all"


class Evaluations(BaseModel):
    """Several questions. What one leaves out is taken from the request itself; without any the request is one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: JsonValue = None
    action: JsonValue = None
    resource: JsonValue = None
    context: JsonValue = None
    evaluations: list[JsonValue] = Field([], max_length=MAX_EVALUATIONS)
    options: Options = Options()


class EvaluationAnswer(FrozenModel):
    """`decision` is whether the rule stands; `context` has the assessment and its record, or the error."""

    decision: bool
    context: dict[str, Any]


class EvaluationsAnswer(FrozenModel):
    """The answers, in the order of the questions; where the semantic ends early, those up to the one that ended it."""

    evaluations: tuple[EvaluationAnswer, ...]


class Configuration(FrozenModel):
    """Where the endpoints of the decision point are."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str


def authzen_router(service: Service) -> APIRouter:
    """`/access/v1/evaluation`, `/access/v1/evaluations` and the configuration."""
    router = APIRouter(route_class=JsonRoute)

    @router.post(
        "/access/v1/evaluation", response_model=EvaluationAnswer, responses=_PROBLEMS,
        summary="AuthZEN: may this rule be enforced?",
    )  # fmt: skip
    async def evaluation(body: Evaluation, request_id: _REQUEST_ID = "") -> Response:
        return await service.run(lambda: json_answer(_decided(service, body), _same_id(request_id)))

    @router.post(
        "/access/v1/evaluations", response_model=EvaluationsAnswer | EvaluationAnswer, responses=_PROBLEMS,
        summary="AuthZEN: several rules at once",
    )  # fmt: skip
    async def evaluations(body: Evaluations, request_id: _REQUEST_ID = "") -> Response:
        return await service.run(lambda: json_answer(_all_decided(service, body), _same_id(request_id)))

    @router.get(
        "/.well-known/authzen-configuration", response_model=Configuration,
        responses=problem_responses(401, 403, 408, 413, 429), summary="AuthZEN: where the endpoints are",
    )  # fmt: skip
    async def configuration(request: Request) -> Response:
        root = f"{request.url.scheme}://{request.url.netloc}"
        return json_answer(
            Configuration(
                policy_decision_point=root,
                access_evaluation_endpoint=f"{root}/access/v1/evaluation",
                access_evaluations_endpoint=f"{root}/access/v1/evaluations",
            )
        )

    return router


def _same_id(request_id: str) -> dict[str, str] | None:
    return {"X-Request-ID": request_id} if request_id else None


def _all_decided(service: Service, body: Evaluations) -> EvaluationsAnswer | EvaluationAnswer:
    """The answers to the questions of a request. Raises ServiceError (H002) where it has none, and is none."""
    shared = {name: getattr(body, name) for name in _PARTS if getattr(body, name) is not None}
    if not body.evaluations:
        try:
            return _decided(service, Evaluation.model_validate(shared))
        except ValidationError as error:
            raise ServiceError(400, *_shape_problems(error)) from None
    ends_at = {"deny_on_first_deny": False, "permit_on_first_permit": True}.get(body.options.evaluations_semantic)
    answers: list[EvaluationAnswer] = []
    for item in body.evaluations:
        answers.append(_item_decided(service, shared, item))
        if answers[-1].decision is ends_at:
            break
    return EvaluationsAnswer(evaluations=tuple(answers))


def _item_decided(service: Service, shared: dict[str, Any], item: JsonValue) -> EvaluationAnswer:
    """The answer to one of several questions; one that is broken is denied, and says why."""
    try:
        given = item if isinstance(item, dict) else {"subject": item}
        return _decided(service, Evaluation.model_validate({**shared, **given}))
    except ValidationError as error:
        return _denied(ServiceError(400, *_shape_problems(error)))


def _decided(service: Service, question: Evaluation) -> EvaluationAnswer:
    """Decide a question, and put it on record where the service has a log. What is not understood is denied."""
    try:
        judge = service.judge_for(_text(question.context.get("profile"), "context.profile"))
        case = judge.parse_case(_facts(question)) if _facts(question).strip() else Case()
        seconds = service.settings.time_limit
        if service.log is None:
            found, entry = judge.assess(case, time_limit=seconds), None
        else:
            caller = question.context.get("caller", {})
            if not isinstance(caller, dict) or not all(isinstance(value, str) for value in caller.values()):
                raise ServiceError(400, Problem("H002", "`context.caller` holds texts by name", source="body"))
            found, entry = service.log.assess_and_record(case, judge=judge, caller=caller, time_limit=seconds)  # type: ignore[arg-type]
    except LegitError as error:
        document = problem_document(error)
        if document.status >= 500:
            raise
        return _denied(error)
    context = {"assessment": found.model_dump(mode="json"), "entry": entry}
    return EvaluationAnswer(decision=found.verdict is Verdict.STANDS, context=context)


def _denied(error: LegitError) -> EvaluationAnswer:
    document = problem_document(error)
    told = {"status": document.status, "message": document.detail, "code": document.code}
    problems = [item.model_dump(mode="json") for item in document.problems]
    return EvaluationAnswer(decision=False, context={"error": {**told, "problems": problems}})


def _facts(question: Evaluation) -> str:
    """The sentences of a question, those of the resource first."""
    given = (question.resource.properties.get("facts"), question.context.get("facts"))
    return "\n".join(_text(part, "facts") for part in given if part is not None)


def _text(value: JsonValue, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(map(str, value))
    if not isinstance(value, str):
        raise ServiceError(400, Problem("H002", f"`{name}` is a text or a list of texts", source="body"))
    return value


def _shape_problems(error: ValidationError) -> list[Problem]:
    return [
        Problem("H002", f"`{'.'.join(map(str, item['loc']))}`: {lower_first(item['msg'])}", source="body")
        for item in error.errors()[:MAX_PROBLEMS]
    ]
