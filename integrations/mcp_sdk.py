"""What the MCP server needs of the SDK, from version 1 or version 2 of it.

Version 2 renamed the server class and the fields of the protocol's types. Hosts that pin version 1, such as
`langchain-mcp-adapters`, can thus have `legit` in the same environment.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from legit._util.optional import missing_extra_error
from legit.consult import VOCABULARY_TOOL
from legit.consult.token_budget import truncate
from legit.messages import message

try:
    from mcp.types import CallToolResult, ToolAnnotations
except ImportError as error:
    raise missing_extra_error("mcp", "the MCP server") from error

import anyio

from legit.integrations import mcp_stdio

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer as _Base
    from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError

    SDK_MAJOR = 2
else:
    try:
        from mcp.server.mcpserver import MCPServer as _Base
        from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError

        SDK_MAJOR = 2
    except ImportError:
        try:
            from mcp.server.fastmcp import FastMCP as _Base
            from mcp.server.fastmcp.exceptions import ResourceError as ResourceNotFoundError
            from mcp.server.fastmcp.exceptions import ToolError
        except ImportError as error:
            raise missing_extra_error("mcp", "the MCP server") from error

        SDK_MAJOR = 1

__all__ = [
    "SDK_MAJOR",
    "CallToolResult",
    "LegitServer",
    "ResourceNotFoundError",
    "ToolAnnotations",
    "ToolError",
    "tool_result",
]


_CALLS_AT_ONCE: Final = 4
"""The calls of the client of standard input and output that are answered at the same time."""


class LegitServer(_Base[Any]):
    """An MCP server whose errors tell the model what to do next, with the same methods in both versions of the SDK."""

    def __init__(self, name: str, version: str, **options: Any) -> None:
        options = {"log_level": "WARNING", **options}
        if SDK_MAJOR >= 2:
            super().__init__(name, title=name, version=version, **options)
        else:
            super().__init__(name, **options)
            self._mcp_server.version = version  # type: ignore[attr-defined]  # version 1 has no other way
        self._calls_in_turn: anyio.Semaphore | None = None

    def streamable_http_app(self, *, host: str = "127.0.0.1", **options: Any) -> Any:
        """As the method of version 2: the application that answers over HTTP on the address `host`."""
        if SDK_MAJOR >= 2:
            return super().streamable_http_app(host=host, **options)
        if host not in {"127.0.0.1", "::1", "localhost"}:
            options = {"transport_security": None, **options}
        for name, value in options.items():
            setattr(self.settings, name, value)
        return super().streamable_http_app()

    async def run_stdio_async(self) -> None:
        """As the method of the SDK, and what was asked before the input ended is answered."""
        served = self._lowlevel_server if SDK_MAJOR >= 2 else self._mcp_server  # type: ignore[attr-defined]

        async def run(read: Any, write: Any) -> None:
            await served.run(read, write, served.create_initialization_options())

        # Many threads that judge at once would all end late. In turn, each answer is given as soon as it is ready.
        self._calls_in_turn = anyio.Semaphore(_CALLS_AT_ONCE)
        await mcp_stdio.serve(run, own_streams=SDK_MAJOR < 2)

    async def call_tool(self, name: str, arguments: dict[str, Any], *context: Any, **options: Any) -> Any:
        """As the method of the SDK. Errors about arguments that do not fit and tools that do not exist are explained
        for a model.
        """
        try:
            async with self._calls_in_turn or contextlib.nullcontext():
                return await super().call_tool(name, arguments, *context, **options)
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


def tool_result(text: str, data: dict[str, Any] | None = None, *, is_error: bool = False) -> CallToolResult:
    """The result of a tool: a text, and the same as data."""
    content = [{"type": "text", "text": text}]
    return CallToolResult.model_validate({"content": content, "structuredContent": data, "isError": is_error})


def _invalid_arguments_text(name: str, error: ValidationError) -> str:
    wrong = "; ".join(f"`{'.'.join(map(str, item['loc']))}`: {item['msg'].lower()}" for item in error.errors()[:3])
    shape = "topics" if name == VOCABULARY_TOOL else "facts"
    return message(f"consult.call_{shape}", tool=f"`{name}`", wrong=truncate(wrong, 60))
