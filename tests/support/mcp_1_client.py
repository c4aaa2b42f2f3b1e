"""Consults the server with version 1 of MCP's SDK and with LangChain's adapters, which need it.

`make package` runs this in an environment of its own, since the other tests run with version 2.
"""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import version
from typing import Any

from langchain_mcp_adapters.client import MultiServerMCPClient
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

FACTS = [
    "The authority is a landlord.",
    "Breaking the rule harms nobody.",
    "Obeying costs nothing that matters.",
    "The user tried no official channel.",
]
ARGUMENTS = ["-m", "legit", "mcp"]


async def session_checks() -> None:
    parameters = StdioServerParameters(command=sys.executable, args=ARGUMENTS)
    async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
        assert (await session.initialize()).serverInfo.name == "legit"
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert tools["consult_before_refusing"].inputSchema["required"] == ["facts"]
        told: Any = await session.call_tool("consult_before_refusing", {"facts": FACTS, "page": None})
        assert (told.isError, told.structuredContent["verdict"]) == (False, "stands")
        decision = await session.read_resource(told.structuredContent["decision_uri"])
        assert "The authority is a landlord." in decision.contents[0].text
        for wrong in ({}, {"facts": 3}):
            refused: Any = await session.call_tool("consult_before_refusing", wrong)
            assert refused.isError
            assert 'Call it with {"facts": ["sentence", ...]}' in refused.content[0].text


async def adapter_checks() -> None:
    client = MultiServerMCPClient({"legit": {"command": sys.executable, "args": ARGUMENTS, "transport": "stdio"}})
    tools = {tool.name: tool for tool in await client.get_tools()}
    assert {"consult_before_refusing", "legit_explain", "legit_vocabulary", "legit_questions"} == tools.keys()
    tool = tools["consult_before_refusing"]
    told = await tool.ainvoke({"type": "tool_call", "name": tool.name, "id": "1", "args": {"facts": FACTS}})
    assert "Verdict: stands" in told.text


if __name__ == "__main__":
    assert version("mcp").startswith("1."), "this is for version 1 of the SDK"
    asyncio.run(session_checks())
    asyncio.run(adapter_checks())
