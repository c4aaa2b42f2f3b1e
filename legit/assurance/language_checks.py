"""Checks of the languages of a base: nothing missing in a complete one, nothing ambiguous, everything reads back."""

from __future__ import annotations

from collections.abc import Iterator

from legit.assurance.round_trip import round_trip_problems
from legit.errors import KnowledgeBaseError, LegitError, Problem
from legit.judge import Judge
from legit.knowledge.languages import DEFAULT_LANGUAGE, language_heads
from legit.messages import missing_messages


def language_problems(judge: Judge, only: str = "") -> Iterator[Problem]:
    """The problems of every language of a base other than English, or of the one whose tag is given.

    K1xx to K2xx unreadable or of another shape, K203 templates, K301 and K302 sentences or phrases that cannot be told
    apart, K303 a sentence that does not read back, K803 words for what the base does not have.
    """
    try:
        heads = language_heads(judge.base.layers)
    except KnowledgeBaseError as error:
        yield from error.problems
        return
    for tag in heads:
        if tag == DEFAULT_LANGUAGE or only not in {"", tag}:
            continue
        try:
            speaker = judge.in_language(tag)
            speaker.reader  # noqa: B018  (building the grammar finds clashing templates)
        except LegitError as error:
            yield from error.problems
            continue
        yield from round_trip_problems(speaker)


def missing_words(judge: Judge, tag: str) -> Iterator[Problem]:
    """What a language lacks (K802): phrases of the base and messages. Whoever adds a sentence need not speak it."""
    yield from judge.in_language(tag).missing_phrases
    if judge.base.is_shipped:
        name = language_heads(judge.base.layers)[tag].english_name
        for key in missing_messages(tag):
            source = f"legit/messages/{tag}/{key.partition('.')[0]}.toml"
            yield Problem("K802", f"{name} has no message `{key}`", source=source)


def must_be_whole(judge: Judge, tag: str) -> bool:
    """Whether a gap in a language is a fault: the language is marked as complete and nothing extends the base.
    What extends it may not speak the language yet."""
    return language_heads(judge.base.layers)[tag].complete and len(judge.base.layers) == 1


def language_notes(judge: Judge) -> Iterator[Problem]:
    """A note on what each language lacks: K802 on one that is marked as complete, K706 with the number on another."""
    for tag, head in language_heads(judge.base.layers).items():
        if tag == DEFAULT_LANGUAGE:
            continue
        missing = list(missing_words(judge, tag))
        if head.complete:
            yield from missing if must_be_whole(judge, tag) else ()
            continue
        message = f"{head.english_name} is not complete: {len(missing)} phrases are in English"
        yield Problem("K706", message, source=f"{judge.base.layers[0].display_name}/languages/{tag}")
