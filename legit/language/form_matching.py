"""Matches the beginning of a sentence with the sentence forms: which forms it may become, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from legit.knowledge.lexicon import MEASURES
from legit.knowledge.vocabulary import QUOTED_TYPES
from legit.language.grammar import Grammar, SentenceForm, WordSeq
from legit.language.tokenizer import Token

_MAX_MEASURE_TOKENS = 4


class Phrase(NamedTuple):
    """A way to write a value: the text as the vocabulary has it, its words in normal form, and whether it is a
    synonym."""

    text: str
    words: WordSeq
    synonym: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """The beginning of a sentence: its complete words, and the letters of the word that is being written.

    `text` is what the tokens have their places in.
    """

    text: str
    tokens: Sequence[Token]
    partial: str
    article: bool
    """Whether the letters may be the beginning of an article, which sentences are read without."""

    def begins(self, word: str) -> bool:
        """Whether the word that is being written may become this one."""
        return self.article or word.startswith(self.partial)


class FormMatch(NamedTuple):
    """A form that a sentence may become.

    `filled` has the text of each slot that was written, by its place among the arguments. `slot` is the argument that
    is being written, -1 where fixed words are; `phrases` are the values that it may become; `slot_start` is the place
    in the text at which it begins.
    """

    form: SentenceForm
    filled: dict[int, str]
    slot: int = -1
    phrases: tuple[Phrase, ...] = ()
    slot_start: int = 0


class FormMatcher:
    """Matches beginnings of sentences with the forms of one grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        normalise = grammar.normaliser.normalise
        self._forms: list[tuple[SentenceForm, tuple[WordSeq | int, ...]]] = []
        for form in grammar.sentence_forms.values():
            parts = (part if isinstance(part, int) else normalise(part) for part in form.template.segments)
            self._forms.append((form, tuple(part for part in parts if part != ())))
        self._phrases: dict[str, tuple[Phrase, ...]] = {
            name: tuple(
                Phrase(text, normalise(text), bool(place))
                for value in enum.values.values()
                for place, text in enumerate((value.phrase, *value.synonyms))
            )
            for name, enum in grammar.vocabulary.types.items()
        }

    def matches(self, typed: Typed) -> Iterator[FormMatch]:
        """Every form that the beginning may become, in the order of the vocabulary."""
        for form, parts in self._forms:
            yield from self._match(form, parts, typed)

    def _match(self, form: SentenceForm, parts: tuple[WordSeq | int, ...], typed: Typed) -> Iterator[FormMatch]:
        waiting: list[tuple[int, int, dict[int, str]]] = [(0, 0, {})]  # the part, the token, the slots filled so far
        while waiting:
            part, at, filled = waiting.pop()
            if part == len(parts):
                if at == len(typed.tokens) and not typed.partial:
                    yield FormMatch(form, filled)
                continue
            expected = parts[part]
            if isinstance(expected, int):
                ends, match = self._match_slot(form, expected, typed, at)
                if match:
                    yield match._replace(filled=filled)
                waiting += [(part + 1, after, {**filled, expected: text}) for after, text in ends]
                continue
            matched = self._match_words(expected, typed, at)
            if matched is None:
                continue
            if matched == len(expected):
                waiting.append((part + 1, at + matched, filled))
            else:
                yield FormMatch(form, filled)

    @staticmethod
    def _match_words(words: WordSeq, typed: Typed, at: int) -> int | None:
        """How many of the words were written, all or as far as the text goes; None where others were written."""
        for count, word in enumerate(words):
            if at + count == len(typed.tokens):
                return count if typed.begins(word) else None
            token = typed.tokens[at + count]
            if token.kind not in {"word", "number"} or token.value != word:
                return None
        return len(words)

    def _match_slot(
        self, form: SentenceForm, slot: int, typed: Typed, at: int
    ) -> tuple[list[tuple[int, str]], FormMatch | None]:
        """Where a slot that begins at a token may end, with its text; and the slot as one that is being written."""
        type_name = form.predicate.args[slot].type
        start = typed.tokens[at - 1].end if at else 0
        rest = typed.tokens[at:]
        if type_name in self._phrases:
            ends, open_ = [], []
            for phrase in self._phrases[type_name]:
                matched = self._match_words(phrase.words, typed, at)
                if matched == len(phrase.words):
                    ends.append((at + matched, phrase.text))
                elif matched is not None:
                    open_.append(phrase)
            return ends, FormMatch(form, {}, slot, tuple(open_), start) if open_ else None
        if not rest:
            return [], None if typed.partial and not typed.article else FormMatch(form, {}, slot, (), start)
        if type_name in QUOTED_TYPES:
            return ([(at + 1, rest[0].value)] if rest[0].kind == "text" else []), None
        longest = _MAX_MEASURE_TOKENS if type_name in MEASURES else 1
        kinds = [token.kind in {"word", "number", "date"} for token in rest[:longest]]
        lengths = [length for length in range(1, len(kinds) + 1) if all(kinds[:length])]
        return [(at + length, typed.text[rest[0].start : rest[length - 1].end]) for length in lengths], None
