"""The MCP server (extra `mcp`): `legit` for any agent that speaks the Model Context Protocol.

    $ legit mcp                       # over standard input and output
    $ legit mcp --http --port 8000    # over streamable HTTP

Tools: `consult_before_refusing`, `legit_explain`, `legit_vocabulary`, `legit_questions`, each with words for the model
and data for programs. Resources: the knowledge base, its criteria and vocabulary, and the decisions given. The server
runs with version 1 and version 2 of the SDK.
"""

# No postponed annotations here: the SDK reads those of the tools, and they hold descriptions made at run time.

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, Field

from legit._version import __version__
from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultant, Consultation
from legit.consult.artifact import DecisionCache, decision_uri
from legit.consult.consultant import resolve_consultant
from legit.consult.tools import (
    Names,
    PageNumber,
    Sentences,
    Text,
    VocabularyMode,
    consult_description,
    facts_description,
    vocabulary_description,
)
from legit.integrations.mcp_resources import UnknownCriterionError, add_resources, read_criterion
from legit.integrations.mcp_results import (
    ConsultResult,
    ExplainResult,
    QuestionsResult,
    VocabularyResult,
    consult_result,
    explanation_text,
    open_questions,
    page_of,
    problem_infos,
)
from legit.integrations.mcp_sdk import CallToolResult, LegitServer, ToolAnnotations, ToolError, tool_result
from legit.messages import message, speaking, term

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

__all__ = ["LegitServer", "server"]

EXPLAIN_TOOL = "legit_explain"
QUESTIONS_TOOL = "legit_questions"
_TOOL_NAMES: Final = {"consult_tool": CONSULT_TOOL, "vocabulary_tool": VOCABULARY_TOOL}

_READ_ONLY = ToolAnnotations.model_validate({"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False})


def server(
    consultant: Consultant | None = None,
    vocabulary_mode: VocabularyMode = "lookup",
    *,
    log: "DecisionLog | str | Path | None" = None,
    **options: Any,
) -> LegitServer:
    """The server, ready to run: `server().run()` over stdio, `server().run("streamable-http")` over HTTP.

    `vocabulary_mode="inline"` puts all sentence forms into the definition of `consult_before_refusing`, which saves the
    model a call of `legit_vocabulary` (`legit vocabulary --stats` counts their tokens). `log` is a decision log, or its
    file: every decision is recorded before the answer is given. `options` go to the server class of the SDK.
    """
    consultant = resolve_consultant(consultant, log)
    decisions = DecisionCache()
    with consultant.judge.speaking():
        instructions = message("integrations.instructions", **_TOOL_NAMES)
        built = LegitServer("legit", version=__version__, **{"instructions": instructions, **options})
        _add_tools(built, consultant, decisions, vocabulary_mode)
        add_resources(built, consultant, decisions)
    return built


def _add_tools(
    built: LegitServer, consultant: Consultant, decisions: DecisionCache, vocabulary_mode: VocabularyMode
) -> None:
    for name, function, description in (
        (CONSULT_TOOL, _consult_function(consultant, decisions, vocabulary_mode), consult_description()),
        (EXPLAIN_TOOL, _explain_function(consultant), message("integrations.tool_explain")),
        (VOCABULARY_TOOL, _vocabulary_function(consultant), vocabulary_description()),
        (QUESTIONS_TOOL, _questions_function(consultant), message("integrations.tool_questions")),
    ):
        built.add_tool(function, name=name, description=description, annotations=_READ_ONLY)


def _consult_function(
    consultant: Consultant, decisions: DecisionCache, vocabulary_mode: VocabularyMode
) -> Callable[..., CallToolResult]:
    described = facts_description(consultant, vocabulary_mode, f"`{VOCABULARY_TOOL}`")

    def consult(
        facts: Annotated[Sentences, Field(description=described, min_length=1)],
        rule: Annotated[Text, Field(description=message("consult.argument_rule"))] = "",
        request: Annotated[Text, Field(description=message("consult.argument_request"))] = "",
        page: Annotated[PageNumber, Field(description=message("consult.argument_page"))] = 1,
    ) -> Annotated[CallToolResult, ConsultResult]:
        found = consultant.consult(facts, rule=rule, request=request, page=page)
        if found.assessment is None:
            return _error_result(found)
        uri = decision_uri(decisions.put(found))
        return _result(found.content, consult_result(found, found.assessment, uri))

    return consult


def _explain_function(consultant: Consultant) -> Callable[..., CallToolResult]:
    described = message("integrations.argument_facts_or_criterion", **_TOOL_NAMES)

    def explain(
        facts: Annotated[Sentences, Field(description=described, default_factory=list)],
        criterion: Annotated[Text, Field(description=message("integrations.argument_criterion"))] = "",
        page: Annotated[PageNumber, Field(description=message("integrations.argument_page"))] = 1,
    ) -> Annotated[CallToolResult, ExplainResult]:
        if bool(facts) == bool(criterion):
            raise ToolError(message("integrations.facts_or_criterion"))
        if criterion:
            try:
                shown = page_of(read_criterion(consultant, criterion), page)
            except UnknownCriterionError as unknown:
                raise ToolError(str(unknown)) from None
            return _result(shown.text, shown)
        found = consultant.consult(facts, page=page)
        if found.assessment is None:
            return _error_result(found)
        with speaking(found.language):
            shown = page_of(explanation_text(found.assessment, consultant.explain(facts)), page)
        return _result(shown.text, shown)

    return explain


def _vocabulary_function(consultant: Consultant) -> Callable[..., CallToolResult]:
    described = message("integrations.argument_topics", topics=", ".join(consultant.topics))

    def vocabulary(
        topics: Annotated[Names, Field(description=described, default_factory=list)],
    ) -> Annotated[CallToolResult, VocabularyResult]:
        unknown = [topic for topic in topics if topic not in consultant.topics]
        if unknown:
            known = ", ".join(consultant.topics)
            raise ToolError(message("integrations.no_topic", name=unknown[0][:40], topics=known))
        text = consultant.vocabulary(topics)
        return _result(text, VocabularyResult(text=text, topics=consultant.topics))

    return vocabulary


def _questions_function(consultant: Consultant) -> Callable[..., CallToolResult]:
    described = message("integrations.argument_facts", **_TOOL_NAMES)

    def questions(
        facts: Annotated[Sentences, Field(description=described, min_length=1)],
    ) -> Annotated[CallToolResult, QuestionsResult]:
        found = consultant.consult(facts)
        if found.assessment is None:
            return _error_result(found)
        asked = open_questions(found.assessment)
        verdict = found.assessment.verdict.value
        with speaking(found.language):
            lines = [message("integrations.verdict_so_far", verdict=term("verdict", verdict))]
            lines += [message("integrations.ask", question=item.text) for item in asked]
            lines += [] if asked else [message("integrations.nothing_to_ask")]
        answer = QuestionsResult(verdict=verdict, questions=asked, problems=problem_infos(found.problems))
        return _result("\n".join(lines), answer)

    return questions


def _result(text: str, data: BaseModel) -> CallToolResult:
    return tool_result(text, data.model_dump(mode="json"))


def _error_result(consultation: Consultation) -> CallToolResult:
    """Invalid input, the only kind of error. The text names the part that was not understood and the nearest
    sentences."""
    return tool_result(consultation.content, is_error=True)
