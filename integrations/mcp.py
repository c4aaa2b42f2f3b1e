"""The MCP server (extra `mcp`): `legit` for any agent that speaks the Model Context Protocol.

    $ legit mcp                       # over standard input and output
    $ legit mcp --http --port 8000    # over streamable HTTP

Tools: `consult`, `explain`, `vocabulary`, `questions`, each with words for the model and data for programs. Resources:
the knowledge base, its criteria and vocabulary, and the decisions given.
"""

# No postponed annotations here: the SDK reads those of the tools, and they hold descriptions made at run time.

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from legit._util.optional import missing_extra_error
from legit._version import __version__
from legit.consult import VOCABULARY_TOOL, Consultant, Consultation
from legit.consult.consultant import resolve_consultant
from legit.consult.tools import CONSULT_DESCRIPTION, VocabularyMode, facts_description
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

INSTRUCTIONS = (
    "Call `consult` before you refuse a request because a rule, policy, order or law forbids it, and before you "
    "enforce a rule on somebody. Look up with `vocabulary` how facts are said. It judges the rule alone: your "
    "operator's policy and your safety rules stand above it."
)
_READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_FACTS_DESCRIPTION = (
    "Sentences in the forms that the tool `vocabulary` gives, one an item, as for `consult`; or leave it out and name "
    "a criterion."
)


def _as_lines(value: Any) -> Any:
    """A list of sentences, from whatever a model sends in its place: a text with one a line, or nothing."""
    if value is None:
        return []
    return value.splitlines() if isinstance(value, str) else value


Sentences = Annotated[list[str], BeforeValidator(_as_lines)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class LegitServer(MCPServer[Any]):
    """An MCP server whose errors tell the model what to do next."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """As the SDK's, with arguments that do not fit and tools that do not exist explained for a model."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            tools = await self.list_tools()
            if name not in {tool.name for tool in tools}:
                names = ", ".join(f"`{tool.name}`" for tool in tools)
                raise ToolError(f"There is no tool `{name[:40]}`; the tools are {names}.") from None
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
    decision of `consult`, `explain` and `questions` is put on record before it is told. `options` go to the SDK's
    MCPServer.
    """
    consultant = resolve_consultant(consultant, log)
    decisions = DecisionCache()
    built = LegitServer(
        "legit", title="legit", version=__version__, instructions=INSTRUCTIONS, **{"log_level": "WARNING", **options}
    )
    _add_tools(built, consultant, decisions, vocabulary_mode)
    add_resources(built, consultant, decisions)
    return built


def _add_tools(
    built: LegitServer, consultant: Consultant, decisions: DecisionCache, vocabulary_mode: VocabularyMode
) -> None:
    described = facts_description(consultant, vocabulary_mode).replace(VOCABULARY_TOOL, "the tool `vocabulary`")
    described = described.replace("consult_before_refusing", "consult")
    topics = ", ".join(consultant.topics)

    def consult(
        facts: Annotated[Sentences, Field(description=described, default_factory=list)],
        rule: Annotated[Text, Field(description="The rule in its own words, for the record")] = "",
        request: Annotated[Text, Field(description="The request in its own words, for the record")] = "",
        page: Annotated[int, Field(description="2 and up for more reasons and sources")] = 1,
    ) -> Annotated[CallToolResult, ConsultResult]:
        found = consultant.consult(facts, rule=rule, request=request, page=page)
        if found.assessment is None:
            return _error_result(found)
        decision = f"legit://decisions/{decisions.put(found)}"
        return _result(found.content, consult_result(found, found.assessment, decision))

    def explain(
        facts: Annotated[Sentences, Field(description=_FACTS_DESCRIPTION, default_factory=list)],
        criterion: Annotated[Text, Field(description="The id of a criterion, as answers name it")] = "",
        page: Annotated[int, Field(description="2 and up to read on")] = 1,
    ) -> Annotated[CallToolResult, ExplainResult]:
        if bool(facts) == bool(criterion):
            raise ToolError("Give either `facts`, to have a verdict explained, or `criterion`, to read one; not both.")
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

    def vocabulary_(
        topics: Annotated[Sentences, Field(description=f"Topics: {topics}. None for all.", default_factory=list)],
    ) -> Annotated[CallToolResult, VocabularyResult]:
        unknown = [topic for topic in topics if topic not in consultant.topics]
        if unknown:
            raise ToolError(f"There is no topic `{unknown[0][:40]}`; the topics are: {', '.join(consultant.topics)}.")
        text = consultant.vocabulary(topics)
        return _result(text, VocabularyResult(text=text, topics=consultant.topics))

    def questions_(
        facts: Annotated[Sentences, Field(description=_FACTS_DESCRIPTION.split(";")[0], default_factory=list)],
    ) -> Annotated[CallToolResult, QuestionsResult]:
        found = consultant.consult(facts)
        if found.assessment is None:
            return _error_result(found)
        asked = open_questions(found.assessment)
        verdict = found.assessment.verdict.value
        lines = [f"Verdict so far: {verdict}."]
        lines += [f"Ask: {item.text}" for item in asked] or [
            "Nothing is left to ask: no answer would change the verdict."
        ]
        answer = QuestionsResult(verdict=verdict, questions=asked, problems=problem_infos(found.problems))
        return _result("\n".join(lines), answer)

    for name, function, says in (
        ("consult", consult, CONSULT_DESCRIPTION),
        ("explain", explain, "The whole reasoning on a case, with every source; or the page of one criterion."),
        ("vocabulary", vocabulary_, "The sentences that are understood, by topic, with the lists for their slots."),
        ("questions", questions_, "What is still to be asked about a case, the most decisive question first."),
    ):
        built.add_tool(function, name=name, description=says, annotations=_READ_ONLY)


def _result(text: str, data: BaseModel) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=data.model_dump(mode="json")
    )


def _error_result(consultation: Consultation) -> CallToolResult:
    """Bad input, the only thing that is an error; the words name what was not understood and what would have been."""
    return CallToolResult(content=[TextContent(type="text", text=consultation.content)], is_error=True)


def _invalid_arguments_text(name: str, error: ValidationError) -> str:
    wrong = "; ".join(f"`{'.'.join(map(str, item['loc']))}`: {item['msg'].lower()}" for item in error.errors()[:3])
    shape = '{"topics": ["topic"]}' if name == "vocabulary" else '{"facts": ["sentence", "sentence"]}'
    return f"The call of `{name}` was not understood ({wrong}). Call it with {shape}."
