"""The description of the interface: it is OpenAPI 3.1, its examples are answers, and generated requests keep to it.

LEGIT_SCHEMATHESIS=N makes N generated requests instead of the few of a test run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from legit.serve import ServiceSettings, create_app
from legit.serve.interface import example_requests
from tests.serve.conftest import Send, sender

CALLS = int(os.environ.get("LEGIT_SCHEMATHESIS", "0"))
_SECONDS = 120
"""How long an answer may take on a machine that does much else."""


@pytest.fixture(scope="module")
def document(send: Send) -> dict[str, Any]:
    found: dict[str, Any] = send("GET", "/openapi.json").json()
    return found


def test_every_address_has_an_example_that_was_answered(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answered = operation["responses"]["200"]["content"].values()
            assert any("example" in content for content in answered), (method, path)
            if method == "post":
                assert all("example" in content for content in operation["requestBody"]["content"].values()), path


def test_every_route_is_in_the_examples_and_the_description(app: Any, document: dict[str, Any]) -> None:
    described = {(method, path) for path, operations in document["paths"].items() for method in operations}
    assert {(item.method, item.route) for item in example_requests(app.state.service)} == described


def test_an_example_is_what_the_address_answers(document: dict[str, Any], send: Send) -> None:
    for path in ("/v1/assess", "/v1/decide", "/v1/explain", "/v1/why-not", "/v1/questions", "/v1/complete"):
        operation = document["paths"][path]["post"]
        asked = operation["requestBody"]["content"]["application/json"]["example"]
        assert (
            send("POST", path, json=asked).json()
            == operation["responses"]["200"]["content"]["application/json"]["example"]
        )


def test_generated_requests_keep_to_the_description(tmp_path: Path) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    @schemathesis.serializer("application/x-ndjson")  # type: ignore[untyped-decorator, unused-ignore]
    def lines(ctx: Any, value: Any) -> bytes:
        return str(value).encode(errors="replace")

    app = create_app(ServiceSettings(log=tmp_path / "decisions.log"))
    app.state.service.ready = True
    assert sender(app)("GET", "/openapi.json").status_code == 200  # made once, which may take longer than is waited for
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations()]
    each = max(1, CALLS // len(operations)) if CALLS else 2
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(
            max_examples=each, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def call(case: Any) -> None:
            case.call_and_validate(checks=checks, timeout=_SECONDS)

        call()
    app.state.service.close()


def test_the_description_needs_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    assert "http://" not in json.dumps(document.get("servers", []))
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
