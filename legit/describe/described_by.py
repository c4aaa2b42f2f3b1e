"""Describers: a LangChain chat model, a function, given sentences."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import PydanticCustomError

from legit._util.json_lines import numbered_lines
from legit.consult.arguments import read_sentences
from legit.describe.describer import Describer, RawDescription
from legit.describe.prompt import DescriptionRequest
from legit.describe.usage import Usage
from legit.errors import DescriberError, Problem
from legit.evals.systems import is_chat_model, named_system


class DescriptionAnswer(BaseModel):
    """The sentences that describe the case, one each."""

    facts: list[str] = Field(description="sentences of the given forms, one each, with a full stop")


class FunctionDescriber:
    """A function of a `DescriptionRequest`, plain or async, that returns sentences: a list, or a text with one a line;
    None where it has none. A plain one runs in a thread."""

    def __init__(self, function: Callable[[DescriptionRequest], Any], name: str = "") -> None:
        self.name = name or str(getattr(function, "__qualname__", type(function).__name__))
        self.calls_model = False
        self._function = function
        called = getattr(function, "__call__", None)  # noqa: B004 - an object whose __call__ is async
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)

    async def describe(self, request: DescriptionRequest) -> RawDescription | None:
        """Call the function. Raises DescriberError (V102) for an answer that is no list of sentences."""
        if self._is_async:
            found = await self._function(request)
        else:
            found = await asyncio.to_thread(self._function, request)
        if found is None or isinstance(found, RawDescription):
            return found
        return RawDescription(_sentences(found))


class GivenDescriber:
    """Sentences that are there already: those of the turn itself, or of a mapping from (conversation, turn) to one or
    several descriptions. A turn with fewer descriptions than are wanted has none for the others."""

    def __init__(self, given: Mapping[tuple[str, str], list[tuple[str, ...]]] | None = None) -> None:
        self.name = "given sentences"
        self.calls_model = False
        self._given: dict[str, list[tuple[str, ...]]] = {}
        for (conversation, turn), found in (given or {}).items():
            self.add(f"{conversation}#{turn}", found)

    @property
    def turns(self) -> tuple[str, ...]:
        """The turns of the mapping, each as its id in a review."""
        return tuple(self._given)

    def add(self, id_: str, descriptions: Iterable[tuple[str, ...]]) -> None:
        """Add descriptions of the turn of an id in a review (`conversation#turn`)."""
        self._given.setdefault(id_, []).extend(descriptions)

    async def describe(self, request: DescriptionRequest) -> RawDescription | None:
        """The description of the number that is wanted."""
        return self.given(request)

    def given(self, request: DescriptionRequest) -> RawDescription | None:
        """As `describe`, without waiting."""
        found = self._given.get(f"{request.conversation.id}#{request.turn.id}") or request.turn.descriptions
        return RawDescription(tuple(found[request.sample])) if request.sample < len(found) else None


class ModelDescriber:
    """A chat model of LangChain. It is asked for a structured answer where it can give one.

    `name` identifies it in caches and reports. It is called because the caller gave it, and never otherwise.
    """

    def __init__(self, model: Any, name: str = "") -> None:
        self.name = name or _name_of(model)
        self.calls_model = True
        self._model = model
        self._structured = _structured(model)

    async def describe(self, request: DescriptionRequest) -> RawDescription:
        """Ask the model. Raises DescriberError (V102) for an answer in which no sentences are found, and what the model
        raises."""
        from langchain_core.messages import HumanMessage, SystemMessage

        asked = "\n\n".join(part for part in (request.material, request.problems) if part)
        messages = [SystemMessage(request.system), HumanMessage(asked)]
        if self._structured is not None:
            answer = await self._structured.ainvoke(messages)
            raw, parsed = answer.get("raw"), answer.get("parsed")
            if parsed is not None:
                facts = parsed.facts if isinstance(parsed, DescriptionAnswer) else parsed.get("facts", [])
                return RawDescription(_sentences(facts), _usage(raw))
        else:
            raw = await self._model.ainvoke(messages)
        return RawDescription(_sentences(str(getattr(raw, "text", "") or "")), _usage(raw))


def load_describer(spec: str) -> Describer:
    """A describer by name: `module:attribute` (a function, a describer, a chat model), or the name of a chat model as
    LangChain's `init_chat_model` takes it, such as `openai:gpt-5`. `given` stands for sentences that are there already.

    Raises SystemLoadError (B001, B002) when there is none of that name, and MissingExtraError when a chat model is
    named and the extra `eval` is not installed.
    """
    if spec == "given":
        return GivenDescriber()
    found = named_system(spec)
    return as_describer(found, spec)


def as_describer(found: Any, name: str = "") -> Describer:
    """A describer of an object: a describer, a chat model, a function. Raises DescriberError (V101) for another one."""
    if isinstance(found, str):
        return load_describer(found)
    if inspect.isclass(found):
        found = found()
    if hasattr(found, "describe") and hasattr(found, "name"):
        describer: Describer = found
        return describer
    if is_chat_model(found):
        return ModelDescriber(found, name)
    if callable(found):
        return FunctionDescriber(found, name)
    raise DescriberError(
        Problem(
            "V101",
            f"`{name or type(found).__name__}` describes nothing",
            help="give a chat model, or a function of a request that returns sentences",
        )
    )


def read_given(path: str | Path) -> GivenDescriber:
    """Given sentences from JSON lines: the turn by its `id` in a review (`conversation#turn`) or by `conversation` and
    `turn`, and `facts` (or `descriptions`, several).

    Raises DescriberError (V103) for a line that has another form.
    """
    import json

    from legit.conversations.messages import descriptions_of

    given = GivenDescriber()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DescriberError(Problem("V103", f"cannot be read: {error}", source=str(path))) from None
    for number, line in numbered_lines(text):
        try:
            record = json.loads(line)
            id_ = str(record["id"]) if "id" in record else f"{record['conversation']}#{record['turn']}"
            found = descriptions_of(record)
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            found = ()
        if not found:
            help_ = '{"id": "c1#t2", "facts": ["The authority is a bank."]}'
            raise DescriberError(Problem("V103", "no description", number, 1, str(path), help=help_))
        given.add(id_, found)
    return given


def _sentences(answer: Any) -> tuple[str, ...]:
    try:
        found = read_sentences(answer)
    except PydanticCustomError:
        found = None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise DescriberError(Problem("V102", f"no sentences in the answer of the describer: {str(answer)[:200]!r}"))
    return tuple(item.strip() for item in found if item.strip())


def _structured(model: Any) -> Any:
    """The model with a structured answer; None where it cannot give one."""
    try:
        return model.with_structured_output(DescriptionAnswer, include_raw=True)
    except (NotImplementedError, AttributeError, ValueError, TypeError, ValidationError):
        return None


def _usage(message: Any) -> Usage | None:
    told = getattr(message, "usage_metadata", None)
    if not told:
        return None
    return Usage(calls=1, input_tokens=told["input_tokens"], output_tokens=told["output_tokens"])


def _name_of(model: Any) -> str:
    settings = getattr(model, "model_name", None) or getattr(model, "model", None)
    return f"{type(model).__name__}:{settings}" if isinstance(settings, str) else type(model).__name__
