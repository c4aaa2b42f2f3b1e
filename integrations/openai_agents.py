"""Agents of the OpenAI Agents SDK that consult before they refuse or enforce (extra `openai-agents`).

>>> from agents import Runner
>>> from legit.integrations.openai_agents import consulting
>>> result = await Runner.run(consulting(agent, enforces={"suspend_account"}), "...")
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import threading
from collections.abc import AsyncIterator, Callable, Collection
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

try:
    from agents import (
        Agent,
        AgentOutputSchemaBase,
        FunctionTool,
        Model,
        ModelResponse,
        MultiProvider,
        ToolGuardrailFunctionOutput,
        ToolInputGuardrail,
        ToolOutputGuardrail,
        ToolsToFinalOutputResult,
        UserError,
    )
    from openai.types.responses import Response, ResponseCompletedEvent, ResponseOutputMessage, ResponseOutputText
except ImportError as error:
    raise ImportError(
        "legit.integrations.openai_agents needs the OpenAI Agents SDK; install it with: "
        "pip install 'legit-rules[openai-agents]'",
        name=error.name,
    ) from error

from legit.consult import CONSULT_TOOL, Consultant, Draft, ToolCall, Turn, answer_tool_call, tool_definitions
from legit.consult.consultant import resolve_consultant
from legit.consult.tools import VocabularyMode
from legit.integrations.enforcing_names import enforcing_names, nearest_tool
from legit.integrations.turn_keeper import Settled, TextPredicate, TurnKeeper, reads_as_refusal
from legit.messages import message

if TYPE_CHECKING:
    from pathlib import Path

    from legit.decision_log import DecisionLog

__all__ = ["consult_tools", "consulting"]


def consulting(
    agent: Agent[Any],
    consultant: Consultant | None = None,
    *,
    turn: Turn | None = None,
    enforces: Collection[str | FunctionTool] | str = (),
    refuses: TextPredicate = reads_as_refusal,
    exempt: TextPredicate | None = None,
    vocabulary_mode: VocabularyMode = "inline",
    log: DecisionLog | str | Path | None = None,
) -> Agent[Any]:
    """The agent for one turn: it consults before it refuses because of a rule, and its enforcing tools wait until a
    consultation on them has answered. Make one for each run; agents to which it hands off are taken along.

    `enforces` are the function tools that enforce a rule on somebody, or their names. `turn` is the turn, to read what
    was done or to go on with a turn that was kept. `refuses` says whether a text is a refusal, `exempt` whether it is
    the operator's own policy. `log` is a decision log, or its file.

    A streamed run streams a message when it is settled. `RunConfig(model=...)` replaces the model, so that refusals
    are not reconsidered; an enforcing tool then runs only on a consultation of a turn that was kept. The output of a
    consultation, or of a call that was held, is no final output, whatever `tool_use_behavior` says.

    Raises ValueError when an enforcing tool is not one of the agent's function tools, because it could not be held. A
    second run of the agent, also beside the first, raises `agents.UserError`: what was consulted in the first would
    count there. A run that goes on from its `RunState` is the same run; from JSON it needs an agent of its own, with
    `turn`. Runs that are given one `RunContextWrapper` cannot be told apart.
    """
    names = enforcing_names(enforces)
    keeper = TurnKeeper(turn or Turn(), names, refuses, exempt)
    tools = consult_tools(consultant, vocabulary_mode, keeper=keeper, log=log)
    belongs = _one_run()
    for tool in tools:  # the tools of an agent are asked before each call of its model, also of another model
        tool.is_enabled = belongs
    made: dict[int, Agent[Any]] = {}
    found = _consulting(agent, keeper, tools, made)
    held = {tool.name for item in made.values() for tool in item.tools if isinstance(tool, FunctionTool)}
    for missing in sorted(names - held):
        raise ValueError(message("integrations.enforces_not_held", name=missing) + nearest_tool(missing, held))
    return found


def consult_tools(
    consultant: Consultant | None = None,
    vocabulary_mode: VocabularyMode = "inline",
    *,
    keeper: TurnKeeper | None = None,
    log: DecisionLog | str | Path | None = None,
) -> list[FunctionTool]:
    """The tools of a consultation. `keeper` is told how consultations end. `log` is a decision log, or its file."""
    chosen = resolve_consultant(consultant, log)

    def made(definition: dict[str, Any]) -> FunctionTool:
        async def invoke(context: Any, arguments: str) -> str:
            answer = await asyncio.to_thread(answer_tool_call, chosen, definition["name"], arguments)
            return keeper.answered(answer) if keeper else answer.text

        return FunctionTool(
            name=definition["name"],
            description=definition["description"],
            params_json_schema=definition["parameters"],
            on_invoke_tool=invoke,
        )

    return [
        made(item) for item in tool_definitions("openai-responses", vocabulary_mode, strict=True, consultant=chosen)
    ]


def _consulting(
    agent: Agent[Any], keeper: TurnKeeper, tools: list[FunctionTool], made: dict[int, Agent[Any]]
) -> Agent[Any]:
    if id(agent) in made:
        return made[id(agent)]
    held: set[tuple[str, str]] = set()
    own = [_guarded(tool, keeper, held) if isinstance(tool, FunctionTool) else tool for tool in agent.tools]
    offered = {tool.name for tool in tools}
    kept = [tool for tool in own if getattr(tool, "name", "") not in offered]
    found = agent.clone(
        model=_ConsultingModel(agent.model, keeper),
        tools=[*kept, *(_guarded(tool, keeper, held) for tool in tools)],
        tool_use_behavior=_use_behavior(agent.tool_use_behavior, offered, held),
    )
    made[id(agent)] = found
    found.handoffs = [
        _consulting(item, keeper, tools, made) if isinstance(item, Agent) else item for item in agent.handoffs
    ]
    return found


def _one_run() -> Callable[[Any, Any], bool]:
    """What raises UserError in a second run. A run is known by a mark on its context, which copies of it keep."""
    mark, begun = f"_legit_run_{uuid4().hex}", threading.Lock()

    def belongs(context: Any, agent: Any) -> bool:
        if not hasattr(context, mark):
            if not begun.acquire(blocking=False):
                raise UserError(message("integrations.run_begun"))
            setattr(context, mark, True)
        return True

    return belongs


def _use_behavior(given: Any, offered: Collection[str], held: Collection[tuple[str, str]]) -> Any:
    """The `tool_use_behavior` of an agent, for the outputs of its tools only: what a consultation says, or stands in
    place of a call that was held, is told to the model and no answer."""
    if given == "run_llm_again":
        return given

    async def behavior(context: Any, results: list[Any]) -> ToolsToFinalOutputResult:
        own = [
            item
            for item in results
            if item.tool.name not in offered and (item.tool.name, _call_id(item.run_item)) not in held
        ]
        if callable(given) and own:
            found = given(context, own)
            return cast("ToolsToFinalOutputResult", await found if inspect.isawaitable(found) else found)
        if isinstance(given, dict):
            names = given.get("stop_at_tool_names", [])
            own = [item for item in own if item.tool.name in names or item.tool.qualified_name in names]
        if not own:
            return ToolsToFinalOutputResult(is_final_output=False, final_output=None)
        return ToolsToFinalOutputResult(is_final_output=True, final_output=own[0].output)

    return behavior


def _call_id(item: Any) -> str:
    """The id of the call that an output of a tool answers; empty if there is none."""
    raw = getattr(item, "raw_item", None)
    return str(raw.get("call_id", "") if isinstance(raw, dict) else getattr(raw, "call_id", ""))


def _guarded(tool: FunctionTool, keeper: TurnKeeper, held: set[tuple[str, str]]) -> FunctionTool:
    """The tool, whose calls run when the turn admits them. `held` gets the calls that do not run, by name and id."""

    def call_of(data: Any) -> ToolCall:
        call: ToolCall = keeper.call(data.context.tool_call_id, tool.name, data.context.tool_arguments)
        return call

    def admit(data: Any) -> ToolGuardrailFunctionOutput:
        call = call_of(data)
        admission = keeper.admit(call)
        if admission.runs:
            held.discard((call.name, call.id))
            return ToolGuardrailFunctionOutput.allow()
        held.add((call.name, call.id))
        return ToolGuardrailFunctionOutput.reject_content(admission.text)

    def note(data: Any) -> ToolGuardrailFunctionOutput:
        call = call_of(data)
        keeper.carried_out(call, keeper.admit(call))
        return ToolGuardrailFunctionOutput.allow()

    found = copy.copy(tool)
    found.tool_input_guardrails = [
        ToolInputGuardrail(guardrail_function=admit, name="legit"),
        *(tool.tool_input_guardrails or []),
    ]
    found.tool_output_guardrails = [
        ToolOutputGuardrail(guardrail_function=note, name="legit"),
        *(tool.tool_output_guardrails or []),
    ]
    return found


class _ConsultingModel(Model):
    """A model whose drafts are settled before the runner sees them."""

    def __init__(self, model: str | Model | None, keeper: TurnKeeper) -> None:
        self._given = model
        self._keeper = keeper
        self._resolved: Model | None = model if isinstance(model, Model) else None

    @property
    def _model(self) -> Model:
        if self._resolved is None:
            self._resolved = MultiProvider().get_model(cast("str | None", self._given))
        return self._resolved

    async def close(self) -> None:
        if self._resolved is not None:
            await self._resolved.close()

    def get_retry_advice(self, request: Any) -> Any:
        return self._model.get_retry_advice(request)

    async def get_response(self, system_instructions: str | None, *given: Any, **options: Any) -> ModelResponse:
        settled = await self._settle(
            lambda note: self._model.get_response(_with_note(system_instructions, note), *given, **options),
            lambda response: response.output,
            given,
            options,
        )
        if settled.response is not None:
            return cast("ModelResponse", settled.response)
        usage, identity = settled.latest.usage, settled.latest.response_id
        return ModelResponse(output=[_message(settled.step.draft)], usage=usage, response_id=identity)

    async def stream_response(self, system_instructions: str | None, *given: Any, **options: Any) -> AsyncIterator[Any]:
        async def ask(note: str) -> list[Any]:
            stream = self._model.stream_response(_with_note(system_instructions, note), *given, **options)
            return [event async for event in stream]

        settled = await self._settle(ask, lambda events: _completed(events).output, given, options)
        if settled.response is not None:
            for event in settled.response:
                yield event
            return
        last = _completed(settled.latest).model_copy(update={"output": [_message(settled.step.draft)]})
        yield ResponseCompletedEvent(response=last, type="response.completed", sequence_number=0)

    async def _settle(self, ask: Any, output_of: Any, given: tuple[Any, ...], options: dict[str, Any]) -> Settled[Any]:
        if self._keeper.turn.state.closed:
            raise UserError(message("integrations.run_ended"))
        names = ("input", "model_settings", "tools", "output_schema")
        asked = {**dict(zip(names, given, strict=False)), **options}
        offered = any(getattr(tool, "name", "") == CONSULT_TOOL for tool in asked["tools"])
        settled: Settled[Any] = await self._keeper.settle(
            ask, lambda response: self._draft(output_of(response), asked["output_schema"]), offered=offered
        )
        if settled.response is None or _ends(output_of(settled.response)):
            self._keeper.turn.close()
        return settled

    def _draft(self, output: list[Any], schema: AgentOutputSchemaBase | None) -> Draft:
        parts = [part for item in output if item.type == "message" for part in item.content]
        text = "\n".join(getattr(part, "text", "") or getattr(part, "refusal", "") for part in parts)
        calls = [
            self._keeper.call(item.call_id, item.name, item.arguments)
            for item in output
            if item.type == "function_call"
        ]
        structured = schema is not None and not schema.is_plain_text() and not calls
        answer = _json_object(text) if structured else None
        draft: Draft = self._keeper.draft(text, calls, answer, refused=any(part.type == "refusal" for part in parts))
        return draft


def _with_note(instructions: str | None, note: str) -> str | None:
    return f"{instructions}\n\n{note}" if instructions and note else note or instructions


def _ends(output: list[Any]) -> bool:
    """Whether the run ends with this: something is said, and nothing is called, here or at the provider."""
    said = any(getattr(part, "text", "") for item in output if item.type == "message" for part in item.content)
    return said and all(item.type in ("message", "reasoning") for item in output)


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _completed(events: list[Any]) -> Response:
    for event in reversed(events):
        if isinstance(event, ResponseCompletedEvent):
            return event.response
    raise RuntimeError("the stream of the model ended without a completed response")


def _message(draft: Draft) -> ResponseOutputMessage:
    """A message that says what a draft says."""
    text = json.dumps(draft.answer, ensure_ascii=False) if draft.answer is not None else draft.text
    part = ResponseOutputText(text=text or message("turn.refusal"), type="output_text", annotations=[], logprobs=[])
    return ResponseOutputMessage(id="msg_legit", content=[part], role="assistant", status="completed", type="message")
