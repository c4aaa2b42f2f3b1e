"""Answering questions: the cases that are asked for as rows of a table, one at a time, or their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from legit.decision_log.filter_values import of_log
from legit.decision_log.filters import values
from legit.errors import Problem, QueryError
from legit.judge import Judge
from legit.model.facts import Value
from legit.query.citation_query import COLUMNS, PLACE, PLACE_COLUMNS, Row, how_many, things
from legit.query.corpus import Corpus, Item
from legit.query.decision_attributes import Relations
from legit.query.grammar import QueryGrammar
from legit.query.interpreter import NAMED, QueryReader, unknown_name
from legit.query.matching import Matcher
from legit.query.query_ast import Citing, Question, Stated, Told, Variable, atoms

MOST_GROUPS = 100_000
"""How many groups are counted at most."""

NONE = "none"
"""What a case counts under that has no value to be counted by."""

_KNOWN_NAMES = {"criterion": "criteria", "family": "families", "guidance": "actions", "right": "rights"}


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: its columns, its rows one at a time, and what one row is, in words.

    `understood` says how the question was understood, `notes` what its words mean where that is not plain.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]
    what: str = "case"
    understood: str = ""
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def asker_for(judge: Judge) -> Asker:
    """What answers questions under a judge's knowledge base, made once in a process."""
    return Asker(judge)


