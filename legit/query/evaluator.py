"""Evaluates queries: the matching cases as rows of a table, lazily, or their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from legit.decision_log.filter_values import filter_values_of_log
from legit.decision_log.filters import predicate_values
from legit.errors import Problem, QueryError
from legit.judge import Judge
from legit.messages import message
from legit.model.facts import Value
from legit.query.citation_query import (
    ENTRY_COLUMNS,
    PINPOINT,
    PINPOINT_COLUMNS,
    Row,
    citing_entries,
    count_citing_entries,
)
from legit.query.corpus import Corpus, CorpusCase
from legit.query.decision_attributes import DecisionAttributes
from legit.query.grammar import QueryGrammar
from legit.query.interpreter import NAME_TERMINALS, QueryInterpreter, unknown_name_problem
from legit.query.matching import Matcher
from legit.query.query_ast import CitationQuery, DecisionAtom, FactAtom, Query, Variable, atoms, dimension_name

MAX_GROUPS = 100_000
"""How many groups are counted at most."""

NO_VALUE = "none"
"""The group of a case that has no value to group by."""

_FILTER_VALUE_FIELDS = {"criterion": "criteria", "family": "families", "guidance": "actions", "right": "rights"}


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: its columns, its rows one at a time, and what one row is.

    `row_kind` is `case`, `group`, `citing_entry` or `answer`, and empty if a table always has one row. `paraphrase`
    says how the query was understood. `notes` explain words of it that are not plain.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]
    row_kind: str = "case"
    paraphrase: str = ""
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def cached_evaluator(judge: Judge) -> QueryEvaluator:
    """The evaluator for a judge's knowledge base, made once in a process."""
    return QueryEvaluator(judge)


