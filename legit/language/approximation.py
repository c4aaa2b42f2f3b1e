"""What a sentence may mean that is not understood: its letters divided into words anew, and the facts of the nearest
sentence with the values that it names. Neither says what it means: that is for the caller to leave open."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from legit.knowledge.vocabulary import BUILT_IN_TYPES, Argument, Template
from legit.language.diagnosis import Diagnosis
from legit.language.grammar import Grammar
from legit.model.facts import Fact, SourceSpan

MAX_LETTERS = 400
"""A sentence with more letters is not divided anew."""
_MOST_FACTS = 40
"""So many facts of a nearest sentence are given at most, where it names several values."""
_LEAST = 3
"""So many sentences make a word one that denies or asks."""
_MANY = 12
"""A word that one of so many sentences has tells none from others."""
_WORD = re.compile(r"[^\W_]+")
_DIGITS = [str.maketrans("013457", letters) for letters in ("oieast", "oleast")]
"""The letters for which digits are written. A 1 may be an I or an L."""


class Approximation:
    """Approximates sentences in the language of one grammar."""

    def __init__(self, grammar: Grammar, diagnosis: Diagnosis) -> None:
        self._grammar = grammar
        self._diagnosis = diagnosis
        self._phrases: dict[str, tuple[dict[tuple[str, ...], str], int]] = {}

    def divided_anew(self, sentence: str) -> Iterator[str]:
        """The sentence with other bounds between its words, if that makes more words known: they were run together,
        divided, or held apart by signs. Digits among letters are read as the letters that they look like."""
        written = _words(sentence)
        for text in dict.fromkeys(_with_letters(sentence, table) for table in _DIGITS):
            divided = self._divided(_words(text))
            if divided != written:
                yield " ".join(divided)

    def nearest_facts(self, sentence: str) -> Iterator[Fact]:
        """The facts that a sentence states with other small words than the nearest one of the vocabulary, or asks for.

        There is none unless it names a value for every slot and has the words that tell the nearest sentence from
        others, nor where a further word might say something else, as words do that deny.
        """
        tokens = list(self._grammar.normaliser.tokenize(sentence))
        words = [token.value for token in tokens if token.kind == "word"]
        if self._denying_words & set(words):
            return
        for predicate in self._diagnosis.nearest_predicates(tokens)[:1]:
            fixed = set(self._fixed_words(predicate.affirmative_forms[0]))
            if fixed - set(words) - self._small_words:
                continue
            left = set(words) - fixed - self._small_words
            choices = []
            for argument in predicate.args:
                named = self._named(argument, words)
                choices.append(list(dict.fromkeys(value for value, _ in named)))
                left -= {word for _, phrase in named for word in phrase}
            if left:
                continue
            for args in itertools.islice(itertools.product(*choices), _MOST_FACTS):
                yield Fact(predicate=predicate.id, args=args, span=SourceSpan(line=1, column=1, text=sentence))

    def _named(self, argument: Argument, words: list[str]) -> list[tuple[str, tuple[str, ...]]]:
        """The values of an argument that words name, each with its phrase: of phrases that overlap the first, and of
        these the longest."""
        if argument.type in BUILT_IN_TYPES:
            return []
        phrases, longest = self._phrases_of_type(argument.type)
        found: dict[int, tuple[int, str]] = {}
        for start in range(len(words)):
            for length in range(1, longest + 1):
                value_id = phrases.get(tuple(words[start : start + length]))
                if value_id is not None and start + length <= len(words):
                    found[start] = (length, value_id)
        named = []
        end = 0
        for start, (length, value_id) in sorted(found.items()):
            if start >= end:
                end = start + length
                named.append((value_id, tuple(words[start:end])))
        return named

    def _phrases_of_type(self, name: str) -> tuple[dict[tuple[str, ...], str], int]:
        """The values of a type by their phrases in normal form, and the words of the longest phrase."""
        if name not in self._phrases:
            normalise = self._grammar.normaliser.normalise
            values = self._grammar.vocabulary.types[name].values
            found = {normalise(text): value_id for value_id, value in values.items() for text in value.readings}
            self._phrases[name] = found, max(map(len, found), default=0)
        return self._phrases[name]

    def _divided(self, written: list[str]) -> list[str]:
        """The letters of words, divided into the fewest words of the grammar; others stay whole."""
        letters = "".join(written)
        if len(letters) > MAX_LETTERS:
            return written
        whole = {}
        at = 0
        for word in written:
            whole[at] = at = at + len(word)
        # Of each end of a word: the cost up to it, and where the word begins.
        costs: list[tuple[int, int]] = [(0, 0)] + [(1 << 30, 0)] * len(letters)
        for start in range(len(letters)):
            cost = costs[start][0]
            if cost >= 1 << 30:
                continue
            if start in whole:
                end = whole[start]
                known = letters[start:end] in self._written_words
                costs[end] = min(costs[end], (cost + (1 if known else 1 + len(letters[start:end])), start))
            for end in range(start + 1, len(letters) + 1):
                word = letters[start:end]
                if word not in self._beginnings:
                    break
                if word in self._written_words:
                    costs[end] = min(costs[end], (cost + 1, start))
        words = []
        end = len(letters)
        while end:
            start = costs[end][1]
            words.append(letters[start:end])
            end = start
        return words[::-1]

    @cached_property
    def _written_words(self) -> frozenset[str]:
        """The words that may stand in a sentence, as they are written."""
        lexicon = self._grammar.vocabulary.lexicon
        return self._grammar.phrase_words | {*lexicon.stop_words, *lexicon.contractions, *lexicon.spelling}

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(word[:end] for word in self._written_words for end in range(1, len(word) + 1))

    @cached_property
    def _form_words(self) -> list[tuple[set[str], set[str], set[str]]]:
        """The words of what each predicate affirms, of its denial, and of its question."""
        predicates = self._grammar.vocabulary.predicates.values()
        forms = ((item.affirmative_forms[0], item.denial_form, item.question_form) for item in predicates)
        return [tuple({*self._fixed_words(form)} for form in found) for found in forms]  # type: ignore[misc]

    @cached_property
    def _denying_words(self) -> frozenset[str]:
        """The words by which sentences are denied: denials have them, and neither what they deny nor questions do."""
        denials = Counter(word for affirmed, denied, asked in self._form_words for word in denied - affirmed - asked)
        stating = Counter(word for affirmed, _, _ in self._form_words for word in affirmed)
        return frozenset(word for word, count in denials.items() if count >= max(_LEAST, stating[word] + 1))

    @cached_property
    def _small_words(self) -> frozenset[str]:
        """The words that tell no sentence from others: those that ask, and those that many sentences have."""
        asking = Counter(word for affirmed, _, asked in self._form_words for word in asked - affirmed)
        stating = Counter(word for affirmed, _, _ in self._form_words for word in affirmed)
        asks = {word for word, count in asking.items() if count >= _LEAST}
        many = {word for word, count in stating.items() if count * _MANY >= len(self._form_words)}
        return frozenset(asks | many) - self._denying_words

    def _fixed_words(self, template: Template) -> Iterator[str]:
        texts = (part for part in template.segments if isinstance(part, str))
        return (word for text in texts for word in self._grammar.normaliser.normalise(text))


def _with_letters(sentence: str, table: dict[int, int]) -> str:
    """The sentence with letters for the digits that stand in one word with letters."""

    def read(found: re.Match[str]) -> str:
        word = found.group()
        return word if word.isdecimal() or word.isalpha() else word.translate(table)

    return _WORD.sub(read, sentence)


def _words(sentence: str) -> list[str]:
    return [found.group().lower() for found in _WORD.finditer(sentence)]
