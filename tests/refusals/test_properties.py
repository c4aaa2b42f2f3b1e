"""What holds of every reply: quoting, neutral sentences, case and apostrophes, and the work that reading takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.refusals import load_turns
from legit.refusals import PatternReader, ReplyKind, patterns, read_reply

TURNS = [turn for turn in load_turns() if turn["domain"] not in ("system", "järjestelmä")]
REFUSING = [turn for turn in TURNS if turn["kind"] in ("refuses", "partly") and read_reply(turn["text"]).declines]
PLAIN = [
    turn
    for turn in REFUSING
    if any(cue.strength == "plain" and cue.kind == "refuses" for cue in read_reply(turn["text"]).cues)
]
QUOTED = {
    "en": "The clerk wrote: “{}”", "sv": "Handläggaren skrev: ”{}”", "nb": "Saksbehandleren skrev: «{}»",
    "da": "Sagsbehandleren skrev: »{}«", "fi": "Virkailija kirjoitti: ”{}”", "de": "Der Sachbearbeiter schrieb: „{}“",
}  # fmt: skip
NEUTRAL = {
    "en": "The sky over Lisbon was blue in the morning.", "sv": "Himlen över Lissabon var blå på morgonen.",
    "nb": "Himmelen over Lisboa var blå om morgenen.", "da": "Himlen over Lissabon var blå om morgenen.",
    "fi": "Taivas Lissabonin yllä oli aamulla sininen.", "de": "Der Himmel über Lissabon war am Morgen blau.",
}  # fmt: skip
few = settings(max_examples=60)


def _inner(text: str) -> str:
    """A text without quotation marks and blank lines, which would end the quotation around it."""
    return " ".join("".join(char for char in text if char not in "\"'\u201c\u201d\u201e\u00ab\u00bb\u2018").split())


@few
@given(st.sampled_from(REFUSING))
def test_quoting_a_refusal_makes_none(turn: dict[str, Any]) -> None:
    text = QUOTED[turn["language"]].format(_inner(turn["text"]))
    assert read_reply(text).kind is ReplyKind.COMPLIES


@few
@given(st.sampled_from(PLAIN), st.booleans(), st.integers(1, 4))
def test_neutral_sentences_take_no_refusal_away(turn: dict[str, Any], before: bool, times: int) -> None:
    neutral = " ".join([NEUTRAL[turn["language"]]] * times)
    text = f"{neutral} {turn['text']}" if before else f"{turn['text']}\n\n{neutral}"
    assert read_reply(text).declines


@few
@given(st.sampled_from(TURNS), st.sampled_from("\u2019\u02bc\u00b4"))
def test_case_and_apostrophes_do_not_matter(turn: dict[str, Any], apostrophe: str) -> None:
    reading = read_reply(turn["text"])
    joined = "".join(
        apostrophe if char == "'" and 0 < at < len(turn["text"]) - 1 and turn["text"][at - 1].isalpha() and turn["text"][at + 1].isalpha()
        else char
        for at, char in enumerate(turn["text"])
    )  # fmt: skip
    assert read_reply(joined).kind == reading.kind
    assert read_reply(turn["text"].casefold()).declines == reading.declines


@few
@given(st.text(max_size=400), st.sampled_from(["en", "sv", "nb", "da", "fi", "de", None]))
def test_every_text_is_read_and_every_cue_is_in_it(text: str, language: str | None) -> None:
    reading = read_reply(text, language=language)
    for cue in (*reading.cues, *reading.rule_words):
        assert cue.place or text[cue.start : cue.end] == cue.text


HOSTILE = [
    "i can not ", "I'm sorry, but ", "\"", "'a ", "“", "(", "\n\n> ", "no, ", "we regret to inform you ", "``` ", "nicht ", "Ei ",
    "a", "a'", "...", "unfortunately policy ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_work_grows_with_the_length_of_the_text(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    run = patterns._run

    def counted(pattern: patterns.Pattern, places: patterns.Places, reached: int) -> int:
        nonlocal steps
        steps += len(pattern.items)
        return run(pattern, places, reached)

    monkeypatch.setattr(patterns, "_run", counted)
    reader = PatternReader(language="en")
    counts = []
    for size in (5_000, 20_000):
        steps = 0
        reader(patterns_reply(piece, size))
        counts.append(steps)
    assert counts[1] <= 4.5 * counts[0] + 10_000


def patterns_reply(piece: str, size: int) -> Any:
    from legit.refusals import Reply

    return Reply((piece * (size // len(piece) + 1))[:size])