class QueryEvaluator:
    """Evaluates queries under one knowledge base. Instances may be shared between threads."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._interpreter = QueryInterpreter(QueryGrammar(judge.base))
        self._matcher = Matcher(DecisionAttributes(judge.base))

    def parse_query(self, text: str, corpus: Corpus) -> Query:
        """A question, as far as these cases can answer it. Raises QueryError: Q1xx as `QueryReader.read` does, Q106 an
        unknown name, Q107 a query for data that these cases do not have.
        """
        question, unknown = self._interpreter.interpret(text)
        if unknown:
            recorded = filter_values_of_log(corpus.log) if corpus.log is not None else None
            for terminal, name in unknown:
                kind = NAME_TERMINALS[terminal]
                known: frozenset[str] = getattr(recorded, _FILTER_VALUE_FIELDS.get(kind, ""), frozenset())
                if name not in known:
                    ours = self._interpreter.grammar.name_ids[terminal].values()
                    raise QueryError(unknown_name_problem(kind, name, known.union(*ours)))
        self._check_answerable(question, corpus)
        return question

    def _check_answerable(self, query: Query, corpus: Corpus) -> None:
        asked = {atom.attribute for atom in atoms(query.condition) if isinstance(atom, DecisionAtom)} | set(
            query.group_by
        )
        needs = {"time": "time", "year": "time", "month": "time", "overridden": "overridden", "override": "overridden"}
        for name in sorted(asked & needs.keys()):
            if needs[name] not in corpus.available_fields:
                missing = message(f"query.field_{needs[name]}")
                what = f"{corpus.description} does not tell {missing}"
                raise QueryError(Problem("Q107", what, help="a decision log does: --log FILE"))
        if "texts" in corpus.available_fields:
            return
        for atom in atoms(query.condition):
            if isinstance(atom, FactAtom):
                predicate = self.judge.base.vocabulary.predicates[atom.predicate]
                for argument, arg in zip(predicate.args, atom.args, strict=True):
                    if argument.type in ("name", "text") and not isinstance(arg, Variable):
                        what = "a question names a text, and records hold no texts"
                        raise QueryError(Problem("Q107", what, help="put a blank in its place: …"))

    def evaluate(self, query: Query, corpus: Corpus) -> Table:
        """The answer. Its rows raise what reading the cases raises, and QueryError (Q203) when there are too many."""
        return self.with_paraphrase(query, self._build_table(query, corpus))

    def with_paraphrase(self, query: Query, table: Table) -> Table:
        """A table with the paraphrase of its query."""
        saying = self._interpreter.paraphraser
        return replace(table, paraphrase=saying.paraphrase(query), notes=saying.notes(query))

    def _build_table(self, query: Query, corpus: Corpus) -> Table:
        if query.citation_query:
            return self._citation_table(query.citation_query, query.is_count)
        blanks = _column_names(query.listed_variables)
        if query.is_count:
            groups = (*blanks.values(), *map(dimension_name, query.group_by))
            columns = (*groups, "cases", *(("share",) if groups else ()))
            return Table(columns, self._count_rows(query, blanks, corpus), "group" if groups else "")
        columns = ("case", corpus.label_field, "verdict", *blanks.values(), *map(dimension_name, query.group_by))
        return Table(tuple(dict.fromkeys(columns)), self._case_rows(query, blanks, corpus))

    def _citation_table(self, query: CitationQuery, counted: bool) -> Table:
        base = self.judge.base
        if counted:
            return Table(("number",), iter([{"number": count_citing_entries(base, query)}]), "")
        columns = PINPOINT_COLUMNS if query.entry_kind == PINPOINT else ENTRY_COLUMNS
        return Table(columns, citing_entries(base, query), "citing_entry")

    def matching_cases(self, query: Query, corpus: Corpus) -> Iterator[CorpusCase]:
        """The cases that match a query."""
        for item in corpus:
            if self._matcher.bindings(query.condition, item):
                yield item

    def _case_rows(self, query: Query, columns: dict[str, str], corpus: Corpus) -> Iterator[Row]:
        for item, filled in self._binding_rows(query, columns, corpus):
            about = {
                "case": item.case_id,
                corpus.label_field: getattr(item, corpus.label_field),
                "verdict": item.answer.verdict.value,
            }
            yield {**about, **filled}

    def _count_rows(self, query: Query, columns: dict[str, str], corpus: Corpus) -> Iterator[Row]:
        counts: Counter[tuple[tuple[str, str], ...]] = Counter()
        seen: tuple[CorpusCase | None, int] = (None, 0)
        for item, filled in self._binding_rows(query, columns, corpus):
            counts[tuple(filled.items())] += 1
            if item is not seen[0]:
                seen = (item, seen[1] + 1)
            if len(counts) > MAX_GROUPS:
                what = f"more than {MAX_GROUPS} groups"
                raise QueryError(Problem("Q203", what, help="count by less, or list the cases"))
        total = seen[1]
        if not columns and not query.group_by:
            counts[()] += 0
        for group, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            share = {"share": f"{number / total:.1%}"} if group else {}
            yield {**dict(group), "cases": number, **share}

    def _binding_rows(
        self, query: Query, columns: dict[str, str], corpus: Corpus
    ) -> Iterator[tuple[CorpusCase, dict[str, str]]]:
        """Each way in which a case meets a query, in words, with the values to group by."""
        says = _BindingFormatter(self.judge, query)
        for item in corpus:
            rows: dict[tuple[tuple[str, str], ...], None] = {}
            for filled in self._matcher.bindings(query.condition, item):
                known = {column: says(name, filled[name]) if name in filled else "" for name, column in columns.items()}
                for row in self._with_groups(known, query.group_by, item):
                    rows[tuple(row.items())] = None
            for found in rows:
                yield item, dict(found)

    def _with_groups(self, row: dict[str, str], by: tuple[str, ...], item: CorpusCase) -> Iterator[dict[str, str]]:
        if not by:
            yield row
            return
        first, *rest = by
        kind, _, predicate = first.partition(" ")
        found: Iterable[str] = (
            self._matcher.attributes.values(kind, item) if not predicate else self._stated_values(item, predicate)
        )
        for value in dict.fromkeys(found if predicate else sorted(found)) or (NO_VALUE,):
            yield from self._with_groups({**row, dimension_name(first): value}, tuple(rest), item)

    def _stated_values(self, item: CorpusCase, predicate: str) -> list[str]:
        """The facts of a case with one predicate, in words."""
        types = [argument.type for argument in self.judge.base.vocabulary.predicates[predicate].args]
        return predicate_values(
            item, predicate, lambda at, value: _format_value(self.judge, types[at] if at < len(types) else "", value)
        )


class _BindingFormatter:
    """Formats the values of wildcards in the words of the vocabulary."""

    def __init__(self, judge: Judge, query: Query) -> None:
        self._judge = judge
        predicates = judge.base.vocabulary.predicates
        self._types = {
            arg.name: argument.type
            for atom in atoms(query.condition)
            if isinstance(atom, FactAtom)
            for argument, arg in zip(predicates[atom.predicate].args, atom.args, strict=True)
            if isinstance(arg, Variable)
        }

    def __call__(self, name: str, value: Value) -> str:
        return _format_value(self._judge, self._types.get(name, ""), value)


def _format_value(judge: Judge, type_name: str, value: Value) -> str:
    """A value in the words of the vocabulary; unchanged if the vocabulary does not have it."""
    known = judge.base.vocabulary.values(type_name)
    if known:
        return known[str(value)].phrase if str(value) in known else str(value)
    return judge.writer.phrase(type_name, value) if type_name and isinstance(value, int) else str(value)


def _column_names(blanks: Iterable[Variable]) -> dict[str, str]:
    """The column of each wildcard by its name; no two columns are equal."""
    columns: dict[str, str] = {}
    for blank in blanks:
        taken = {"case", "title", "time", "cases", "share", *columns.values()}
        names = (blank.column, *(f"{blank.column} {number}" for number in range(2, len(columns) + 3)))
        columns[blank.name] = next(name for name in names if name not in taken)
    return columns
