"""Whole questions that are nearest to words that were not understood, and all of which are."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator
from functools import cached_property

from legit.catalogue.entry import Entry
from legit.catalogue.search import EMPTY_WORDS, Search
from legit.language.parser import Failure
from legit.query.grammar import QueryGrammar
from legit.query.lexicon import query_words
from legit.query.parser import QueryParser

_MOST = 3
_COVERED = 0.3
_LEAST_STEM, _LONGEST_ENDING = 4, 5
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_DAY = re.compile(
    r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b"
    rf"|\b(?P<day>\d{{1,2}})\.? (?P<month>{'|'.join(_MONTHS)}),? (?P<year>\d{{4}})\b",
    re.IGNORECASE,
)


class Offers:
    """Finds questions by their words, for one grammar; none is offered that its knowledge base does not understand."""

    def __init__(self, grammar: QueryGrammar, parser: QueryParser) -> None:
        self._grammar = grammar
        self._parser = parser

    def questions(self, line: str, rest: str, most: int) -> tuple[str, ...]:
        """The questions nearest to a line, of which `rest` was not understood."""
        found = dict.fromkeys([*self._of_days(line), *self._of_criteria(rest), *self._worded(line)])
        return tuple(text for text in found if self._understood(text))[:most]

    def elsewhere(self, line: str) -> str:
        """Which command answers what is asked, where no question does."""
        first = next(iter(self._grammar.normaliser.phrase(line)), "")
        return query_words().elsewhere.get(first, "")

    def _understood(self, text: str) -> bool:
        tree = self._parser.parse("question", self._parser.tokens(text), text)
        return not isinstance(tree, Failure)

    def _worded(self, line: str) -> Iterator[str]:
        said = [word for word in _words(line) if word not in self._plain]
        matches = [
            match for match in self._index.find(" ".join(said), _MOST) if len(match.words) > len(said) * _COVERED
        ]
        most = max((len(match.words) for match in matches), default=0)
        yield from (match.entry.id for match in matches if len(match.words) == most)

    def _of_criteria(self, rest: str) -> Iterator[str]:
        """Questions for a criterion whose title holds, in some form, every word that was not understood."""
        said = _words(rest)
        for match in self._criteria.find(rest, _MOST) if said else ():
            title = _words(match.entry.title)
            if all(any(word.startswith(_begin(each)) for word in title) for each in said):
                yield query_words().offer_of_criterion.format(match.entry.title)

    @cached_property
    def _plain(self) -> frozenset[str]:
        """Words that stand in any question, and say nothing of what one is about."""
        phrases = query_words().phrases
        return frozenset(
            word for name in ("listed", "counted", "cases") for text in phrases[name] for word in text.split()
        )

    @staticmethod
    def _of_days(line: str) -> Iterator[str]:
        for found in _DAY.finditer(line):
            try:
                day = (
                    datetime.date.fromisoformat(found["iso"])
                    if found["iso"]
                    else datetime.date(int(found["year"]), _MONTHS[found["month"].casefold()], int(found["day"]))
                )
                yield query_words().offer_of_day.format(day, day + datetime.timedelta(days=1))
            except (ValueError, OverflowError):  # no day of the calendar, or its last one
                continue

    @cached_property
    def _index(self) -> Search:
        offers = query_words().offers
        return Search([Entry(kind="", id=text, title=text, says=words) for text, words in offers.items()])

    @cached_property
    def _criteria(self) -> Search:
        decide = [item for item in self._grammar.base.criteria.values() if item.weighing]
        return Search([Entry(kind="", id=item.id, title=item.title, says="") for item in decide])


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+", text.casefold()) if word not in EMPTY_WORDS]


def _begin(word: str) -> str:
    """The beginning of a word that its other forms share."""
    return word[: max(_LEAST_STEM, len(word) - _LONGEST_ENDING)]
