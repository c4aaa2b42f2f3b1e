"""Output tools of Pydantic AI: none enforces unheld, a refusal is sent by the tool by which it was given, and one that
is not valid is not counted as sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

pydantic_ai = pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")

from pydantic_ai.exceptions import UnexpectedModelBehavior, UserError  # noqa: E402
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart  # noqa: E402
from pydantic_ai.models.function import FunctionModel  # noqa: E402
from pydantic_ai.profiles import ModelProfile  # noqa: E402
from pydantic_ai.tools import ToolDefinition  # noqa: E402
from pydantic_ai.toolsets import ExternalToolset  # noqa: E402

from legit.integrations.pydantic_ai import ConsultBeforeRefusing  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:(pydantic_ai|genai_prices|logfire).*")

REFUSAL = "I'm sorry, but I can't help you get around the bank's rules."
HELP = "Here is how."
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


def run(model: FunctionModel, capability: ConsultBeforeRefusing | None = None, **options: Any) -> Any:
    capability = capability or ConsultBeforeRefusing(enforces={"suspend_account"})
    agent: Any = pydantic_ai.Agent(model, capabilities=[capability], **options)
    return asyncio.run(agent.run("Suspend u1, who has no stamp.")).output


@pytest.mark.parametrize(
    ("kind", "tool"),
    [("named", "suspend_account"), ("alone", "final_result"), ("of several", "final_result_suspend_account")],
)
def test_an_output_function_that_enforces_is_refused(kind: str, tool: str) -> None:
    done: list[str] = []

    def suspend_account(user: str) -> str:
        """Suspend an account."""
        done.append(user)
        return user

    outputs: dict[str, Any] = {
        "named": pydantic_ai.ToolOutput(suspend_account, name="suspend_account"),
        "alone": suspend_account,
        "of several": [suspend_account, Grant],
    }
    with pytest.raises(UserError, match="`suspend_account` ends the run"):
        run(scripted((tool, SUSPEND[1]), (tool, SUSPEND[1])), output_type=outputs[kind])
    assert not done


def test_a_function_that_takes_the_text_and_enforces_is_refused() -> None:
    done: list[str] = []

    def suspend_account(text: str) -> str:
        done.append(text)
        return text

    model = FunctionModel(lambda messages, info: ModelResponse(parts=[TextPart("Suspended.")]))
    with pytest.raises(UserError, match="`suspend_account` ends the run"):
        run(model, output_type=pydantic_ai.TextOutput(suspend_account))
    assert not done


@pytest.mark.parametrize("several", [False, True], ids=["alone", "of several"])
@pytest.mark.parametrize("mode", [pydantic_ai.NativeOutput, pydantic_ai.PromptedOutput])
def test_a_function_that_takes_a_structured_text_and_enforces_is_refused(mode: Any, several: bool) -> None:
    done: list[str] = []

    def suspend_account(user: str) -> str:
        """Suspend an account."""
        done.append(user)
        return user

    said = {"result": {"kind": "suspend_account", "data": SUSPEND[1]}} if several else SUSPEND[1]
    model = FunctionModel(
        lambda messages, info: ModelResponse(parts=[TextPart(json.dumps(said))]),
        profile=ModelProfile(supports_json_schema_output=True),
    )
    with pytest.raises(UserError, match="`suspend_account` ends the run"):
        run(model, output_type=mode([suspend_account, Grant] if several else suspend_account))
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


class Numbered(BaseModel):
    """An answer with a number."""

    number: int
    text: str


@pytest.mark.parametrize(
    ("mended", "acts"),
    [(HELP, []), (REFUSAL, ["refusal"])],
    ids=["mended into help", "mended into a refusal"],
)
def test_a_refusal_that_is_not_valid_is_not_counted_as_sent(mended: str, acts: list[str]) -> None:
    capability = ConsultBeforeRefusing()
    invalid = ("final_result", {"number": "no number", "text": REFUSAL})
    valid = ("final_result", {"number": 1, "text": mended})
    output = run(scripted(invalid, invalid, valid), capability, output_type=Numbered)
    assert output == Numbered(number=1, text=mended)
    assert [act.kind for act in capability.turn.state.acts] == acts


def test_a_refusal_that_no_try_makes_valid_is_not_counted_as_sent() -> None:
    capability = ConsultBeforeRefusing()
    invalid = ("final_result", {"number": "no number", "text": REFUSAL})
    with pytest.raises(UnexpectedModelBehavior, match="output retries"):
        run(scripted(*[invalid] * 4), capability, output_type=Numbered)
    assert capability.turn.state.acts == ()
