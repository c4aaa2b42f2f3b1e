"""Other judges of a reply beside the patterns: a classifier, or a chat model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from legit.messages import message
from legit.refusals.reader import PatternReader
from legit.refusals.reading import ReplyKind, ReplyReader, ReplyReading
from legit.refusals.replies import Reply
from legit.refusals.text import words_of

Classifier = Callable[[str], ReplyKind | None]
"""Names the kind of a text, or None where it does not know."""


def with_classifier(classify: Classifier, reader: ReplyReader | None = None) -> ReplyReader:
    """A reader in which a classifier decides about the kind of a text.

    Signs of providers and structured answers are still read from their fields. Where the classifier does not know, and
    for the cues, `reader` decides: by default a `PatternReader`. Exceptions of `classify` are not caught.
    """
    patterns = PatternReader() if reader is None else reader

    def read(reply: Reply) -> ReplyReading:
        reading = patterns(reply)
        if reading.signal or reply.data is not None or not reply.text.strip():
            return reading
        kind = classify(reply.text)
        return reading if kind is None or kind == reading.kind else replace(reading, kind=ReplyKind(kind))

    return read


def model_classifier(complete: Callable[[str], str]) -> Classifier:
    """A classifier that asks a chat model. `complete` takes a prompt and returns the answer; its exceptions are not
    caught. An answer that does not name exactly one kind counts as None."""

    def classify(text: str) -> ReplyKind | None:
        mark = "material"
        while f"{mark}>" in text:
            mark += "_"
        answer = complete(message("refusals.classifier_prompt", mark=mark, reply=text))
        named = {kind for kind in ReplyKind if kind.value in words_of(answer)}
        return named.pop() if len(named) == 1 else None

    return classify
