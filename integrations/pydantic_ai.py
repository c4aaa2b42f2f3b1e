"""Agents of Pydantic AI that consult before they refuse or enforce (extra `pydantic-ai`).

>>> from pydantic_ai import Agent
>>> from legit.integrations.pydantic_ai import ConsultBeforeRefusing
>>> agent = Agent(model, capabilities=[ConsultBeforeRefusing(enforces={"suspend_account"})])
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncGenerator, Awaitable, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

try:
    from pydantic_ai import FunctionToolset, ModelResponse, RunContext, TextPart, Tool, ToolCallPart
    from pydantic_ai.capabilities import AbstractCapability
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.messages import InstructionPart, ModelMessage, ModelRequest
    from pydantic_ai.models import CompletedStreamedResponse, Model, ModelRequestParameters, StreamedResponse
    from pydantic_ai.models.wrapper import WrapperModel
    from pydantic_ai.output import OutputContext
except ImportError as error:
    raise ImportError(
        "legit.integrations.pydantic_ai needs Pydantic AI; install it with: pip install 'legit-rules[pydantic-ai]'",
        name=error.name,
    ) from error

from legit.consult import CONSULT_TOOL, Consultant, Draft, Turn, TurnLimits, answer_tool_call, tool_definitions
from legit.consult.consultant import resolve_consultant
from legit.consult.tools import VocabularyMode
from legit.integrations.enforcing_names import warn_of_unknown
from legit.integrations.turn_keeper import Settled, TextPredicate, TurnKeeper, reads_as_refusal
from legit.messages import message

if TYPE_CHECKING:
    from pathlib import Path

    from legit.decision_log import DecisionLog

__all__ = ["ConsultBeforeRefusing"]


class ConsultBeforeRefusing(AbstractCapability[Any]):
    """Adds the tools of a consultation, lets the model consult when it is about to refuse without having done so, and
    holds enforcing calls until a consultation on them has answered.

    `enforces` are the tools that enforce a rule on somebody, or their names. `refuses` says whether a text is a
    refusal, `exempt` whether it is the operator's own policy. `limits` are those of a turn. `log` is a decision log, or
    its file. A run is a turn. Messages of the model are streamed when they are settled.

    `turn` is the turn of the latest run; runs of one agent at the same time have a turn each.
    """

    def __init__(
        self,
        consultant: Consultant | None = None,
        *,
        enforces: Collection[Any] | str = (),
        refuses: TextPredicate = reads_as_refusal,
        exempt: TextPredicate | None = None,
        limits: TurnLimits | None = None,
        vocabulary_mode: VocabularyMode = "inline",
        log: DecisionLog | str | Path | None = None,
    ) -> None:
        self._consultant = resolve_consultant(consultant, log)
        self._limits = limits or TurnLimits()
        self._keeper = TurnKeeper(Turn(self._limits), enforces, refuses, exempt)
        self._definitions = tool_definitions("anthropic", vocabulary_mode, consultant=self._consultant)
        self.turn = self._keeper.turn
        self._outputs = _Outputs()

    async def for_run(self, ctx: RunContext[Any]) -> ConsultBeforeRefusing:
        """The capability with a turn of its own."""
        found = object.__new__(type(self))
        found.__dict__.update(self.__dict__)
        found._keeper = dataclasses.replace(self._keeper, turn=Turn(self._limits))
        found._outputs = _Outputs()
        self.turn = found.turn = found._keeper.turn
        return found

    def get_toolset(self) -> FunctionToolset[Any]:
        """The tools of a consultation."""
        return FunctionToolset([self._tool(item) for item in self._definitions])

    def get_wrapper_model(self, model: Model) -> Model:
        """The model, whose drafts are settled before the agent sees them."""
        return _ConsultingModel(model, self._keeper, self._outputs)

    async def wrap_tool_execute(
        self, ctx: RunContext[Any], *, call: ToolCallPart, tool_def: Any, args: dict[str, Any], handler: Any
    ) -> Any:
        """Run a call if the turn admits it."""
        asked = self._keeper.call(call.tool_call_id, call.tool_name, call.args)
        admission = self._keeper.admit(asked)
        if not admission.runs:
            return admission.text
        try:
            return await handler(args)
        finally:
            self._keeper.carried_out(asked, admission)

    async def wrap_output_validate(
        self, ctx: RunContext[Any], *, output_context: OutputContext, output: Any, handler: Any
    ) -> Any:
        """Read an answer; one that is not valid has reached nobody."""
        return await self._received(ctx, output_context, handler(output))

    async def wrap_output_process(
        self, ctx: RunContext[Any], *, output_context: OutputContext, output: Any, handler: Any
    ) -> Any:
        """Give an answer, unless this would call a function that enforces; what is not taken has reached nobody."""
        if output_context.function_name in self._keeper.enforces:
            raise UserError(message("integrations.cannot_be_held", name=output_context.function_name))
        return await self._received(ctx, output_context, handler(output))

    async def _received(self, ctx: RunContext[Any], output_context: OutputContext, given: Awaitable[Any]) -> Any:
        call = output_context.tool_call
        try:
            return await given
        except Exception:
            if not ctx.partial_output and (call is None or _key(call.args_as_dict()) == self._outputs.sent):
                self._keeper.not_received()
            raise

    def _tool(self, definition: dict[str, Any]) -> Tool[Any]:
        name = definition["name"]

        async def invoke(**arguments: Any) -> str:
            answer = await asyncio.to_thread(answer_tool_call, self._consultant, name, arguments)
            return str(self._keeper.answered(answer))

        return Tool.from_schema(invoke, name, definition["description"], definition["input_schema"])


@dataclasses.dataclass
class _Outputs:
    """The answers that were drafted in a run: the output tool of each, and which one was sent last."""

    tools: dict[str, str] = dataclasses.field(default_factory=dict)
    sent: str = ""


class _ConsultingModel(WrapperModel):
    """A model whose drafts are settled before the agent sees them."""

    def __init__(self, wrapped: Model, keeper: TurnKeeper, outputs: _Outputs) -> None:
        super().__init__(wrapped)
        self._keeper = keeper
        self._outputs = outputs

    async def request(
        self, messages: list[ModelMessage], model_settings: Any, model_request_parameters: ModelRequestParameters
    ) -> ModelResponse:
        parameters = model_request_parameters

        async def ask(note: str) -> ModelResponse:
            return await self.wrapped.request(messages, model_settings, _with_note(parameters, note, messages))

        names = {tool.name for tool in parameters.function_tools}
        offered = CONSULT_TOOL in names
        self._refuse_what_cannot_be_held(parameters)
        warn_of_unknown(self._keeper.enforces, names)
        settled: Settled[ModelResponse] = await self._keeper.settle(
            ask, lambda response: self._draft(response, parameters), offered=offered
        )
        self._outputs.sent = _key(settled.step.draft.answer)
        if settled.response is None:
            latest: ModelResponse = settled.latest
            return dataclasses.replace(latest, parts=self._parts_of(settled.step.draft, parameters))
        response: ModelResponse = settled.response
        if settled.step.answer_waits:
            outputs = {tool.name for tool in parameters.output_tools}
            kept = [part for part in response.parts if getattr(part, "tool_name", "") not in outputs]
            response = dataclasses.replace(response, parts=kept)
        return response

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: Any,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        response = await self.request(messages, model_settings, model_request_parameters)
        yield CompletedStreamedResponse(response, model_request_parameters=model_request_parameters, replay_events=True)

    def _draft(self, response: ModelResponse, parameters: ModelRequestParameters) -> Draft:
        outputs = {tool.name for tool in parameters.output_tools}
        calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
        text = "\n".join(part.content for part in response.parts if isinstance(part, TextPart))
        given = [part for part in calls if part.tool_name in outputs]
        answers = [part.args_as_dict() for part in given]
        if given:
            self._outputs.tools.setdefault(_key(answers[0]), given[0].tool_name)
        others = [part for part in calls if part.tool_name not in outputs]
        if parameters.output_mode in ("native", "prompted") and not calls:
            answers = _json_objects(text)
        draft: Draft = self._keeper.draft(
            text,
            [self._keeper.call(part.tool_call_id, part.tool_name, part.args) for part in others],
            answers[0] if answers else None,
            refused=response.finish_reason == "content_filter",
        )
        return draft

    def _refuse_what_cannot_be_held(self, parameters: ModelRequestParameters) -> None:
        """Raise UserError where an enforcing tool is an output function, or a tool that others carry out."""
        ends = {tool.name for tool in parameters.output_tools}
        ends |= {name.removeprefix("final_result_") for name in ends}  # what an output function of several is called
        ends |= _kinds(parameters)
        ends |= {tool.name for tool in parameters.function_tools if tool.kind == "external"}
        if found := sorted(ends & self._keeper.enforces):
            raise UserError(message("integrations.cannot_be_held", name=found[0]))

    def _parts_of(self, draft: Draft, parameters: ModelRequestParameters) -> list[Any]:
        """The parts of a response that says what a draft says, by the output tool by which it was said."""
        if draft.answer is not None and parameters.output_tools:
            first = parameters.output_tools[0].name
            return [ToolCallPart(self._outputs.tools.get(_key(draft.answer), first), draft.answer)]
        text = json.dumps(draft.answer, ensure_ascii=False) if draft.answer is not None else draft.text
        return [TextPart(text or message("turn.refusal"))]


def _kinds(parameters: ModelRequestParameters) -> set[str]:
    """The names of the types and functions of which an answer in a text chooses one."""
    schema: Any = parameters.output_object.json_schema if parameters.output_object else {}
    chosen = schema.get("properties", {}).get("result", {}).get("anyOf", [])
    return {str(item.get("properties", {}).get("kind", {}).get("const", "")) for item in chosen}


def _key(answer: Any) -> str:
    return json.dumps(answer, sort_keys=True)


def _with_note(parameters: ModelRequestParameters, note: str, messages: list[ModelMessage]) -> ModelRequestParameters:
    """The parameters with a note behind the instructions of the agent."""
    if not note:
        return parameters
    parts = parameters.instruction_parts
    if parts is None:  # then the models read the instructions from the latest request
        told = [item.instructions for item in messages if isinstance(item, ModelRequest) and item.instructions]
        parts = [InstructionPart(content=told[-1])] if told else []
    return dataclasses.replace(parameters, instruction_parts=[*parts, InstructionPart(content=note, dynamic=True)])


def _json_objects(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [found] if isinstance(found, dict) else []
