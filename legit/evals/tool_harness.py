"""The tool as a system under test uses it. Each call is answered and recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from legit.consult import CONSULT_TOOL, Consultant, handle_tool_call, tool_definitions
from legit.consult.token_budget import replace_unencodable
from legit.consult.tools import VocabularyMode, consult_arguments, invalid_arguments_text
from legit.evals.run_log import ToolCall


class ToolHarness:
    """The tool for one answer of a system. A call consults: facts in, text out. Invalid input is answered with a
    text.
    """

    def __init__(self, consultant: Consultant, vocabulary_mode: VocabularyMode = "inline", max_calls: int = 6) -> None:
        """After `limit` calls the model is told to answer without further calls."""
        self._consultant = consultant
        self._vocabulary_mode: VocabularyMode = vocabulary_mode
        self._max_calls = max_calls
        self.calls: list[ToolCall] = []

    @cached_property
    def tool_definitions(self) -> list[dict[str, Any]]:
        """The tools, in OpenAI's format."""
        return tool_definitions("openai", self._vocabulary_mode, consultant=self._consultant)

    def __call__(self, facts: Any, rule: str = "", request: str = "", page: int = 1) -> str:
        """Consult, and read the answer."""
        return self.handle_call(CONSULT_TOOL, {"facts": facts, "rule": rule, "request": request, "page": page})

    def handle_call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Answer a model's call of a tool."""
        # In a form that can be recorded, for any arguments of a function.
        given = json.loads(replace_unencodable(json.dumps(dict(arguments), default=str, ensure_ascii=False)))
        if len(self.calls) >= self._max_calls:
            return self._record_call(
                name, given, f"No more than {self._max_calls} calls: answer now with what you have.", "limit"
            )
        if name != CONSULT_TOOL:
            return self._record_call(name, given, handle_tool_call(self._consultant, name, given))
        try:
            asked = consult_arguments("").model_validate(given).model_dump()
        except ValidationError as error:
            return self._record_call(name, given, invalid_arguments_text(name, error), "arguments")
        found = self._consultant.consult(**asked)
        self.calls.append(
            ToolCall(
                tool=name,
                arguments=given,
                content=found.content,
                verdict=found.assessment.verdict.value if found.assessment else None,
                guidance=found.action or None,
                problems=tuple(problem.code for problem in found.problems),
            )
        )
        return found.content

    def _record_call(self, name: str, arguments: dict[str, Any], content: str, *problems: str) -> str:
        self.calls.append(ToolCall(tool=name, arguments=arguments, content=content, problems=problems))
        return content
