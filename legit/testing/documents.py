"""Texts with what they mean: a case written in any of its wordings, with noise around it, or with damage in it."""

from __future__ import annotations

from typing import NamedTuple

from legit.knowledge.vocabulary import Predicate, Template, Vocabulary
from legit.language.writer import Writer
from legit.model.facts import Case, Fact, Opinion, Speaker, SpeakerKind, Truth, Value
from legit.testing.generate import Choices


class Document(NamedTuple):
    """A text, and the case that it means."""

    text: str
    case: Case


def document(choices: Choices, vocabulary: Vocabulary, case: Case) -> Document:
    """The case as a text in any wording: templates and phrases other than the first, denial and unknown as the frame
    has them, bullets, blank lines, comments, cases of letters, several sentences on a line."""
    author = _Author(choices, vocabulary)
    sentences = [author.fact(fact) for fact in case.facts] + [author.opinion(item) for item in case.opinions]
    lines = [author.heading(case.name)] if case.name else []
    for sentence in sentences:
        layout = choices.number(0, 9)
        if layout == 1 and lines and lines[-1][-1:] in (".", "]"):
            lines[-1] += f" {sentence}"
            continue
        if layout == 2:
            lines.append("")
        if layout == 3:
            lines.append('# a note, with "quotation marks"; and a stop.  ')
        lines.append(f"{choices.of(('', '', '', '  ', '- ', '3) '))}{sentence}")
    end = choices.of(("\n", "", "\r\n"))
    return Document((end or "\n").join(lines) + end, case)


class _Author:
    """Writes sentences in any of their wordings."""

    def __init__(self, choices: Choices, vocabulary: Vocabulary) -> None:
        self._choices = choices
        self._vocabulary = vocabulary
        self._phrases = vocabulary.frame.phrases
        self._quote = Writer(vocabulary).quote

    def heading(self, name: str) -> str:
        word = self._cased(self._choices.of(self._phrases["case"]))
        return f"{word}{self._choices.of((' ', ': '))}{self._quote(name)}{self._choices.of(('.', ''))}"

    def fact(self, fact: Fact) -> str:
        predicate = self._vocabulary.predicates[fact.predicate]
        if fact.truth is Truth.FALSE and self._choices.number(0, 1):
            body = self._fill(predicate, predicate.denied, fact.args)
        else:
            body = self._fill(predicate, self._choices.of(predicate.affirmed), fact.args)
            if fact.truth is not Truth.TRUE:
                frame = self._choices.of(self._phrases["unknown" if fact.truth is Truth.UNKNOWN else "deny"])
                body = f"{frame} {body[:1].lower()}{body[1:]}"
        detail = f": {self._quote(fact.detail)}" if fact.detail else ""
        return f"{self._cased(body)}{detail}{self._speaker(fact.speaker)}"

    def opinion(self, opinion: Opinion) -> str:
        frame = self._choices.of(self._phrases["opine"])
        return f"{self._cased(frame)} {self._quote(opinion.text)}{self._speaker(opinion.speaker)}"

    def _fill(self, predicate: Predicate, template: Template, args: tuple[Value, ...]) -> str:
        typed = zip(predicate.args, args, strict=True)
        return template.fill(tuple(self._phrase(argument.type, value) for argument, value in typed))

    def _phrase(self, type_name: str, value: Value) -> str:
        values = self._vocabulary.values(type_name)
        if values:
            entry = values[str(value)]
            return self._choices.of((entry.phrase, *entry.also))
        if isinstance(value, str):
            return value if type_name == "date" else self._quote(value)
        if type_name == "years":
            return f"{value} years"
        if type_name == "count":
            return f"{value} times"
        vague = [text for text, hours in self._vocabulary.frame.vague_times.items() if hours == value]
        return self._choices.of((f"within {value} hours", *vague))

    def _cased(self, text: str) -> str:
        if '"' in text or "\u201c" in text:
            return text  # what is quoted keeps its letters
        how = self._choices.number(0, 5)
        return text.lower() if how == 1 else text.upper() if how == 2 else text[:1].upper() + text[1:]

    def _speaker(self, speaker: Speaker) -> str:
        if speaker == Speaker(kind=SpeakerKind.USER):
            return self._choices.of((".", ".", ". [user]"))
        reference = f" {self._quote(speaker.reference)}" if speaker.reference else ""
        tag = f"[{speaker.kind.value}{reference}]"
        return self._choices.of((f". {tag}", f" {tag}.", f".   {tag.upper() if not reference else tag}"))


_INSERTED = ('"', "]", "[", ":", ".", "zebra", "not", "the user", "[user]", "#", "\u201c", "1", "\t", "\u200b", "Case")


def damaged(choices: Choices, text: str) -> str:
    """The text with one thing wrong in it: a word gone, doubled, moved or misspelt, a mark put in, the end cut off."""
    words = text.split(" ")
    at = choices.number(0, len(words) - 1)
    how = choices.number(0, 6)
    if how == 0:
        del words[at]
    elif how == 1:
        words.insert(at, words[at])
    elif how == 2:
        words.insert(at, words.pop(choices.number(0, len(words) - 1)))
    elif how == 3:
        letter = choices.number(0, max(0, len(words[at]) - 1))
        words[at] = words[at][:letter] + words[at][letter + 1 :]
    elif how == 4:
        words.insert(at, choices.of(_INSERTED))
    elif how == 5:
        return text[: choices.number(0, len(text))]
    else:
        words[at] = words[at].swapcase()
    return " ".join(words)
