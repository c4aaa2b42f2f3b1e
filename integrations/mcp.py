"""The MCP server (extra `mcp`): `legit` for any agent that speaks the Model Context Protocol.

    $ legit mcp                       # over standard input and output
    $ legit mcp --http --port 8000    # over streamable HTTP

Tools: `consult`, `explain`, `vocabulary`, `questions`, each with words for the model and data for programs. Resources:
the knowledge base, its criteria and vocabulary, and the decisions given.
"""

# No postponed annotations here: the SDK reads those of the tools, and they hold descriptions made at run time.

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from legit._util.optional import missing_extra_error
from legit._version import __version__
from legit.consult import Consultant, Consultation
from legit.consult.consultant import resolve_consultant
from legit.consult.tools import VocabularyMode, consult_description, facts_description
from legit.integrations.mcp_results import (
    ConsultResult,
    DecisionCache,
    ExplainResult,
    QuestionsResult,
    VocabularyResult,
    consult_result,
    explanation_text,
    open_questions,
    page_of,
    problem_infos,
)
from legit.messages import message

try:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import CallToolResult, TextContent, ToolAnnotations
except ImportError as error:
    raise missing_extra_error("mcp", "the MCP server") from error

from legit.integrations.mcp_resources import UnknownCriterionError, add_resources, read_criterion

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

__all__ = ["LegitServer", "server"]

_READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


def _as_lines(value: Any) -> Any:
    """A list of sentences, also from other forms that a model sends: a text with one a line, or nothing."""
    if value is None:
        return []
    return value.splitlines() if isinstance(value, str) else value


Sentences = Annotated[list[str], BeforeValidator(_as_lines)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class LegitServer(MCPServer[Any]):
    """An MCP server whose errors tell the model what to do next."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """As the method of the SDK. Errors about arguments that do not fit and tools that do not exist are explained
        for a model.
        """
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            tools = await self.list_tools()
            if name not in {tool.name for tool in tools}:
                names = ", ".join(f"`{tool.name}`" for tool in tools)
                raise ToolError(message("integrations.no_tool", name=name[:40], tools=names)) from None
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(_invalid_arguments_text(name, error.__cause__)) from error.__cause__
            if isinstance(error.__cause__, ToolError):
                raise ToolError(str(error.__cause__)) from None
            raise


def server(
    consultant: Consultant | None = None,
    vocabulary_mode: VocabularyMode = "lookup",
    *,
    log: "DecisionLog | str | Path | None" = None,
    **options: Any,
) -> LegitServer:
    """The server, ready to run: `server().run()` over stdio, `server().run("streamable-http")` over HTTP.

    `vocabulary_mode="inline"` puts all sentence forms into the definition of `consult`, which saves the model a call
    of `vocabulary` (`legit vocabulary --stats` counts their tokens). `log` is a decision log, or its file: every
    decision of `consult`, `explain` and `questions` is recorded before the answer is given. `options` go to the SDK's
    MCPServer.
    """
    consultant = resolve_consultant(consultant, log)
    decisions = DecisionCache()
    options = {"log_level": "WARNING", "instructions": message("integrations.instructions"), **options}
    built = LegitServer("legit", title="legit", version=__version__, **options)
    _add_tools(built, consultant, decisions, vocabulary_mode)
    add_resources(built, consultant, decisions)
    return built


def _add_tools(
    built: LegitServer, consultant: Consultant, decisions: DecisionCache, vocabulary_mode: VocabularyMode
) -> None:
    for name, function, description in (
        ("consult", _consult_function(consultant, decisions, vocabulary_mode), consult_description()),
        ("explain", _explain_function(consultant), message("integrations.tool_explain")),
        ("vocabulary", _vocabulary_function(consultant), message("integrations.tool_vocabulary")),
        ("questions", _questions_function(consultant), message("integrations.tool_questions")),
    ):
        built.add_tool(function, name=name, description=description, annotations=_READ_ONLY)


def _consult_function(
    consultant: Consultant, decisions: DecisionCache, vocabulary_mode: VocabularyMode
) -> Callable[..., CallToolResult]:
    described = facts_description(consultant, vocabulary_mode, message("integrations.vocabulary_tool"))

    def consult(
        facts: Annotated[Sentences, Field(description=described, default_factory=list)],
        rule: Annotated[Text, Field(description=message("consult.argument_rule"))] = "",
        request: Annotated[Text, Field(description=message("consult.argument_request"))] = "",
        page: Annotated[int, Field(description=message("consult.argument_page"))] = 1,
    ) -> Annotated[CallToolResult, ConsultResult]:
        found = consultant.consult(facts, rule=rule, request=request, page=page)
        if found.assessment is None:
            return _error_result(found)
        decision = f"legit://decisions/{decisions.put(found)}"
        return _result(found.content, consult_result(found, found.assessment, decision))

    return consult


def _explain_function(consultant: Consultant) -> Callable[..., CallToolResult]:
    described = message("integrations.argument_facts_or_criterion")

    def explain(
        facts: Annotated[Sentences, Field(description=described, default_factory=list)],
        criterion: Annotated[Text, Field(description=message("integrations.argument_criterion"))] = "",
        page: Annotated[int, Field(description=message("integrations.argument_page"))] = 1,
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
        shown = page_of(explanation_text(found.assessment, consultant.explain(facts)), page)
        return _result(shown.text, shown)

    return explain


def _vocabulary_function(consultant: Consultant) -> Callable[..., CallToolResult]:
    described = message("integrations.argument_topics", topics=", ".join(consultant.topics))

    def vocabulary(
        topics: Annotated[Sentences, Field(description=described, default_factory=list)],
    ) -> Annotated[CallToolResult, VocabularyResult]:
        unknown = [topic for topic in topics if topic not in consultant.topics]
        if unknown:
            known = ", ".join(consultant.topics)
            raise ToolError(message("integrations.no_topic", name=unknown[0][:40], topics=known))
        text = consultant.vocabulary(topics)
        return _result(text, VocabularyResult(text=text, topics=consultant.topics))

    return vocabulary


def _questions_function(consultant: Consultant) -> Callable[..., CallToolResult]:
    described = message("integrations.argument_facts")

    def questions(
        facts: Annotated[Sentences, Field(description=described, default_factory=list)],
    ) -> Annotated[CallToolResult, QuestionsResult]:
        found = consultant.consult(facts)
        if found.assessment is None:
            return _error_result(found)
        asked = open_questions(found.assessment)
        verdict = found.assessment.verdict.value
        lines = [message("integrations.verdict_so_far", verdict=verdict)]
        lines += [message("integrations.ask", question=item.text) for item in asked]
        lines += [] if asked else [message("integrations.nothing_to_ask")]
        answer = QuestionsResult(verdict=verdict, questions=asked, problems=problem_infos(found.problems))
        return _result("\n".join(lines), answer)

    return questions


def _result(text: str, data: BaseModel) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=data.model_dump(mode="json")
    )


def _error_result(consultation: Consultation) -> CallToolResult:
    """Invalid input, the only kind of error. The text names the part that was not understood and the nearest
    sentences."""
    return CallToolResult(content=[TextContent(type="text", text=consultation.content)], is_error=True)


def _invalid_arguments_text(name: str, error: ValidationError) -> str:
    wrong = "; ".join(f"`{'.'.join(map(str, item['loc']))}`: {item['msg'].lower()}" for item in error.errors()[:3])
    shape = "vocabulary" if name == "vocabulary" else "facts"
    return message(f"integrations.call_{shape}", name=name, wrong=wrong)
