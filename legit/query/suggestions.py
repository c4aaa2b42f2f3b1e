"""Suggests whole queries for one that was not understood."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator
from functools import cached_property

from legit.catalogue.entry import Entry
from legit.catalogue.search import STOP_WORDS, Search
from legit.language.parser import ParseFailure
from legit.query.grammar import QueryGrammar
from legit.query.lexicon import query_lexicon
from legit.query.parser import QueryParser

_MAX_MATCHES = 3
_MIN_WORD_SHARE = 0.3
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_DATE_PATTERN = re.compile(
    r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b"
    rf"|\b(?P<day>\d{{1,2}})\.? (?P<month>{'|'.join(_MONTHS)}),? (?P<year>\d{{4}})\b",
    re.IGNORECASE,
)


class QuerySuggestions:
    """Suggests queries of one grammar by their words. Every suggestion parses."""

    def __init__(self, grammar: QueryGrammar, parser: QueryParser) -> None:
        self._grammar = grammar
        self._parser = parser

    def queries(self, line: str, rest: str, limit: int) -> tuple[str, ...]:
        """The queries nearest to a line, of which `rest` was not understood."""
        found = dict.fromkeys([*self._by_date(line), *self._by_criterion(rest), *self._by_words(line)])
        return tuple(text for text in found if self._is_parsed(text))[:limit]

    def other_command(self, line: str) -> str:
        """The command that answers the line, if no query does."""
        first = next(iter(self._grammar.normaliser.normalise(line)), "")
        return query_lexicon().other_commands.get(first, "")

    def _is_parsed(self, text: str) -> bool:
        tree = self._parser.parse("question", self._parser.tokenize(text), text)
        return not isinstance(tree, ParseFailure)

    def _by_words(self, line: str) -> Iterator[str]:
        said = [word for word in _content_words(line) if word not in self._stop_words]
        matches = [
            match
            for match in self._query_index.find(" ".join(said), _MAX_MATCHES)
            if len(match.matched_words) > len(said) * _MIN_WORD_SHARE
        ]
        most = max((len(match.matched_words) for match in matches), default=0)
        yield from (match.entry.id for match in matches if len(match.matched_words) == most)

    def _by_criterion(self, rest: str) -> Iterator[str]:
        """Queries for a criterion whose title has every word that was not understood, or a similar one."""
        said = _content_words(rest)
        for match in self._criterion_index.find(rest, _MAX_MATCHES) if said else ():
            if match.matched_words == tuple(said):
                yield query_lexicon().criterion_suggestion.format(match.entry.title)

    @cached_property
    def _stop_words(self) -> frozenset[str]:
        """Words that occur in any query and do not show its subject."""
        phrases = query_lexicon().phrases
        return frozenset(
            word for name in ("listed", "counted", "cases") for text in phrases[name] for word in text.split()
        )

    @staticmethod
    def _by_date(line: str) -> Iterator[str]:
        for found in _DATE_PATTERN.finditer(line):
            try:
                day = (
                    datetime.date.fromisoformat(found["iso"])
                    if found["iso"]
                    else datetime.date(int(found["year"]), _MONTHS[found["month"].casefold()], int(found["day"]))
                )
                yield query_lexicon().date_suggestion.format(day, day + datetime.timedelta(days=1))
            except (ValueError, OverflowError):  # no day of the calendar, or its last one
                continue

    @cached_property
    def _query_index(self) -> Search:
        offers = query_lexicon().suggestions
        return Search([Entry(kind="", id=text, title=text, description=words) for text, words in offers.items()])

    @cached_property
    def _criterion_index(self) -> Search:
        decide = [item for item in self._grammar.base.criteria.values() if item.standard_of_review]
        return Search([Entry(kind="", id=item.id, title=item.title, description="") for item in decide])


def _content_words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+", text.casefold()) if word not in STOP_WORDS]
