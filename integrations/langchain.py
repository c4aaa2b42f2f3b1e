"""Tools for LangChain and LangGraph agents (extra `langchain`).

>>> from legit.integrations.langchain import ConsultTool
>>> agent = create_agent(model, tools=[ConsultTool()])
"""

# Without `from __future__ import annotations`: LangChain looks at the types of `_run` at every call, and would compile
# them from text each time.

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr, ValidationError

try:
    from langchain_core.callbacks import BaseCallbackManager, adispatch_custom_event, dispatch_custom_event
    from langchain_core.runnables import RunnableConfig, ensure_config
    from langchain_core.tools import BaseTool, ToolException
except ImportError as error:
    raise ImportError(
        "legit.integrations.langchain needs LangChain's core; install it with: pip install 'legit-rules[langchain]'",
        name=error.name,
    ) from error

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultant, Consultation
from legit.consult.artifact import Artifact, DecisionCache, artifact, decision_uri
from legit.consult.consultant import resolve_consultant
from legit.consult.tools import (
    VocabularyMode,
    consult_arguments,
    consult_description,
    facts_description,
    invalid_arguments_text,
    vocabulary_arguments,
    vocabulary_description,
)
from legit.consult.tracing import decision_summary

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

__all__ = ["ConsultTool", "VocabularyTool", "legit_tools"]


CONSULTATION_EVENT = "legit_consultation"
"""The custom event of a run in which a consultation has ended: `legit.consult.tracing.decision_summary`."""

_MAX_ID_CHARACTERS = 200


class ConsultTool(BaseTool):
    """The tool that a model consults before it refuses because of a rule, or enforces one.

    The content is for the model, with at most 300 tokens a page. The artifact is plain JSON data of less than 8,000
    bytes: verdict, guidance, criteria and the `decision_uri` of the whole, which `consultation` returns. Any verdict is
    a success, and so is a text of which a part was understood. If nothing could be judged, the message has the status
    `error`. Its text says what to do and names the codes.

    With `vocabulary_mode="lookup"` the definition is short, and needs a `VocabularyTool` beside it: see `legit_tools`.

    `log` is a decision log, or its file. Every decision is recorded with the `thread_id` of the run before the answer
    is given. If it cannot be recorded, no answer is given. Callback handlers of the run get the custom event
    `legit_consultation`: verdict, scope, consequence, guidance and criteria.
    """

    consultant: Any = None
    vocabulary_mode: VocabularyMode = "inline"
    _decisions: DecisionCache = PrivateAttr(default_factory=DecisionCache)

    def __init__(
        self,
        consultant: Consultant | None = None,
        vocabulary_mode: VocabularyMode = "inline",
        *,
        log: "DecisionLog | str | Path | None" = None,
        **options: Any,
    ) -> None:
        consultant = resolve_consultant(consultant, log)
        with consultant.judge.speaking():
            defaults = {
                "name": CONSULT_TOOL,
                "description": consult_description(),
                "args_schema": consult_arguments(facts_description(consultant, vocabulary_mode)),
                "response_format": "content_and_artifact",
                "handle_tool_error": True,
                "handle_validation_error": _validation_error_handler(CONSULT_TOOL),
            }
        super().__init__(consultant=consultant, vocabulary_mode=vocabulary_mode, **{**defaults, **options})

    def _run(
        self, facts: list[str], rule: str = "", request: str = "", page: int = 1, *, config: RunnableConfig
    ) -> tuple[str, Artifact]:
        found = self.consultant.consult(facts, rule=rule, request=request, page=page, caller=_caller(config))
        if _is_watched():
            dispatch_custom_event(CONSULTATION_EVENT, decision_summary(found))
        return self._content_and_artifact(found)

    async def _arun(
        self, facts: list[str], rule: str = "", request: str = "", page: int = 1, *, config: RunnableConfig
    ) -> tuple[str, Artifact]:
        caller = _caller(config)
        found = await self.consultant.aconsult(facts, rule=rule, request=request, page=page, caller=caller)
        if _is_watched():
            await adispatch_custom_event(CONSULTATION_EVENT, decision_summary(found))
        return self._content_and_artifact(found)

    def consultation(self, decision_uri: str) -> Consultation | None:
        """The whole decision of an artifact, of the last 256 of this tool; None for an older one or another process's.

        `decision_uri` is that of the artifact. To have the same decision again elsewhere, consult with the same facts,
        or read the entry of the decision log.
        """
        return self._decisions.get(decision_uri)

    def _content_and_artifact(self, consultation: Consultation) -> tuple[str, Artifact]:
        if consultation.assessment is None:
            raise ToolException(consultation.content)
        uri = decision_uri(self._decisions.put(consultation))
        return consultation.content, artifact(consultation, uri)


class VocabularyTool(BaseTool):
    """The sentences that are understood, by topic: a tool beside a short `ConsultTool`, for small token budgets."""

    consultant: Any = None

    def __init__(self, consultant: Consultant | None = None, **options: Any) -> None:
        consultant = consultant or Consultant()
        with consultant.judge.speaking():
            defaults = {
                "name": VOCABULARY_TOOL,
                "description": vocabulary_description(),
                "args_schema": vocabulary_arguments(consultant),
                "handle_validation_error": _validation_error_handler(VOCABULARY_TOOL),
            }
        super().__init__(consultant=consultant, **{**defaults, **options})

    def _run(self, topics: list[str]) -> str:
        return str(self.consultant.vocabulary(topics))


def legit_tools(
    consultant: Consultant | None = None,
    vocabulary_mode: VocabularyMode = "inline",
    *,
    log: "DecisionLog | str | Path | None" = None,
) -> list[BaseTool]:
    """The tools of one consultant: one with the whole vocabulary in its definition, or two with
    `vocabulary_mode="lookup"`.

    `log` is as for `ConsultTool`.
    """
    consultant = resolve_consultant(consultant, log)
    tools: list[BaseTool] = [ConsultTool(consultant, vocabulary_mode)]
    return [*tools, VocabularyTool(consultant)] if vocabulary_mode == "lookup" else tools


def _caller(config: RunnableConfig) -> dict[str, str]:
    """The metadata of the caller that is recorded: the thread of the agent's run, if it has one."""
    thread = (config.get("configurable") or {}).get("thread_id")
    return {"thread_id": str(thread)[:_MAX_ID_CHARACTERS]} if thread else {}


def _is_watched() -> bool:
    """Whether a callback handler sees the run of the tool."""
    callbacks = ensure_config().get("callbacks")
    return isinstance(callbacks, BaseCallbackManager) and bool(callbacks.handlers)


def _validation_error_handler(name: str) -> Any:
    def text(error: Any) -> str:
        return invalid_arguments_text(name, error) if isinstance(error, ValidationError) else str(error)

    return text
