"""Messages of providers and frameworks, and structured answers: the signs of a refusal that are no sentences."""

from __future__ import annotations

from typing import Any

import pytest

from legit.refusals import Reply, ReplyKind, read_reply, reply_of

HELP = "Here is the form."


def openai(**message: Any) -> dict[str, Any]:
    finish = message.pop("finish_reason", "stop")
    return {"choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}]}


@pytest.mark.parametrize(
    ("message", "signal"),
    [
        (openai(content=None, refusal="I can't help with that."), "refusal"),
        (openai(content="Here is", finish_reason="content_filter"), "content_filter"),
        ({"role": "assistant", "content": [{"type": "text", "text": "Well"}], "stop_reason": "refusal"}, "refusal"),
        ({"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, "refusal"),
        ({"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "SAFETY"}]}, "safety"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "candidates": []}, "prohibited_content"),
        (
            {"output": {"message": {"role": "assistant", "content": []}}, "stopReason": "guardrail_intervened"},
            "guardrail_intervened",
        ),
        (Reply(HELP, finish_reason="content_filter"), "content_filter"),
    ],
)
def test_a_sign_of_the_provider_is_a_refusal_whatever_the_words(message: object, signal: str) -> None:
    reading = read_reply(message)
    assert (reading.kind, reading.signal) == (ReplyKind.REFUSES, signal)


@pytest.mark.parametrize(
    "message",
    [
        openai(content=HELP, refusal=None),
        {"role": "assistant", "content": [{"type": "text", "text": HELP}], "stop_reason": "end_turn"},
        {"candidates": [{"content": {"parts": [{"text": HELP}]}, "finishReason": "STOP"}]},
        Reply(HELP, finish_reason="stop"),
    ],
)
def test_an_ordinary_message_has_no_sign(message: object) -> None:
    reading = read_reply(message)
    assert (reading.kind, reading.signal) == (ReplyKind.COMPLIES, "")


def test_objects_of_the_openai_sdk_are_read() -> None:
    chat = pytest.importorskip("openai.types.chat")
    raw = openai(content=None, refusal="I must decline.") | {
        "id": "1",
        "created": 1,
        "model": "m",
        "object": "chat.completion",
    }
    assert read_reply(chat.ChatCompletion.model_validate(raw)).signal == "refusal"


def test_objects_of_the_anthropic_sdk_are_read() -> None:
    types = pytest.importorskip("anthropic.types")
    message = types.Message.model_validate(
        {
            "id": "1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "Our terms don't permit that."}],
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
    )  # fmt: skip
    reading = read_reply(message)
    assert (reading.kind, reading.invokes_rule) == (ReplyKind.REFUSES, True)


@pytest.mark.parametrize(
    ("data", "kind", "rule"),
    [
        ({"decision": "denied", "policy": "4.2"}, ReplyKind.REFUSES, True),
        ({"allowed": False, "reason": "see below"}, ReplyKind.REFUSES, False),
        ({"error": {"code": 403, "message": "no access"}}, ReplyKind.REFUSES, False),
        ({"error": {"code": "permission_denied"}}, ReplyKind.REFUSES, False),
        ({"answer": "Our policy doesn't allow refunds."}, ReplyKind.REFUSES, True),
        ({"action": "suspend", "account": "u1"}, ReplyKind.ENFORCES, False),
        ({"status": "approved"}, ReplyKind.COMPLIES, False),
        ({"error": {"code": 404, "message": "user u1 not found"}}, ReplyKind.COMPLIES, False),
        ({"applications": [{"status": "rejected"}]}, ReplyKind.COMPLIES, False),
    ],
)
def test_a_structured_answer_is_read_by_its_fields(data: dict[str, Any], kind: ReplyKind, rule: bool) -> None:
    reading = read_reply(data)
    assert (reading.kind, reading.invokes_rule) == (kind, rule)
    assert all(cue.place for cue in reading.cues)


def test_a_structured_answer_may_be_written_as_the_text() -> None:
    for text in ('{"status": "denied"}', '```json\n{"status": "denied"}\n```'):
        assert read_reply(text).kind is ReplyKind.REFUSES
    assert reply_of('{"status": ').data is None


@pytest.mark.parametrize("hostile", ["[" * 50_000, '{"a":' * 50_000, '{"a": 1' + " " * 10_000])
def test_hostile_data_is_read_as_text(hostile: str) -> None:
    assert read_reply(hostile).kind is ReplyKind.COMPLIES
