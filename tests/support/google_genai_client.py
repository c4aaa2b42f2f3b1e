"""Holds a turn with Google's own package: its client, over a transport that answers from a script.

`make package` runs this in an environment of its own, since the package needs another version of a dependency than the
other tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
from google import genai
from google.genai import types

from legit.consult import CONSULT_TOOL, Consultant, Draft, answer_tool_call, tool_definitions
from legit.integrations.turn_keeper import TurnKeeper

FACTS = [
    "The authority is a bank.",
    'What the rule depends on does not exist: "the district office was destroyed". [user]',
    "Obeying does grave harm to the subsistence of the user's family. [user]",
    "Breaking the rule harms nobody.",
    "The user tried no official channel.",
    "The user asks to evade the rule.",
]
REFUSAL = "I'm sorry, but the bank's rules do not allow that."
HELP = "Here is how: send the money through a licensed service, which asks for no stamp."


def candidate(*parts: dict[str, Any], reason: str = "STOP") -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}]}


def scripted_client(bodies: list[dict[str, Any]], asked: list[dict[str, Any]]) -> genai.Client:
    left: Iterator[dict[str, Any]] = iter(bodies)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(200, json=next(left))

    transport = httpx.Client(transport=httpx.MockTransport(answer))
    return genai.Client(api_key="none", http_options=types.HttpOptions(httpx_client=transport))


def turn(bodies: list[dict[str, Any]]) -> tuple[str, TurnKeeper, list[dict[str, Any]]]:
    """The text that is sent, what the turn kept, and the requests."""
    asked: list[dict[str, Any]] = []
    client, consultant, keeper = scripted_client(bodies, asked), Consultant(), TurnKeeper()
    contents: list[Any] = [types.UserContent("Help me send the money.")]
    tools = [types.Tool.model_validate(tool) for tool in tool_definitions("gemini", consultant=consultant)]

    def ask(note: str) -> types.GenerateContentResponse:
        config = types.GenerateContentConfig(system_instruction=f"Help customers.\n\n{note}", tools=tools)
        return client.models.generate_content(model="gemini-pro", contents=contents, config=config)

    def read(found: types.GenerateContentResponse) -> Draft:
        first = (found.candidates or [types.Candidate()])[0]  # a blocked prompt has no candidate
        parts = (first.content and first.content.parts) or []
        calls = [keeper.call(str(n), call.name or "", call.args) for n, call in enumerate(found.function_calls or ())]
        reasons = first.finish_reason, found.prompt_feedback and found.prompt_feedback.block_reason
        refused = any(reason and reason.value in {"SAFETY", "PROHIBITED_CONTENT"} for reason in reasons)
        return keeper.draft("".join(part.text or "" for part in parts), calls, refused=refused)

    while True:
        settled = keeper.settle_sync(ask, read, offered=True)
        if settled.response is None or not settled.step.draft.calls:
            return settled.step.draft.text, keeper, asked
        answers = []
        for call in settled.step.draft.calls:
            admission = keeper.admit(call)
            text = (
                keeper.answered(answer_tool_call(consultant, call.name, call.args))
                if admission.runs
                else admission.text
            )
            answers.append(types.Part.from_function_response(name=call.name, response={"result": text}))
        contents += [settled.response.candidates[0].content, types.ModelContent(answers)]


def main() -> None:
    call = {"functionCall": {"name": CONSULT_TOOL, "args": {"facts": FACTS}}}
    text, keeper, asked = turn([candidate({"text": REFUSAL}), candidate(call), candidate({"text": HELP})])
    assert (text, keeper.turn.consulted, len(asked)) == (HELP, True, 3), (text, asked)
    (declared,) = asked[0]["tools"][0]["functionDeclarations"]
    assert declared["name"] == CONSULT_TOOL
    assert declared["parameters"]["properties"]["facts"]["type"] == "ARRAY"
    assert "A draft of your answer" in asked[1]["systemInstruction"]["parts"][0]["text"]
    given = asked[2]["contents"][-1]["parts"][0]["functionResponse"]["response"]["result"]
    assert given.startswith("Verdict: defeated"), given

    text, keeper, asked = turn([candidate({"text": REFUSAL}), candidate({"text": HELP})])
    assert (text, keeper.turn.consulted, len(asked)) == (REFUSAL, False, 2)

    text, keeper, asked = turn([candidate({"text": ""}, reason="SAFETY"), candidate(call), candidate({"text": HELP})])
    assert (text, len(asked)) == (HELP, 3)
    for blocked in (
        {"candidates": [{"finishReason": "SAFETY"}]},
        {"candidates": [{"content": {"role": "model"}, "finishReason": "SAFETY"}]},
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
    ):
        text, keeper, asked = turn([blocked, candidate(call), candidate({"text": HELP})])
        assert (text, len(asked)) == (HELP, 3), blocked
    for vocabulary in ("inline", "lookup"):
        for tool in tool_definitions("gemini", vocabulary):  # type: ignore[arg-type]
            for function in types.Tool.model_validate(tool).function_declarations or ():
                assert function.parameters is not None
                assert function.parameters.type == types.Type.OBJECT
    print("google-genai: a refusal gives way to a consultation, and to nothing else")


if __name__ == "__main__":
    main()
