"""The description of the interface (OpenAPI 3.1), with an example for every address that the service itself answered.

The examples are made when the description is first asked for: an application with a decision log of its own, in a
folder that is removed again, answers requests about an example of the knowledge base.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Response

from legit.model.assessment import Verdict
from legit.serve.service import Service, example_text

_JSON: Final = "application/json"
_NDJSON: Final = "application/x-ndjson"
_BEARER: Final = {"type": "http", "scheme": "bearer", "description": "a token of `legit serve token make`"}


@dataclass(frozen=True)
class ExampleRequest:
    """A request: its method, the route that answers it, the values in the route and of the query, and the body."""

    method: str
    route: str
    values: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    media_type: str = _JSON

    @property
    def path(self) -> str:
        """The route with its values."""
        return self.route.format(**self.values)


def described(app: FastAPI, service: Service) -> Callable[[], Awaitable[Response]]:
    """The endpoint of the description of an application."""
    made: list[bytes] = []

    async def openapi() -> Response:
        if not made:
            document = app.openapi()
            document.setdefault("components", {})["securitySchemes"] = {"token": _BEARER}
            document["security"] = [{}, {"token": []}]
            await _add_examples(document, service)
            made.append(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
        return Response(made[0], media_type=_JSON)

    return openapi


def example_requests(service: Service, decision: int = 2) -> list[ExampleRequest]:
    """A request for every route; `decision` is the number of a decision in the log. The first records a decision."""
    case = example_text(service.base)
    number = {"number": str(decision)}
    signed = {"by": "a clerk", "why": "a reason"}
    rule = {
        "subject": {"type": "user", "id": "u1"},
        "action": {"name": "enforce"},
        "resource": {"type": "rule", "id": "r1"},
    }
    asked = {"context": {"facts": case}}
    return [
        *_judging_requests(service, case),
        *_base_requests(service),
        ExampleRequest("get", "/v1/log"),
        ExampleRequest("get", "/v1/log/columns"),
        ExampleRequest("get", "/v1/log/decisions", query={"limit": "1"}),
        ExampleRequest("get", "/v1/log/verify"),
        ExampleRequest("get", "/v1/log/export"),
        ExampleRequest("get", "/v1/log/decisions/{number}", number),
        ExampleRequest("get", "/v1/log/decisions/{number}/replay", number, {"current": "true"}),
        ExampleRequest("post", "/v1/log/decisions/{number}/override", number, body=signed),
        ExampleRequest("post", "/v1/log/decisions/{number}/redact", number, body=signed),
        ExampleRequest("post", "/access/v1/evaluation", body={**rule, **asked}),
        ExampleRequest("post", "/access/v1/evaluations", body={**rule, "evaluations": [asked, {"context": {}}]}),
        ExampleRequest("get", "/.well-known/authzen-configuration"),
        ExampleRequest("get", "/healthz"),
        ExampleRequest("get", "/readyz"),
        ExampleRequest("get", "/metrics"),
    ]


def _judging_requests(service: Service, case: str) -> list[ExampleRequest]:
    lines = case.splitlines()
    first = next(iter(service.base.vocabulary.predicates.values())).affirmative_forms[0].segments[0]
    begun = first.capitalize().rstrip() if isinstance(first, str) else ""
    consulted = {"facts": lines, "rule": "the rule in the words of its text", "request": "what was asked"}
    return [
        # A quotation, so that there is a text to redact.
        ExampleRequest("post", "/v1/assess", body={"case": f'Case "an example".\n{case}'}),
        ExampleRequest("post", "/v1/decide", body={"case": case}),
        ExampleRequest("post", "/v1/consult", body=consulted),
        ExampleRequest("post", "/v1/explain", body={"case": case, "counterfactuals": False}),
        ExampleRequest("post", "/v1/why-not", body={"case": case, "target": Verdict.STANDS.value}),
        ExampleRequest("post", "/v1/what-if", body={"case": case, "without": lines[-1] if lines else ""}),
        ExampleRequest("post", "/v1/questions", body={"case": case}),
        ExampleRequest("post", "/v1/parse", body={"text": case}),
        ExampleRequest("post", "/v1/complete", body={"text": begun, "cursor": len(begun), "limit": 3}),
        ExampleRequest(
            "post",
            "/v1/batch",
            body="".join(json.dumps({"id": name, "facts": lines}) + "\n" for name in ("a", "b")),
            media_type=_NDJSON,
        ),
    ]


def _base_requests(service: Service) -> list[ExampleRequest]:
    base = service.base
    criterion = next(iter(base.criteria), "")
    entry = service.entries.all[0]
    return [
        ExampleRequest("get", "/v1/vocabulary", query={"topic": next(iter(base.vocabulary.topics))}),
        ExampleRequest("get", "/v1/kb"),
        ExampleRequest("get", "/v1/kb/entries", query={"kind": entry.kind}),
        ExampleRequest("get", "/v1/kb/entries/{kind}/{name}", {"kind": entry.kind, "name": entry.id}),
        ExampleRequest("get", "/v1/kb/criteria/{name}", {"name": criterion}),
        ExampleRequest("get", "/v1/kb/search", query={"q": entry.title, "limit": "1"}),
        ExampleRequest("get", "/v1/kb/graph", query={"criterion": criterion}),
    ]


async def _add_examples(document: dict[str, Any], service: Service) -> None:
    from legit.serve.app import create_app

    with tempfile.TemporaryDirectory(prefix="legit-examples-") as folder:
        settings = replace(service.settings, log=Path(folder) / "example.log")
        app = await service.run(create_app, settings, beside=service)
        own: Service = app.state.service
        own.ready = True
        try:
            number = 0
            for place in range(len(example_requests(service))):
                request = example_requests(service, number)[place]
                status, headers, body = await _asked(app, request)
                if not number:
                    number = int(headers["legit-entry"])
                operation = document["paths"][request.route][request.method]
                _describe(operation, request, status, headers.get("content-type", _JSON), body)
        finally:
            own.close()


def _describe(operation: dict[str, Any], request: ExampleRequest, status: int, media_type: str, body: bytes) -> None:
    """Add a request and its answer to the description of an operation."""
    given = {**request.values, **request.query}
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in given:
            value: Any = given[parameter["name"]]
            kind = parameter["schema"].get("type")
            parameter["example"] = [value] if kind == "array" else int(value) if kind == "integer" else value
    if request.body is not None:
        operation["requestBody"]["content"][request.media_type]["example"] = request.body
    kind = media_type.partition(";")[0]
    answer = operation["responses"].setdefault(str(status), {"description": ""})
    shown = json.loads(body) if kind.endswith("json") and kind != _NDJSON else body.decode()
    answer.setdefault("content", {}).setdefault(kind, {})["example"] = shown


async def _asked(app: FastAPI, request: ExampleRequest) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers and the body of the answer to a request, without a network."""
    body = request.body if isinstance(request.body, str) else "" if request.body is None else json.dumps(request.body)
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body.encode(), "more_body": False}]

    async def receive() -> Any:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method.upper(),
        "scheme": "http", "path": request.path, "raw_path": quote(request.path).encode(), "root_path": "",
        "query_string": urlencode(request.query).encode(), "server": ("localhost", 80),
        "headers": [(b"host", b"localhost"), (b"content-type", request.media_type.encode())],
    }  # fmt: skip
    await app(scope, receive, send)
    given = {bytes(name).decode().lower(): bytes(value).decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], given, b"".join(message.get("body", b"") for message in sent[1:])
