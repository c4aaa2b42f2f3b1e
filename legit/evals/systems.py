"""Systems under test: a LangChain chat model, or any callable that answers a request."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from legit._util.optional import import_optional
from legit.errors import Problem, SystemLoadError
from legit.evals.response_classifier import GraderFunction
from legit.evals.run_log import TokenUsage
from legit.evals.tool_harness import ToolHarness
from legit.refusals import reply_of

MAX_TURNS = 10
"""Turns after which a model that goes on calling tools has given no answer."""

_INVALID_JSON_REPLY = "The arguments are no valid JSON: call again with an object that holds `facts`."


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. `refusal_signal`: the model marked it as a refusal; `tokens`: None when it does not report them."""

    text: str
    refusal_signal: bool = False
    token_usage: TokenUsage | None = None


class SystemUnderTest(Protocol):
    """Answers requests with the tool or without. `system` is the operator's prompt, if any."""

    name: str
    system_prompt: str

    async def answer(self, request: str, harness: ToolHarness | None, operator: str = "") -> Reply:
        """Answer one request; with a harness, the tool may be consulted first. `operator` is the operator's prompt of
        this case, beside that of the system."""
        ...


class CallableSystem:
    """A function `(request, consult) -> str or Reply`, plain or async.

    A function with a parameter `operator` gets the operator's prompt of a case there; any other finds it before the
    request.
    `consult` is None in the arm `baseline`. In the arm `tool` it is a function of facts, rule, request and page that
    returns a text.
    """

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        """Raises SystemLoadError (B002) when the function does not take the request and the tool."""
        self.name = name
        self.system_prompt = ""
        self._function = function
        self._takes_operator = _takes(function, "operator")
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object whose __call__ is async
        )
        try:
            inspect.signature(function).bind("request", None)
        except TypeError:
            raise SystemLoadError(
                Problem(
                    "B002", f"`{name}` does not take a request and the tool", help="def answer(request, consult): ..."
                )
            ) from None

    async def answer(self, request: str, harness: ToolHarness | None, operator: str = "") -> Reply:
        """Call the function; a plain one runs in a thread of its own."""
        more = {"operator": operator} if self._takes_operator else {}
        if operator and not more:
            request = f"{operator}\n\n{request}"
        if self._is_async:
            found = await self._function(request, harness, **more)
        else:
            found = await asyncio.to_thread(self._function, request, harness, **more)
        if isinstance(found, str):
            return Reply(found)
        if isinstance(found, Reply):
            return found
        raise TypeError(f"`{self.name}` returned {type(found).__name__}, not a text or a Reply")


class ChatModelSystem:
    """A LangChain chat model, alone or in a minimal loop with the tool."""

    def __init__(self, model: Any, name: str, system_prompt: str = "") -> None:
        """`system_prompt` is the operator's prompt, the same in both arms; only the tool's definition mentions the
        tool."""
        self.name = name
        self.system_prompt = system_prompt
        self._model = model

    async def answer(self, request: str, harness: ToolHarness | None, operator: str = "") -> Reply:
        """Answer one request. Every tool call is answered, and the first message without a tool call is the
        response.
        """
        from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

        system = "\n\n".join(text for text in (self.system_prompt, operator) if text)
        messages: list[AnyMessage] = [SystemMessage(system)] if system else []
        messages.append(HumanMessage(request))
        model = self._model.bind_tools(harness.tool_definitions) if harness else self._model
        tokens: TokenUsage | None = None
        for _ in range(MAX_TURNS):
            message: AIMessage = await model.ainvoke(messages)
            tokens = _add_usage(tokens, message.usage_metadata)
            if not harness or not (message.tool_calls or message.invalid_tool_calls):
                break
            messages.append(message)
            for call in message.tool_calls:
                content = harness.handle_call(call["name"], call["args"])
                messages.append(ToolMessage(content, tool_call_id=call["id"] or ""))
            for bad in message.invalid_tool_calls:
                messages.append(ToolMessage(_INVALID_JSON_REPLY, tool_call_id=bad["id"] or ""))
        if harness and message.tool_calls:
            # Words beside a call are no answer: a model that never stops calling has given none.
            return Reply("", token_usage=tokens)
        return Reply(*_message_text(message), tokens)


