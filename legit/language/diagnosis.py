"""Diagnoses a sentence that was not understood: its position, the expected words, and the nearest sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.vocabulary import Predicate, Template
from legit.language.grammar import Grammar
from legit.language.tokenizer import Token
from legit.messages import message

_MAX_SHOWN = 60
_MAX_CHOICES = 12
_MIN_SIMILARITY = 0.3


class Diagnosis:
    """Diagnoses sentences that one grammar does not parse."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._index: list[tuple[Counter[str], float, Predicate, Template]] | None = None
        self._idf: dict[str, float] = {}

    def problem(self, sentence: str, tokens: list[Token], index: int, expected: frozenset[str]) -> Problem:
        """The problem of `sentence`, whose token at `index` did not fit where one of `expected` could stand."""
        shown = shorten(sentence)
        odd = [token for token in tokens if token.kind == "other"]
        if any(token.value in {'"', "\u201c", "\u201d"} for token in odd):
            at = next(token for token in odd if token.value in {'"', "\u201c", "\u201d"})
            return Problem(
                "L104", message("problems.L104", sentence=shown), 0, at.start + 1, help=message("problems.L104_help"),
            )  # fmt: skip
        if index < len(tokens) and tokens[index].kind == "sign":
            return Problem(
                "L110", message("problems.L110", number=tokens[index].value, sentence=shown), 0,
                tokens[index].start + 1, help=message("problems.L110_help"),
            )  # fmt: skip
        column = tokens[index].start + 1 if index < len(tokens) else len(sentence) + 1
        rest = sentence[tokens[index].start :].rstrip(" .") if index < len(tokens) else ""
        rest = shorten(rest)
        help_ = self._help(rest, index, expected)
        slots = sorted(name[2:].lower() for name in expected if name.startswith("V_"))
        nearest = self.suggest(tokens)
        if rest and index > 0 and len(slots) == 1:
            phrases = [value.phrase for value in self._grammar.vocabulary.values(slots[0]).values()]
            close = self._similar_phrases(rest, slots[0])
            says = self._grammar.vocabulary.types[slots[0]].description
            choices = ", ".join(phrases)
            if len(phrases) > _MAX_CHOICES:
                named = self._named_otherwise(rest, slots[0])
                choices = ", ".join(dict.fromkeys([*named, *(close or phrases[:_MAX_CHOICES])]))
                choices = message("problems.L105_all", choices=choices, type=slots[0])
            return Problem(
                "L105", message("problems.L105", rest=rest), 0, column,
                help=message("problems.L105_help", description=says, choices=choices), nearest=nearest,
            )  # fmt: skip
        if index == 0 or not rest:
            return Problem(
                "L106", message("problems.L106", sentence=shown), 0, column if rest else 1,
                help=help_ or message("problems.L106_help"), nearest=nearest,
            )  # fmt: skip
        fault = message("problems.L107", rest=rest, sentence=shown)
        return Problem("L107", fault, 0, column, help=help_, nearest=nearest)

    def missing_detail(self, sentence: str, predicate: str) -> Problem:
        """The problem of an evaluative sentence without its detail (L102)."""
        return Problem(
            "L102", message("problems.L102", sentence=sentence.rstrip(" .")), 0, 1, help=message("problems.L102_help"),
            nearest=(self.example(self._grammar.vocabulary.predicates[predicate]),),
        )  # fmt: skip

    @staticmethod
    def question_mark(sentence: str) -> Problem:
        """The problem of a statement that ends in a question mark (L109)."""
        return Problem(
            "L109", message("problems.L109", sentence=shorten(sentence)), 0, 1, help=message("problems.L109_help"),
        )  # fmt: skip

    @staticmethod
    def _help(rest: str, index: int, expected: frozenset[str]) -> str:
        if rest and index and "TEXT" in expected and "STOP" not in expected:
            quoted = rest.strip("'")
            return message("problems.L107_quote_help", rest=quoted)
        if any(name.startswith("SPEAKER_") for name in expected):
            return message("problems.L107_speaker_help")
        if rest and index and "STOP" in expected:
            return message("problems.L107_stop_help")
        return ""

    def example(self, predicate: Predicate) -> str:
        """A sentence of `predicate` with the names of its slots, and a detail where one is required."""
        return self._with_placeholders(predicate, predicate.affirmative_forms[0])

    @staticmethod
    def _with_placeholders(predicate: Predicate, template: Template) -> str:
        filled = template.format(tuple(f"<{argument.name}>" for argument in predicate.args))
        return f'{filled}: "…".' if predicate.detail_required else f"{filled}."

    def _similar_phrases(self, rest: str, type_name: str) -> list[str]:
        by_phrase = {
            text: value.phrase
            for value in self._grammar.vocabulary.values(type_name).values()
            for text in value.readings
        }
        close = suggest(rest.lower(), by_phrase, limit=6, similarity=0.3)
        return list(dict.fromkeys(by_phrase[text] for text in close))

    def _named_otherwise(self, rest: str, type_name: str) -> list[str]:
        """The phrases of the values that people call by a value of another type, as `rest` does."""
        values = self._grammar.vocabulary.values
        articles = self._grammar.vocabulary.lexicon.stop_words
        words = _without_article(rest.lower(), articles)
        return [
            value.phrase
            for value in values(type_name).values()
            if value.named_as
            and any(
                _without_article(text, articles) == words
                for other in values(value.named_as).values()
                for text in (other.phrase, *other.synonyms)
            )
        ]

    def suggest(self, tokens: list[Token]) -> tuple[str, ...]:
        """The sentences of the vocabulary that share most with some words, the most similar first."""
        return tuple(self._with_placeholders(*found) for found in self._nearest(tokens))

    def nearest_predicates(self, tokens: list[Token]) -> list[Predicate]:
        """The predicates whose sentences share most with some words, the most similar first."""
        return [predicate for predicate, _ in self._nearest(tokens)]

    def _nearest(self, tokens: list[Token]) -> list[tuple[Predicate, Template]]:
        index = self._sentence_index()
        words = Counter(token.value for token in tokens[:80] if token.kind == "word")
        if not words:
            return []
        weight = sum(self._idf.get(word, 0.0) * count for word, count in words.items())
        scored = []
        for position, (fixed, total, predicate, template) in enumerate(index):
            shared = sum(self._idf[word] * min(count, words[word]) for word, count in fixed.items() if word in words)
            if shared > 0 and 2 * shared / (total + weight) >= _MIN_SIMILARITY:
                scored.append((-2 * shared / (total + weight), position, predicate, template))
        scored.sort(key=lambda item: item[:2])
        nearest: dict[str, tuple[Predicate, Template]] = {}
        for _, _, predicate, template in scored:
            nearest.setdefault(predicate.id, (predicate, template))
            if len(nearest) == 3:
                break
        return list(nearest.values())

    def _sentence_index(self) -> list[tuple[Counter[str], float, Predicate, Template]]:
        if self._index is None:
            phrase = self._grammar.normaliser.normalise
            entries = []
            for predicate in self._grammar.vocabulary.predicates.values():
                for template in (predicate.affirmative_forms[0], predicate.denial_form):
                    fixed = Counter(
                        word for part in template.segments if isinstance(part, str) for word in phrase(part)
                    )
                    entries.append((fixed, predicate, template))
            spread = Counter(word for fixed, _, _ in entries for word in fixed)
            rarity = {word: math.log(1 + len(entries) / count) for word, count in spread.items()}
            index = [
                (fixed, sum(rarity[word] * count for word, count in fixed.items()), predicate, template)
                for fixed, predicate, template in entries
            ]
            self._idf, self._index = rarity, index
        return self._index


def _without_article(phrase: str, articles: Collection[str]) -> str:
    """A phrase without its article."""
    first, _, rest = phrase.partition(" ")
    return rest if rest and first in articles else phrase


def shorten(text: str) -> str:
    """A text as a message quotes it: at most 60 characters, the last an ellipsis where some are left out."""
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
