"""Agents of the OpenAI Agents SDK and of Pydantic AI for random conversations: each run has other objects than the one
before it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from legit.consult import Turn, TurnLimits
from tests.support.agent_truth import Options, Outcome, Truth, Watched

MAX_TURNS = 200


class Answer(BaseModel):
    """An answer."""

    text: str


def _tools(truth: Truth) -> tuple[Callable[[str], str], Callable[[], str]]:
    """The tool that enforces and the one that looks something up; both note that they ran."""

    def suspend_account(user: str) -> str:
        """Suspend an account."""
        truth.note("suspend", user)
        return "done"

    def search() -> str:
        """Search."""
        truth.note("search")
        return "nothing"

    return suspend_account, search


class OpenAIAgentsDoor:
    """An agent of the OpenAI Agents SDK. With `human` a person is asked about each suspension, and the run goes on in
    another process: with the state of the run and of the turn as JSON."""

    retries = 1

    def __init__(self, options: Options) -> None:
        self.truth = Truth(options)
        self.options = options
        self.history: list[Any] = []
        self.texts: list[str] = []
        self.asking = ""
        self.paused: tuple[str, str] | None = None
        self.seen = 0

    def agent(self, turn: Turn) -> Any:
        import agents
        from agents.testing import ScriptedModel, assistant_message, function_call

        from legit.integrations.openai_agents import consulting

        truth, options = self.truth, self.options

        suspend_account, search = _tools(truth)

        class Model(ScriptedModel):
            async def get_response(self, *given: Any, **asked: Any) -> Any:
                said = truth.say()
                text = said.text if said.answer is None else said.answer
                if text and options.structured and not said.calls:
                    text = json.dumps({"text": text})
                output = [function_call(call.name, call.args, call_id=call.id) for call in said.calls]
                self._model_steps = [[*([assistant_message(text)] if text or not output else []), *output]]
                return await ScriptedModel([self._model_steps[0]]).get_response(*given, **asked)

        agent = agents.Agent(
            name="agent",
            model=Model([]),
            tools=[
                agents.function_tool(suspend_account, needs_approval=options.human),
                agents.function_tool(search),
            ],
            output_type=Answer if options.structured else None,
        )
        return consulting(
            agent,
            Watched(truth),
            turn=turn,
            enforces={"suspend_account"},
            vocabulary_mode="lookup" if options.lookup else "inline",
        )

    def say(self, text: str) -> Outcome:
        """The user says something."""
        turn = Turn()
        return self.run(turn, self.agent(turn), [*self.history, {"role": "user", "content": text}], text)

    def resume(self, decisions: list[str]) -> Outcome:
        """A person has decided on the calls that wait."""
        from agents import RunState

        assert self.paused is not None
        state_json, turn_json = self.paused
        turn = Turn(state=json.loads(turn_json))
        agent = self.agent(turn)
        state = asyncio.run(RunState.from_json(agent, json.loads(state_json)))
        for item, decision in zip(state.get_interruptions(), decisions, strict=False):
            (state.approve if decision == "approve" else state.reject)(item)
        return self.run(turn, agent, state, "")

    def run(self, turn: Turn, agent: Any, given: Any, text: str) -> Outcome:
        import agents

        self.paused = None
        before, self.seen = self.seen, 0  # a run that fails is not resumed
        config = agents.RunConfig(tracing_disabled=True)
        try:
            result = asyncio.run(agents.Runner.run(agent, given, run_config=config, max_turns=MAX_TURNS))
        except TimeoutError:
            return self.outcome(None, 0, failed=True)
        except agents.ModelBehaviorError:
            assert self.options.structured  # a text of ours ends the turn, and is no structured answer
            return self.outcome(None, 0, failed=True)
        self.asking = text or self.asking
        if result.interruptions:
            self.paused = (json.dumps(result.to_state().to_json()), json.dumps(turn.data))
        else:
            self.history = result.to_input_list()
            self.texts.append(self.asking)  # a message of a run that fails stays out of the history
        new = len(result.raw_responses)
        self.seen = new if result.interruptions else 0
        return self.outcome(result, new - before, failed=False)

    def outcome(self, result: Any, new: int, *, failed: bool) -> Outcome:
        said = [item for item in self.history if isinstance(item, dict)]
        output = result.final_output if result is not None and not result.interruptions else None
        return Outcome(
            getattr(output, "text", output),
            [item["content"] for item in said if item.get("role") == "user"],
            [item["call_id"] for item in said if item.get("type") == "function_call"],
            [item["call_id"] for item in said if item.get("type") == "function_call_output"],
            new,
            waiting=len(result.interruptions) if result is not None else 0,
            failed=failed,
        )


class PydanticAIDoor:
    """An agent of Pydantic AI."""

    retries = 1

    def __init__(self, options: Options) -> None:
        self.truth = Truth(options)
        self.options = options
        self.history: list[Any] = []
        self.texts: list[str] = []
        self._processes: list[Any] = []

    def next_process(self) -> Any:
        """The agent of the next run. Two of them take turns, which share nothing but the history as JSON."""
        if len(self._processes) < 2:
            self._processes.append(self.agent())
        else:
            self._processes.reverse()
        return self._processes[-1]

    def agent(self) -> Any:
        import pydantic_ai
        from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
        from pydantic_ai.models.function import FunctionModel

        from legit.integrations.pydantic_ai import ConsultBeforeRefusing

        truth, options = self.truth, self.options

        def model(messages: Any, info: Any) -> ModelResponse:
            said = truth.say()
            parts: list[Any] = [ToolCallPart(call.name, call.args, call.id) for call in said.calls]
            answer = said.answer
            if options.structured and answer is None and said.text and not parts:
                answer = said.text
            if answer is not None:
                parts.append(ToolCallPart("final_result", {"text": answer}, f"{truth.drafts}-answer"))
            return ModelResponse(parts=parts if parts else [TextPart(said.text)])

        capability = ConsultBeforeRefusing(
            Watched(truth),
            enforces={"suspend_account"},
            vocabulary_mode="lookup" if options.lookup else "inline",
            limits=TurnLimits(allow_override=options.override),
        )
        output: Any = Answer if options.structured else str
        agent = pydantic_ai.Agent(FunctionModel(model), output_type=output, capabilities=[capability])
        for tool in _tools(truth):
            agent.tool_plain(tool)
        return agent

    def say(self, text: str) -> Outcome:
        """The user says something."""
        from pydantic_ai import UnexpectedModelBehavior, UsageLimits
        from pydantic_ai.messages import ModelResponse, RetryPromptPart, ToolCallPart, ToolReturnPart, UserPromptPart

        limits = UsageLimits(request_limit=MAX_TURNS)
        try:
            run = self.next_process().run(text, message_history=self.history, usage_limits=limits)
            result = asyncio.run(run)
        except TimeoutError:
            return Outcome(None, list(self.texts), [], [], 0, failed=True)
        except UnexpectedModelBehavior:
            assert self.options.structured  # a text of ours ends the turn, and is no structured answer
            return Outcome(None, list(self.texts), [], [], 0, failed=True)
        self.texts.append(text)
        new = sum(isinstance(item, ModelResponse) for item in result.new_messages())
        self.history = json_round_trip(result.all_messages())
        parts = [part for item in self.history for part in item.parts]
        return Outcome(
            getattr(result.output, "text", result.output),
            [str(part.content) for part in parts if isinstance(part, UserPromptPart)],
            [part.tool_call_id for part in parts if isinstance(part, ToolCallPart)],
            [
                part.tool_call_id
                for part in parts
                if isinstance(part, ToolReturnPart) or (isinstance(part, RetryPromptPart) and part.tool_name)
            ],
            new,
        )

    def resume(self, decisions: list[str]) -> Outcome:
        """Nothing waits for a person here."""
        raise AssertionError("no run of Pydantic AI is paused")


def json_round_trip(messages: list[Any]) -> list[Any]:
    """The messages as another process reads them."""
    from pydantic_ai.messages import ModelMessagesTypeAdapter

    return list(ModelMessagesTypeAdapter.validate_json(ModelMessagesTypeAdapter.dump_json(messages)))