def _takes(function: Callable[..., Any], parameter: str) -> bool:
    """Whether a function has a parameter of this name."""
    try:
        return parameter in inspect.signature(function).parameters
    except ValueError:  # a built-in one without a signature
        return False


def load_system(spec: str, system_prompt: str = "") -> SystemUnderTest:
    """The system for `module:attribute`, or for the name of a chat model that `init_chat_model` takes.

    Raises SystemLoadError: B001 no such model or attribute, B002 cannot be called, B003 a system prompt for a callable;
    MissingExtraError when a chat model is named and its extra is not installed.
    """
    found = named_system(spec)
    if is_chat_model(found):
        return ChatModelSystem(found, spec, system_prompt)
    if not callable(found):
        raise SystemLoadError(
            Problem("B002", f"`{spec}` is neither a chat model nor callable", help="def answer(request, consult): ...")
        )
    if system_prompt:
        raise SystemLoadError(Problem("B003", f"`{spec}` is a function: the system prompt is its own affair"))
    return CallableSystem(found, spec)


def load_grader(spec: str) -> GraderFunction:
    """A grader by the same names: a chat model, or a function of a prompt. Raises as `load_system`."""
    found = named_system(spec)
    if is_chat_model(found):

        async def ask(prompt: str) -> str:
            return _message_text(await found.ainvoke(prompt))[0]

    elif callable(found):

        async def ask(prompt: str) -> str:
            answer = (
                await found(prompt) if inspect.iscoroutinefunction(found) else await asyncio.to_thread(found, prompt)
            )
            return str(answer)

    else:
        raise SystemLoadError(Problem("B002", f"`{spec}` is neither a chat model nor callable"))
    return ask


def named_system(spec: str) -> Any:
    """The object for `module:attribute`, or the chat model of a name that `init_chat_model` takes.

    Raises SystemLoadError (B001) when there is neither, and MissingExtraError when LangChain is not installed.
    """
    found = _import_attribute(spec)
    return _init_chat_model(spec) if found is None else found


def _import_attribute(spec: str) -> Any | None:
    """The attribute of a module that `spec` names; None when there is no such module or attribute."""
    module, _, path = spec.partition(":")
    names = path.split(".")
    if not all(name.isidentifier() for name in (*module.split("."), *names)):
        return None
    try:
        if importlib.util.find_spec(module) is None:
            return None
    except ModuleNotFoundError:
        return None
    found: Any = importlib.import_module(module)
    for name in names:
        found = getattr(found, name, None)
    return found


def _init_chat_model(spec: str) -> Any:
    chat_models = import_optional(
        "langchain.chat_models", "eval", f"`{spec}` is no `module:attribute`; a chat model's name"
    )
    try:
        return chat_models.init_chat_model(spec)
    except ImportError as error:
        raise SystemLoadError(Problem("B001", f"`{spec}`: {str(error).splitlines()[0]}")) from error
    except ValueError as error:
        raise SystemLoadError(
            Problem(
                "B001",
                f"`{spec}` is no attribute of a module, and no chat model: {str(error).splitlines()[0]}",
                help="give `module:attribute`, or `provider:model` as `init_chat_model` takes it",
            )
        ) from error


def is_chat_model(found: Any) -> bool:
    """Whether an object is a chat model of LangChain."""
    return hasattr(found, "ainvoke") and hasattr(found, "bind_tools")


def _message_text(message: Any) -> tuple[str, bool]:
    """The words of a message, those of a refusal included, and whether the model marked it as one."""
    reply = reply_of(message)
    return str(message.text) or reply.refusal, bool(reply.refusal or reply.finish_reason)


def _add_usage(total: TokenUsage | None, usage: Any) -> TokenUsage | None:
    if not usage:
        return total
    sent, received = (total.input_tokens, total.output_tokens) if total else (0, 0)
    return TokenUsage(input_tokens=sent + usage["input_tokens"], output_tokens=received + usage["output_tokens"])
