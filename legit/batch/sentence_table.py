"""The distinct sentences of a batch: each has a number, under which it is read again only where that is needed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from legit._util.optional import import_optional
from legit.errors import Problem
from legit.judge import Judge
from legit.knowledge.case_validation import validate_case
from legit.knowledge.lexicon import MEASURES
from legit.knowledge.vocabulary import QUOTED_TYPES
from legit.language.tokenizer import QUOTATION_PATTERN
from legit.model.facts import Case, Fact, SourceSpan, Statement, Truth

if TYPE_CHECKING:
    from legit.engine.columnar import Booleans, Integers

NOTHING, TRUE, FALSE, UNKNOWN, PARTICULAR, BAD = range(6)
"""What a sentence is for the columns: no input at all, an input that is true, false or unknown, a sentence whose inputs
depend on the other sentences of its case, or a sentence that cannot be judged."""


_MOST_PARSED = 1 << 12
"""The sentences of which the statements are kept: they take kilobytes. Those of another are read again when needed."""

_MOST_IN_A_FORM = 500
"""The characters of a sentence that may be taken as another of its form: far below the limits of a sentence."""

_QUOTATION = re.compile(QUOTATION_PATTERN)
_WORDS_IN_QUOTATION = re.compile(r'"[^\W_][\w ,;:()/&-]*"')


class Sentence(NamedTuple):
    """What one sentence of a batch says; `problems` if it was not understood."""

    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]


class SentenceTable:
    """The sentences met so far. `kinds` and `symbols` are arrays by the number of the sentence.

    A symbol is the number of an input of the judge's smallest program: `symbol_number` of its columnar decider gives
    it. Raises MissingExtraError (X001) when numpy is not installed.
    """

    def __init__(self, judge: Judge, number_symbol: Any) -> None:
        self._np: Any = import_optional("numpy", "batch", "deciding many cases at once")
        self._judge = judge
        self._number_symbol = number_symbol
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []
        self._parsed = lru_cache(_MOST_PARSED)(partial(_parsed, judge))
        self._by_form: dict[str, int] = {}
        self._kinds: list[int] = []
        self._symbols: list[int] = []
        self._arrays: tuple[Integers, Integers] | None = None
        self._encoder = judge.encoder
        self.rivals = _Rivals(judge, self._np)

    def __len__(self) -> int:
        return len(self._texts)

    def numbers(self, texts: Iterable[str]) -> Integers:
        """The number of each of the texts; what is new is parsed."""
        known = self._numbers
        found = []
        for text in texts:
            number = known.get(text)
            found.append(self._added(text) if number is None else number)
        numbers: Integers = self._np.array(found, dtype=self._np.int64)
        return numbers

    @property
    def kinds(self) -> Integers:
        """The kind of each sentence."""
        return self._as_arrays()[0]

    @property
    def symbols(self) -> Integers:
        """The number of the input of each sentence; 0 for one without."""
        return self._as_arrays()[1]

    def _as_arrays(self) -> tuple[Integers, Integers]:
        if self._arrays is None or len(self._arrays[0]) < len(self._kinds):
            integer = self._np.int64
            self._arrays = self._np.array(self._kinds, integer), self._np.array(self._symbols, integer)
        return self._arrays

    def sentence(self, number: int) -> Sentence:
        """What the sentence with a number says."""
        return self._parsed(self._texts[number])

    def _added(self, text: str) -> int:
        number = self._numbers[text] = len(self._texts)
        self._texts.append(text)
        form = _form(text)
        other = self._by_form.get(form) if form else None
        if other is not None:
            self._kinds.append(self._kinds[other])
            self._symbols.append(self._symbols[other])
            self.rivals.add_like(other)
            return number
        sentence = self._parsed(text)
        kind, symbol = self._classified(sentence)
        self._kinds.append(kind)
        self._symbols.append(symbol)
        self.rivals.add(sentence, symbol if kind in (TRUE, FALSE, UNKNOWN) else None)
        if form and self._is_same_in_its_form(sentence, kind):
            self._by_form[form] = number
        return number

    def _is_same_in_its_form(self, sentence: Sentence, kind: int) -> bool:
        """Whether a sentence is to the columns what it would be with other words in its quotations."""
        if kind in (PARTICULAR, BAD):
            return False
        facts = [statement for statement in sentence.statements if isinstance(statement, Fact)]
        predicates = self._judge.base.vocabulary.predicates
        types = {argument.type for fact in facts for argument in predicates[fact.predicate].args}
        return kind == NOTHING or not types & QUOTED_TYPES

    def _classified(self, sentence: Sentence) -> tuple[int, int]:
        if sentence.problems:
            return BAD, 0
        if not any(isinstance(statement, Fact) for statement in sentence.statements):
            return NOTHING, 0
        if len(sentence.statements) > 1:
            return PARTICULAR, 0
        fact = sentence.statements[0]
        assert isinstance(fact, Fact)
        if not self._encoder.is_context_free(fact):
            return PARTICULAR, 0
        symbol = self._encoder.symbol(fact)
        if not symbol:
            return NOTHING, 0
        kind = {Truth.TRUE: TRUE, Truth.FALSE: FALSE, Truth.UNKNOWN: UNKNOWN}[fact.truth]
        return kind, self._number_symbol(symbol)

    def case(self, numbers: Iterable[int], name: str = "") -> Case:
        """The case of some sentences. The line of a sentence is its place among them, from 1."""
        statements = [
            statement.model_copy(update={"span": _moved(statement.span, line)})
            for line, number in enumerate(numbers, start=1)
            for statement in self.sentence(number).statements
        ]
        facts = tuple(item for item in statements if isinstance(item, Fact))
        opinions = tuple(item for item in statements if not isinstance(item, Fact))
        return Case.model_construct(name=name, facts=facts, opinions=opinions)

    def problems(self, numbers: Iterable[int]) -> Iterator[Problem]:
        """What was not understood in some sentences. The line of a problem is the place of its sentence, from 1."""
        for line, number in enumerate(numbers, start=1):
            for problem in self.sentence(number).problems:
                yield dataclasses.replace(problem, line=line)


def _form(text: str) -> str:
    """A sentence without the words that it quotes; empty if it quotes none, or if they may matter to its reading."""
    if '"' not in text or "#" in text or len(text) > _MOST_IN_A_FORM:
        return ""
    form = _QUOTATION.sub(_without_words, text)
    return form if form != text else ""


def _without_words(quotation: re.Match[str]) -> str:
    return '"x"' if _WORDS_IN_QUOTATION.fullmatch(quotation.group()) else quotation.group()


def _parsed(judge: Judge, text: str) -> Sentence:
    cases, problems = judge.reader.parse(text, strict=False)
    if not problems and (len(cases) != 1 or cases[0].name or not cases[0].statements):
        problems = (Problem("L005", "a heading or no sentence where the sentences of one case are expected", 1, 1),)
    if not problems:
        problems = tuple(validate_case(judge.base.vocabulary, cases[0]))
    return Sentence(() if problems else cases[0].statements, problems)


def _moved(span: SourceSpan | None, line: int) -> SourceSpan | None:
    return span.model_copy(update={"line": line}) if span else None


class _Rivals:
    """Which rows may contradict themselves or state what is compared, so that each is looked at as one case.

    `groups` has for each sentence the number of a group of which a row states at most one sentence without suspicion;
    0 for none. Such are the sentences of one measure, and those of one predicate that no rule reads.
    """

    def __init__(self, judge: Judge, np: Any) -> None:
        self._np = np
        self._vocabulary = judge.base.vocabulary
        self._numbers: dict[str, int] = {}
        self._groups: list[int] = []
        self._by_predicate: dict[str, set[int]] = {}

    def add(self, sentence: Sentence, symbol: int | None) -> None:
        """Take up a sentence and the number of its input, if it has one."""
        group = ""
        for statement in sentence.statements:
            if isinstance(statement, Fact):
                predicate = self._vocabulary.predicates[statement.predicate]
                measures = sorted({argument.type for argument in predicate.args} & MEASURES)
                group = measures[0] if measures else "" if symbol is not None else predicate.id
                if symbol is not None and predicate.id in self._vocabulary.exclusive_predicates:
                    self._by_predicate.setdefault(predicate.id, set()).add(symbol)
        self._groups.append(self._numbers.setdefault(group, len(self._numbers) + 1) if group else 0)

    def add_like(self, number: int) -> None:
        """Take up a sentence that is like the one with a number, but for the words that it quotes."""
        self._groups.append(self._groups[number])

    def repeated(self, count: int, rows: Integers, numbers: Integers) -> Booleans:
        """Whether each sentence is of a group of which its row states another one too."""
        np = self._np
        groups = np.array(self._groups, dtype=np.int64)[numbers]
        width = len(self._numbers) + 1
        places = rows * width + groups
        times = np.bincount(places, minlength=count * width)
        found: Booleans = (groups > 0) & (times[places] > 1)
        return found

    def contradictory(self, columns: dict[int, dict[int, int]]) -> int:
        """The mask of the rows that state one input in two ways, or two inputs that may exclude each other.

        `columns` has, for the kinds TRUE, FALSE and UNKNOWN, the mask of the rows that state an input so.
        """
        true, false, unknown = columns[TRUE], columns[FALSE], columns[UNKNOWN]
        found = 0
        for one, other in ((true, false), (true, unknown), (false, unknown)):
            for symbol in one.keys() & other.keys():
                found |= one[symbol] & other[symbol]
        affirmed: dict[str, int] = {}
        for name, symbols in self._by_predicate.items():
            seen = 0
            for symbol in symbols & true.keys():
                if self._vocabulary.predicates[name].spec.functional:
                    found |= seen & true[symbol]
                seen |= true[symbol]
            affirmed[name] = seen
        for name, mask in affirmed.items():
            for rival in self._vocabulary.exclusive_predicates[name] - {name}:
                found |= mask & affirmed.get(rival, 0)
        return found


__all__ = ["BAD", "FALSE", "NOTHING", "PARTICULAR", "TRUE", "UNKNOWN", "Sentence", "SentenceTable"]