class Asker:
    """Answers questions under one knowledge base. Instances may be shared between threads."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._reader = QueryReader(QueryGrammar(judge.base))
        self._matcher = Matcher(Relations(judge.base))

    def question(self, text: str, corpus: Corpus) -> Question:
        """A question, as far as these cases can answer it. Raises QueryError: Q1xx as `QueryReader.read` does, Q106 a
        name that nothing has, Q107 what these cases cannot tell.
        """
        question, unknown = self._reader.read(text)
        if unknown:
            recorded = of_log(corpus.log) if corpus.log is not None else None
            for terminal, name in unknown:
                kind = NAMED[terminal]
                known: frozenset[str] = getattr(recorded, _KNOWN_NAMES.get(kind, ""), frozenset())
                if name not in known:
                    ours = self._reader.grammar.names[terminal].values()
                    raise QueryError(unknown_name(kind, name, known.union(*ours)))
        self._check(question, corpus)
        return question

    def _check(self, question: Question, corpus: Corpus) -> None:
        asked = {atom.relation for atom in atoms(question.condition) if isinstance(atom, Told)} | set(question.by)
        needs = {"time": "time", "year": "time", "month": "time", "overridden": "overridden", "override": "overridden"}
        for name in sorted(asked & needs.keys()):
            if needs[name] not in corpus.tells:
                message = f"{corpus.name} does not tell {_TELLS[needs[name]]}"
                raise QueryError(Problem("Q107", message, help="a decision log does: --log FILE"))
        if "texts" in corpus.tells:
            return
        for atom in atoms(question.condition):
            if isinstance(atom, Stated):
                predicate = self.judge.base.vocabulary.predicates[atom.predicate]
                for argument, arg in zip(predicate.args, atom.args, strict=True):
                    if argument.type in ("name", "text") and not isinstance(arg, Variable):
                        message = "a question names a text, and records hold no texts"
                        raise QueryError(Problem("Q107", message, help="put a gap in its place: …"))

    def ask(self, question: Question, corpus: Corpus) -> Table:
        """The answer. The rows raise what reading the cases raises, and QueryError (Q203) where there are too many."""
        return self.explained(question, self._table(question, corpus))

    def explained(self, question: Question, table: Table) -> Table:
        """A table with how the question behind it was understood."""
        saying = self._reader.saying
        return replace(table, understood=saying.question(question), notes=saying.notes(question))

    def _table(self, question: Question, corpus: Corpus) -> Table:
        if question.citing:
            return self._things(question.citing, question.counted)
        gaps = _headed(question.gaps)
        if question.counted:
            groups = (*gaps.values(), *map(_spaced, question.by))
            columns = (*groups, "cases", *(("share",) if groups else ()))
            return Table(columns, self._counts(question, gaps, corpus), "group" if groups else "")
        columns = ("case", corpus.about, "verdict", *gaps.values(), *map(_spaced, question.by))
        return Table(tuple(dict.fromkeys(columns)), self._rows(question, gaps, corpus))

    def _things(self, asked: Citing, counted: bool) -> Table:
        base = self.judge.base
        if counted:
            return Table(("number",), iter([{"number": how_many(base, asked)}]), "")
        columns = PLACE_COLUMNS if asked.kind == PLACE else COLUMNS
        return Table(columns, things(base, asked), "such thing")

    def found(self, question: Question, corpus: Corpus) -> Iterator[Item]:
        """The cases that are asked for."""
        for item in corpus:
            if self._matcher.fillings(question.condition, item):
                yield item

    def _rows(self, question: Question, gaps: dict[str, str], corpus: Corpus) -> Iterator[Row]:
        for item, filled in self._filled(question, gaps, corpus):
            about = {
                "case": item.number,
                corpus.about: getattr(item, corpus.about),
                "verdict": item.answer.verdict.value,
            }
            yield {**about, **filled}

    def _counts(self, question: Question, gaps: dict[str, str], corpus: Corpus) -> Iterator[Row]:
        counts: Counter[tuple[tuple[str, str], ...]] = Counter()
        seen: tuple[Item | None, int] = (None, 0)
        for item, filled in self._filled(question, gaps, corpus):
            counts[tuple(filled.items())] += 1
            if item is not seen[0]:
                seen = (item, seen[1] + 1)
            if len(counts) > MOST_GROUPS:
                message = f"more than {MOST_GROUPS} groups"
                raise QueryError(Problem("Q203", message, help="count by less, or list the cases"))
        total = seen[1]
        if not gaps and not question.by:
            counts[()] += 0
        for group, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            share = {"share": f"{number / total:.1%}"} if group else {}
            yield {**dict(group), "cases": number, **share}

    def _filled(
        self, question: Question, gaps: dict[str, str], corpus: Corpus
    ) -> Iterator[tuple[Item, dict[str, str]]]:
        """Each way in which a case meets a question, in words, with what it is grouped by."""
        says = _Words(self.judge, question)
        for item in corpus:
            rows: dict[tuple[tuple[str, str], ...], None] = {}
            for filled in self._matcher.fillings(question.condition, item):
                known = {column: says(name, filled[name]) if name in filled else "" for name, column in gaps.items()}
                for row in self._grouped(known, question.by, item):
                    rows[tuple(row.items())] = None
            for found in rows:
                yield item, dict(found)

    def _grouped(self, row: dict[str, str], by: tuple[str, ...], item: Item) -> Iterator[dict[str, str]]:
        if not by:
            yield row
            return
        first, *rest = by
        kind, _, predicate = first.partition(" ")
        found: Iterable[str] = (
            self._matcher.relations.values(kind, item) if not predicate else self._said(item, predicate)
        )
        for value in dict.fromkeys(found if predicate else sorted(found)) or (NONE,):
            yield from self._grouped({**row, _spaced(first): value}, tuple(rest), item)

    def _said(self, item: Item, predicate: str) -> list[str]:
        """What a case says with a predicate, in words."""
        types = [argument.type for argument in self.judge.base.vocabulary.predicates[predicate].args]
        return values(
            item, predicate, lambda at, value: _worded(self.judge, types[at] if at < len(types) else "", value)
        )


_TELLS = {"time": "when a case was decided", "overridden": "whether somebody decided otherwise"}


class _Words:
    """Says what fills a gap in the words of the vocabulary."""

    def __init__(self, judge: Judge, question: Question) -> None:
        self._judge = judge
        predicates = judge.base.vocabulary.predicates
        self._types = {
            arg.name: argument.type
            for atom in atoms(question.condition)
            if isinstance(atom, Stated)
            for argument, arg in zip(predicates[atom.predicate].args, atom.args, strict=True)
            if isinstance(arg, Variable)
        }

    def __call__(self, name: str, value: Value) -> str:
        return _worded(self._judge, self._types.get(name, ""), value)


def _worded(judge: Judge, type_name: str, value: Value) -> str:
    """A value in the words of the vocabulary; as it is where that does not know it."""
    known = judge.base.vocabulary.values(type_name)
    if known:
        return known[str(value)].phrase if str(value) in known else str(value)
    return judge.writer.phrase(type_name, value) if type_name and isinstance(value, int) else str(value)


def _headed(gaps: Iterable[Variable]) -> dict[str, str]:
    """By the name of each gap the column that it fills, no two alike."""
    columns: dict[str, str] = {}
    for gap in gaps:
        taken = {"case", "title", "time", "cases", "share", *columns.values()}
        names = (gap.column, *(f"{gap.column} {number}" for number in range(2, len(columns) + 3)))
        columns[gap.name] = next(name for name in names if name not in taken)
    return columns


def _spaced(dimension: str) -> str:
    return dimension.rpartition(" ")[2].replace("_", " ")
