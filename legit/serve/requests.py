"""The bodies of requests, and how their JSON is read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from legit.consult.arguments import MAX_PAGE
from legit.model.facts import Case


def _whole_characters(text: str) -> str:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("the text holds half of a surrogate pair")
    return text


Text = Annotated[str, AfterValidator(_whole_characters)]
"""A text that can be written in UTF-8."""
CaseInput = Annotated[
    str | Case, Field(description="the case: sentences, one a line, or the case as data as `/v1/parse` gives it")
]
_Profile = Annotated[
    Text, Field(default="", max_length=200, description="a profile of the base; the service's own where it is empty")
]
_Record = Annotated[
    bool, Field(description="whether the decision is put on record, where the service has a decision log")
]
_Caller = Annotated[
    dict[Text, Text], Field(description="metadata that is recorded with the decision, such as the id of a session")
]


NUMBER_TOO_LARGE: Final = "a number is too large"
"""What is told of a number that would be infinite, which no JSON can say."""


def read_json(data: bytes) -> Any:
    """The value of a JSON text in UTF-8. Raises ValueError for other texts, and for a number that cannot be held;
    RecursionError for what is nested too deeply.
    """
    return json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite)


def _no_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError("no number of JSON", name, 0)


def _finite(written: str) -> float:
    value = float(written)
    if not math.isfinite(value):
        raise json.JSONDecodeError(NUMBER_TOO_LARGE, written, 0)
    return value


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body())
        return self._json


class JsonRoute(APIRoute):
    """A route whose body is JSON as its standard has it: Python's own reader takes `NaN`, and other encodings."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextRequest(_Body):
    """Sentences, one a line; a heading begins a case."""

    text: str


class CaseRequest(_Body):
    """One case, and the profile under which it is judged."""

    case: CaseInput
    profile: _Profile


class AssessRequest(CaseRequest):
    """One case to be judged."""

    record: _Record = True
    caller: _Caller = {}


class ExplainRequest(CaseRequest):
    """One case to be explained. Without `counterfactuals` the answer takes a tenth of the time."""

    counterfactuals: bool = True
    exhaustive: bool = Field(False, description="write out every cheapest set of changes, not only the first of a kind")


class WhyNotRequest(CaseRequest):
    """One case, and what was expected of it: the id of a criterion, or a verdict."""

    target: Text
    exhaustive: bool = False


class WhatIfRequest(CaseRequest):
    """One case, the sentences that are added and those that are left out."""

    assume: Text = ""
    without: Text = ""


class ConsultRequest(_Body):
    """The facts as an agent states them, and the quoted rule and request."""

    facts: Text | list[Text]
    rule: Text = ""
    request: Text = ""
    page: int = Field(1, ge=1, le=MAX_PAGE)
    caller: _Caller = {}


class CompleteRequest(_Body):
    """A text and the place of the cursor in it: the number of characters before it, in UTF-16 units where `utf16`."""

    text: Text
    cursor: int = Field(ge=0)
    limit: int = Field(50, ge=1, le=500)
    utf16: bool = False


class OverrideRequest(_Body):
    """Who acted differently from the guidance of a decision, why, and the action, by default that of the base for what
    was requested and done all the same."""

    by: Text = Field(min_length=1, max_length=500)
    why: Text = Field(min_length=1, max_length=5000)
    action: Text = ""


class RedactRequest(_Body):
    """Who erases texts of a decision and why: those of some placeholders, or all where `placeholders` is left out."""

    by: Text = Field(min_length=1, max_length=500)
    why: Text = Field(min_length=1, max_length=5000)
    placeholders: list[Text] | None = Field(None, min_length=1)
