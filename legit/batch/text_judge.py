"""Decides many texts, each of one or more cases: what `Judge.parse_cases` and `Judge.decide` say of each.

A text of one case whose sentences stand one to a line is decided in columns, as a row of a batch; so most texts are.
Any other text is read as a whole. Texts that are the same are decided once. Few texts, and texts where numpy is not
installed, are decided one at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from legit._util.optional import is_installed
from legit.errors import CaseError, LegitError, Problem
from legit.judge import TIME_LIMIT, Judge
from legit.language.tokenizer import split_lines
from legit.model.assessment import Decision
from legit.model.facts import Case

if TYPE_CHECKING:
    from legit.batch.batch_judge import BatchJudge

TEXTS_AT_ONCE = 1 << 12
"""The texts that are best given at once."""

_FEW = 32
"""So few texts are decided one at a time: the columns would take longer to make."""

_LONGEST_ROW = 100_000
"""The characters of a text that is taken as a row: it then keeps to every limit of a text."""

_MOST_DECIDED = 1 << 13
"""The texts whose decisions are kept from one call to the next, each under the hash of the text."""

_MOST_SENTENCES = 1 << 16
"""The distinct sentences that are kept from one call to the next."""


class DecidedCase(NamedTuple):
    """The name of a case, empty if it has none, and its decision."""

    name: str
    decision: Decision


class DecidedText(NamedTuple):
    """The cases of a text, or the problems for which it could not be decided."""

    cases: tuple[DecidedCase, ...]
    problems: tuple[Problem, ...] = ()


class TextJudge:
    """Decides texts under one judge. An instance keeps what it has read and decided; it serves one thread.

    `time_limit` is in seconds for each case that needs a search.
    """

    def __init__(self, judge: Judge, *, time_limit: float = TIME_LIMIT) -> None:
        self.judge = judge
        self._time_limit = time_limit
        self._decided: dict[bytes, DecidedText] = {}
        self._headings: dict[str, str | None] = {}

    @cached_property
    def _columns(self) -> BatchJudge:
        from legit.batch.batch_judge import BatchJudge  # needs numpy

        return BatchJudge(self.judge, time_limit=self._time_limit)

    def decide(self, texts: Sequence[str]) -> list[DecidedText]:
        """The decisions of texts, in order."""
        keys = [hashlib.sha256(text.encode(errors="surrogatepass")).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._decided}
        found = {key: self._decided[key] for key in keys if key not in new}
        by_text = self._new(list(new.values()))
        found.update((key, by_text[text]) for key, text in new.items())
        if len(self._decided) + len(new) > _MOST_DECIDED:
            self._decided.clear()
        self._decided.update((key, found[key]) for key in new)
        return [found[key] for key in keys]

    def _new(self, texts: Sequence[str]) -> dict[str, DecidedText]:
        """The decisions of texts that are all different."""
        found: dict[str, DecidedText] = {}
        if len(texts) > _FEW and is_installed("numpy"):
            found = dict(self._plain(texts))
        found.update(self._whole([text for text in texts if text not in found]))
        return found

    def _plain(self, texts: Iterable[str]) -> Iterator[tuple[str, DecidedText]]:
        """The texts that are rows of sentences, each decided."""
        import numpy as np

        columns = self._columns
        columns.forget_beyond(_MOST_SENTENCES)
        rows = [(text, *row) for text in texts if (row := self._row(text)) is not None]
        if not rows:
            return
        starts = np.cumsum([0, *(len(sentences) for _, _, sentences in rows)])
        numbers = columns.sentences.numbers(sentence for _, _, sentences in rows for sentence in sentences)
        found = columns.decide(starts, numbers)
        for number, ((text, name, _), outcome) in enumerate(zip(rows, found.outcomes.tolist(), strict=True)):
            if outcome >= 0 and found.effects is not None:
                yield text, DecidedText((DecidedCase(name, columns.decision(outcome, found.effects[number])),))

    def _row(self, text: str) -> tuple[str, list[str]] | None:
        """The name of the only case of a text, and its lines; None for a text that is too long for a row."""
        if len(text) > _LONGEST_ROW:
            return None
        lines = [line for line in split_lines(text) if line.strip()]
        name = self._heading(lines[0]) if lines and lines[0][:4].lower() == "case" else None
        return ("", lines) if name is None else (name, lines[1:])

    def _heading(self, line: str) -> str | None:
        """The name in a line that is a heading and nothing else; None for any other line."""
        if line not in self._headings:
            if len(self._headings) >= _MOST_SENTENCES:
                self._headings.clear()
            cases, problems = self.judge.reader.parse(line, strict=False)
            alone = not problems and len(cases) == 1 and not cases[0].statements
            self._headings[line] = cases[0].name if alone else None
        return self._headings[line]

    def _whole(self, texts: Iterable[str]) -> Iterator[tuple[str, DecidedText]]:
        """Texts that are read as a whole, each decided or with its problems."""
        read: list[tuple[str, tuple[Case, ...]]] = []
        for text in texts:
            try:
                read.append((text, self.judge.parse_cases(text)))
            except LegitError as error:
                yield text, DecidedText((), error.problems)
        cases = [case for _, found in read for case in found]
        if len(cases) > _FEW and is_installed("numpy"):
            try:
                decisions = iter(self._columns.decide_cases(cases))
            except CaseError:
                pass  # one of them has too many names: it is found below
            else:
                for text, found in read:
                    yield text, DecidedText(tuple(DecidedCase(case.name, next(decisions)) for case in found))
                return
        for text, found in read:
            try:
                each = [DecidedCase(case.name, self.judge.decide(case, time_limit=self._time_limit)) for case in found]
                yield text, DecidedText(tuple(each))
            except LegitError as error:
                yield text, DecidedText((), error.problems)
