"""The MCP server, tried with the SDK's own client: in memory, over standard input and output, and over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from legit._util.token_count import count_tokens
from legit.cli import main
from legit.consult import Consultant
from legit.consult.artifact import DecisionCache
from legit.integrations.mcp import server
from legit.integrations.mcp_results import _LINES_PER_PAGE, page_of
from legit.judge import Judge
from tests.support.scripted_systems import DEFEATED, STANDS

COMMAND = [sys.executable, "-m", "legit", "mcp"]


def talk(where: Any, talked: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with Client(where) as client:
            return await talked(client)

    return asyncio.run(run())


def call(consultant: Consultant, tool: str, arguments: dict[str, Any]) -> Any:
    return talk(server(consultant), lambda client: client.call_tool(tool, arguments))


@contextlib.contextmanager
def serving(*more: str) -> Iterator[str]:
    """A server over HTTP on any free port of this machine; its address."""
    process = subprocess.Popen([*COMMAND, "--http", "--port", "0", *more], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        yield found[0]
    finally:
        process.terminate()
        process.communicate()


async def everything(client: Client) -> dict[str, Any]:
    """What each tool and resource answers, as data that can be compared."""
    consulted = await client.call_tool(
        "consult_before_refusing", {"facts": DEFEATED, "rule": "a stamp", "request": "help me"}
    )
    assert consulted.structured_content is not None
    decision = await client.read_resource(consulted.structured_content["decision_uri"])
    bad = await client.call_tool("consult_before_refusing", {"facts": ["Flub."]})
    return {
        "tools": [tool.name for tool in (await client.list_tools()).tools],
        "consulted": (consulted.is_error, consulted.content[0].text, consulted.structured_content),  # type: ignore[union-attr]
        "bad": (bad.is_error, bad.content[0].text),  # type: ignore[union-attr]
        "decision": decision.contents[0].text,  # type: ignore[union-attr]
        "criterion": (await client.read_resource("legit://kb/criteria/impossible_to_comply")).contents[0].text,  # type: ignore[union-attr]
    }


def test_every_way_to_the_server_gives_the_same_answers(consultant: Consultant) -> None:
    in_memory = talk(server(consultant), everything)
    assert in_memory["tools"] == ["consult_before_refusing", "legit_explain", "legit_vocabulary", "legit_questions"]
    assert in_memory["consulted"][2]["verdict"] == "defeated"
    assert in_memory["bad"][0] is True
    decision = json.loads(in_memory["decision"])
    assert decision["assessment"]["verdict"] == "defeated"
    assert (decision["rule"], decision["request"]) == ("a stamp", "help me")
    stdio = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:])
    assert talk(stdio, everything) == in_memory
    with serving() as url:
        assert url.startswith("http://127.0.0.1:")
        assert talk(url, everything) == in_memory


def test_the_answer_is_short_for_the_model_and_whole_as_data(consultant: Consultant) -> None:
    result = call(consultant, "consult_before_refusing", {"facts": DEFEATED})
    text, data = result.content[0].text, result.structured_content
    assert count_tokens(text)[1] <= 300
    assert (data["verdict"], data["guidance"], data["method_harm"]) == ("defeated", "help", "none")
    reason = next(item for item in data["findings"] if item["criterion"] == "impossible_to_comply")
    assert reason["effect"] == "defeats"
    assert reason["evidence"] == ['What the rule depends on does not exist: "the office was closed".']
    assert "Fuller 1964 ch. II" in reason["sources"]
    second = call(consultant, "consult_before_refusing", {"facts": DEFEATED, "page": 2})
    assert second.structured_content["page"] == 2
    assert second.content[0].text != text


def test_a_decline_is_no_error(consultant: Consultant) -> None:
    result = call(consultant, "consult_before_refusing", {"facts": STANDS})
    assert (result.is_error, result.structured_content["guidance"]) == (False, "decline")


def test_what_is_not_understood_comes_back_beside_the_verdict(consultant: Consultant) -> None:
    result = call(consultant, "consult_before_refusing", {"facts": [*STANDS, "The authority is a banana."]})
    assert result.is_error is False
    (problem,) = result.structured_content["problems"]
    assert (problem["code"], problem["line"]) == ("L105", len(STANDS) + 1)
    assert "banana" in result.content[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("consult_before_refusing", {}, 'Call it with {"facts": ["sentence", ...]}: a list of strings'),
        ("consult_before_refusing", {"facts": None}, "`facts`"),
        ("consult_before_refusing", {"facts": '["unclosed'}, "send a list of strings"),
        ("consult_before_refusing", {"facts": 3}, 'Call it with {"facts": ["sentence", ...]}'),
        ("consult_before_refusing", {"facts": DEFEATED, "page": "two"}, "`page`"),
        ("consult_before_refusing", {"facts": ["The authority is a banana."]}, "what imposes the rule"),
        ("legit_explain", {}, "either `facts`"),
        ("legit_explain", {"facts": DEFEATED, "criterion": "obsolete"}, "not both"),
        ("legit_explain", {"criterion": "impossible_to_compl"}, "nearest are impossible_to_comply"),
        ("legit_vocabulary", {"topics": ["weather"]}, "the topics are: authority"),
        ("legit_vocabulary", {"topics": 3}, 'Call it with {"topics": ["topic", ...]}'),
        ("legit_questions", {"facts": ["Flub."]}, "Flub"),
        ("judge", {}, "the tools are `consult_before_refusing`"),
    ],
)
def test_errors_tell_the_model_what_to_do(
    consultant: Consultant, tool: str, arguments: dict[str, Any], says: str
) -> None:
    result = call(consultant, tool, arguments)
    assert result.is_error is True
    text = result.content[0].text
    assert says in text
    for noise in ("Error executing tool", "pydantic", "Traceback", "errors.pydantic.dev"):
        assert noise not in text


def test_facts_may_come_as_one_text(consultant: Consultant) -> None:
    result = call(consultant, "consult_before_refusing", {"facts": "\n".join(STANDS), "rule": None})
    assert result.structured_content["verdict"] == "stands"
    assert len(result.structured_content["accepted_facts"]) == len(STANDS)


def test_the_operator_vouches_for_what_the_model_cannot(judge: Judge) -> None:
    given = "The authority is not a club. [operator]"
    result = call(Consultant(base=judge.base, operator_facts=given), "consult_before_refusing", {"facts": STANDS})
    assert any("[operator]" in sentence for sentence in result.structured_content["accepted_facts"])


def test_explanations(consultant: Consultant) -> None:
    whole = call(consultant, "legit_explain", {"facts": DEFEATED})
    assert whole.content[0].text.startswith("DEFEATED")
    assert "Fuller 1964 ch. II (6)" in whole.structured_content["text"]
    pages = [
        call(consultant, "legit_explain", {"facts": DEFEATED, "page": page}).structured_content["text"]
        for page in (1, 2, 3)
    ]
    assert any("What the rule-maker would have to change" in text for text in pages)
    first = call(consultant, "legit_explain", {"criterion": "impossible_to_comply"}).structured_content
    assert (first["page"], first["pages"] > 1) == (1, True)
    last = call(consultant, "legit_explain", {"criterion": "impossible_to_comply", "page": 99}).structured_content
    assert last["page"] == last["pages"]
    assert "File: rules_kb/criteria/application/impossible_to_comply.lp" in last["text"]
    whole = [
        call(consultant, "legit_explain", {"criterion": "impossible_to_comply", "page": page}).structured_content[
            "text"
        ]
        for page in range(1, last["pages"] + 1)
    ]
    assert "Counterexamples" in "".join(whole)


def test_no_page_is_empty_and_one_past_the_end_says_so() -> None:
    lines = [f"line {number}" for number in range(_LINES_PER_PAGE)]
    assert page_of("\n".join(lines) + "\n\n\n", 1).pages == 1
    beyond = page_of("\n".join(lines), 9)
    assert (beyond.page, beyond.text.split("\n")[0]) == (1, "There is no page 9. The last page follows.")
    assert beyond.text.endswith("\n".join(lines))


def test_no_character_of_an_explanation_is_hidden(consultant: Consultant) -> None:
    facts = [*DEFEATED[:1], 'What the rule depends on does not exist: "gone\u202eereht \u200bnot".', *DEFEATED[2:]]
    for tool in ("consult_before_refusing", "legit_explain"):
        text = call(consultant, tool, {"facts": facts}).content[0].text
        assert "gone" in text
        assert not re.search("[\u202e\u200b]", text)


def test_vocabulary_by_topic(consultant: Consultant) -> None:
    part = call(consultant, "legit_vocabulary", {"topics": ["request"]}).structured_content
    whole = call(consultant, "legit_vocabulary", {}).structured_content
    assert "## request" in part["text"]
    assert "## authority" not in part["text"]
    assert "The authority is <authority_kind>." in whole["text"]
    assert {"authority", "request"} <= whole["topics"].keys()
    forms = [line for line in part["text"].splitlines() if line.startswith("The method ")]
    assert forms
    assert set(forms) & set(whole["text"].splitlines())


def test_questions_until_nothing_is_left_to_ask(consultant: Consultant) -> None:
    found = call(consultant, "legit_questions", {"facts": ["The authority is a club."]})
    assert found.structured_content["verdict"] == "undetermined"
    assert len(found.structured_content["questions"]) == 3
    settled = call(consultant, "legit_questions", {"facts": STANDS})
    assert settled.structured_content["questions"] == []
    assert "Nothing is left to ask" in settled.content[0].text


def test_resources(consultant: Consultant) -> None:
    async def talked(client: Client) -> None:
        kb = json.loads((await client.read_resource("legit://kb")).contents[0].text)  # type: ignore[union-attr]
        assert kb["digest"] == consultant.judge.base.digest
        for item in kb["criteria"]:
            assert item["title"] in (await client.read_resource(item["uri"])).contents[0].text  # type: ignore[union-attr]
        for uri in ("legit://kb/criteria/none", "legit://kb/criteria/..%2f..%2fetc", "legit://decisions/none"):
            with pytest.raises(MCPError):
                await client.read_resource(uri)

    talk(server(consultant), talked)


def test_decisions_are_named_by_content_and_the_oldest_forgotten(consultant: Consultant) -> None:
    kept = DecisionCache(max_size=2)
    one, two, three = (consultant.consult(STANDS, rule=name) for name in ("one", "two", "three"))
    first = kept.put(one)
    assert kept.put(one) == first
    assert len({first, kept.put(two), kept.put(three)}) == 3
    assert kept.get(first) is None
    again = kept.get(kept.put(three))
    assert again is not None
    assert again.rule == "three"


@pytest.mark.parametrize(("vocabulary", "limit"), [("lookup", 1200), ("inline", 3800)])
def test_the_tools_fit_into_a_small_budget(
    consultant: Consultant, vocabulary: Any, limit: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tools = talk(server(consultant, vocabulary), lambda client: client.list_tools()).tools
    total = sum(count_tokens(json.dumps([tool.name, tool.description, tool.input_schema]))[1] for tool in tools)
    with capsys.disabled():
        print(f"\n{vocabulary}: {total} tokens for the definitions of {len(tools)} tools")
    assert total <= limit
    assert all(tool.output_schema and tool.annotations and tool.annotations.read_only_hint for tool in tools)


def test_the_command_says_what_is_wrong_before_any_client_comes(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given.legit"
    given.write_text("The authority is a banana.")
    assert main(["mcp", "--operator-facts", str(given)]) == 1
    assert "L105" in capsys.readouterr().err
    assert main(["mcp", "--kb", str(tmp_path / "none")]) == 2
    with serving() as url:
        port = url.split(":")[2].split("/")[0]
        assert main(["mcp", "--http", "--port", port]) == 2
        assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
    assert main(["mcp", "--http", "--port", "99999"]) == 2


def test_a_page_of_another_site_cannot_call_the_local_server() -> None:
    import httpx

    with serving() as url:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        accept = {"accept": "application/json, text/event-stream"}
        for header in ({"origin": "http://elsewhere.example"}, {"host": "elsewhere.example"}):
            assert httpx.post(url, json=body, headers={**accept, **header}).status_code in {403, 421}
