"""Output tools of Pydantic AI: none enforces unheld, and a refusal is sent by the tool by which it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

pydantic_ai = pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")

from pydantic_ai.exceptions import UserError  # noqa: E402
from pydantic_ai.messages import ModelResponse, ToolCallPart  # noqa: E402
from pydantic_ai.models.function import FunctionModel  # noqa: E402
from pydantic_ai.tools import ToolDefinition  # noqa: E402
from pydantic_ai.toolsets import ExternalToolset  # noqa: E402

from legit.integrations.pydantic_ai import ConsultBeforeRefusing  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(pydantic_ai|genai_prices|logfire).*")

REFUSAL = "I'm sorry, but I can't help you get around the bank's rules."
SUSPEND = ("suspend_account", {"user": "u1"})


class Grant(BaseModel):
    """A decision to grant."""

    text: str


class Refuse(BaseModel):
    """A decision to refuse."""

    text: str


def scripted(*calls: tuple[str, dict[str, Any]]) -> FunctionModel:
    script = iter(calls)

    def model(messages: Any, info: Any) -> ModelResponse:
        return ModelResponse(parts=[ToolCallPart(*next(script))])

    return FunctionModel(model)


def run(model: FunctionModel, **options: Any) -> Any:
    capability = ConsultBeforeRefusing(enforces={"suspend_account"})
    agent: Any = pydantic_ai.Agent(model, capabilities=[capability], **options)
    return asyncio.run(agent.run("Suspend u1, who has no stamp.")).output


def test_an_output_function_that_enforces_is_refused() -> None:
    done: list[str] = []

    def suspend_account(user: str) -> str:
        """Suspend an account."""
        done.append(user)
        return user

    output = pydantic_ai.ToolOutput(suspend_account, name="suspend_account")
    with pytest.raises(UserError, match="`suspend_account` ends the run"):
        run(scripted(SUSPEND, SUSPEND), output_type=output)
    assert not done


def test_a_tool_that_others_carry_out_is_refused() -> None:
    schema = {"type": "object", "properties": {"user": {"type": "string"}}, "required": ["user"]}
    external = ExternalToolset([ToolDefinition(name="suspend_account", parameters_json_schema=schema)])
    options: dict[str, Any] = {"output_type": [str, pydantic_ai.DeferredToolRequests], "toolsets": [external]}
    with pytest.raises(UserError, match="carried out by others"):
        run(scripted(SUSPEND, SUSPEND), **options)


@pytest.mark.parametrize("types", [[Grant, Refuse], [Refuse, Grant]])
def test_an_earlier_refusal_is_sent_by_its_own_tool(types: Sequence[type[BaseModel]]) -> None:
    refusal = ("final_result_Refuse", {"text": REFUSAL})
    failed = ("consult_before_refusing", {"facts": ["blah blah nonsense"]})
    granted = ("final_result_Grant", {"text": "all of it"})
    assert run(scripted(refusal, failed, granted), output_type=list(types)) == Refuse(text=REFUSAL)
