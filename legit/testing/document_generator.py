"""Texts with their meaning: a case in any of its wordings, with noise around it, or with an error in it."""

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


def render_document(choices: Choices, vocabulary: Vocabulary, case: Case) -> Document:
    """The case as a text in any wording: templates and phrases other than the first, denial and unknown as the frame
    has them, bullets, blank lines, comments, cases of letters, several sentences on a line."""
    author = _ParaphrasingWriter(choices, vocabulary)
    sentences = [author.fact(fact) for fact in case.facts] + [author.opinion(item) for item in case.opinions]
    lines = [author.heading(case.name)] if case.name else []
    for sentence in sentences:
        layout = choices.integer(0, 9)
        if layout == 1 and lines and lines[-1][-1:] in (".", "]"):
            lines[-1] += f" {sentence}"
            continue
        if layout == 2:
            lines.append("")
        if layout == 3:
            lines.append('# a note, with "quotation marks"; and a stop.  ')
        lines.append(f"{choices.pick(('', '', '', '  ', '- ', '3) '))}{sentence}")
    end = choices.pick(("\n", "", "\r\n"))
    return Document((end or "\n").join(lines) + end, case)


class _ParaphrasingWriter:
    """Writes sentences in any of their wordings."""

    def __init__(self, choices: Choices, vocabulary: Vocabulary) -> None:
        self._choices = choices
        self._vocabulary = vocabulary
        self._phrases = vocabulary.lexicon.phrases
        self._quote = Writer(vocabulary).quote

    def heading(self, name: str) -> str:
        word = self._vary_letter_case(self._choices.pick(self._phrases["case"]))
        return f"{word}{self._choices.pick((' ', ': '))}{self._quote(name)}{self._choices.pick(('.', ''))}"

    def fact(self, fact: Fact) -> str:
        predicate = self._vocabulary.predicates[fact.predicate]
        if fact.truth is Truth.FALSE and self._choices.integer(0, 1):
            body = self._fill(predicate, predicate.denial_form, fact.args)
        else:
            body = self._fill(predicate, self._choices.pick(predicate.affirmative_forms), fact.args)
            if fact.truth is not Truth.TRUE:
                frame = self._choices.pick(self._phrases["unknown" if fact.truth is Truth.UNKNOWN else "deny"])
                body = f"{frame} {body[:1].lower()}{body[1:]}"
        detail = f": {self._quote(fact.detail)}" if fact.detail else ""
        return f"{self._vary_letter_case(body)}{detail}{self._speaker(fact.speaker)}"

    def opinion(self, opinion: Opinion) -> str:
        frame = self._choices.pick(self._phrases["opine"])
        return f"{self._vary_letter_case(frame)} {self._quote(opinion.text)}{self._speaker(opinion.speaker)}"

    def _fill(self, predicate: Predicate, template: Template, args: tuple[Value, ...]) -> str:
        typed = zip(predicate.args, args, strict=True)
        return template.format(tuple(self._phrase(argument.type, value) for argument, value in typed))

    def _phrase(self, type_name: str, value: Value) -> str:
        values = self._vocabulary.values(type_name)
        if values:
            entry = values[str(value)]
            return self._choices.pick((entry.phrase, *entry.synonyms))
        if isinstance(value, str):
            return value if type_name == "date" else self._quote(value)
        if type_name == "years":
            return f"{value} years"
        if type_name == "count":
            return f"{value} times"
        vague = [text for text, hours in self._vocabulary.lexicon.vague_times.items() if hours == value]
        return self._choices.pick((f"within {value} hours", *vague))

    def _vary_letter_case(self, text: str) -> str:
        if '"' in text or "\u201c" in text:
            return text  # quoted text keeps its letters
        how = self._choices.integer(0, 5)
        return text.lower() if how == 1 else text.upper() if how == 2 else text[:1].upper() + text[1:]

    def _speaker(self, speaker: Speaker) -> str:
        if speaker == Speaker(kind=SpeakerKind.USER):
            return self._choices.pick((".", ".", ". [user]"))
        reference = f" {self._quote(speaker.reference)}" if speaker.reference else ""
        tag = f"[{speaker.kind.value}{reference}]"
        return self._choices.pick((f". {tag}", f" {tag}.", f".   {tag.upper() if not reference else tag}"))


_INSERTIONS = (
    '"',
    "]",
    "[",
    ":",
    ".",
    "zebra",
    "not",
    "the user",
    "[user]",
    "#",
    "\u201c",
    "1",
    "\t",
    "\u200b",
    "Case",
)


def corrupt_text(choices: Choices, text: str) -> str:
    """The text with one error: a missing, doubled, moved or misspelt word, an added mark, or a cut end."""
    words = text.split(" ")
    at = choices.integer(0, len(words) - 1)
    how = choices.integer(0, 6)
    if how == 0:
        del words[at]
    elif how == 1:
        words.insert(at, words[at])
    elif how == 2:
        words.insert(at, words.pop(choices.integer(0, len(words) - 1)))
    elif how == 3:
        letter = choices.integer(0, max(0, len(words[at]) - 1))
        words[at] = words[at][:letter] + words[at][letter + 1 :]
    elif how == 4:
        words.insert(at, choices.pick(_INSERTIONS))
    elif how == 5:
        return text[: choices.integer(0, len(text))]
    else:
        words[at] = words[at].swapcase()
    return " ".join(words)
