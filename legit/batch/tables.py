"""Arrow tables in and out: a column of sentences becomes columns of decisions.

>>> import pyarrow as pa
>>> import legit.batch
>>> rules = pa.table({"id": ["a"], "facts": [["The authority is a landlord.", "The user was or is being penalised."]]})
>>> legit.batch.decide(rules).column_names  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit.batch.batch_judge import ROWS_AT_ONCE, BatchDecisions, BatchJudge
from legit.batch.row_filter import parse_filter
from legit.batch.sentence_table import SentenceTable
from legit.engine.decided_case import EFFECT_ORDER
from legit.engine.decision_table import OUTCOME_FIELDS
from legit.errors import BatchError, Problem
from legit.judge import Judge, cached_judge
from legit.language.tokenizer import split_lines
from legit.messages import message
from legit.model.facts import Case
from legit.render.assessment_text import render_assessment

if TYPE_CHECKING:
    import pyarrow as pa

    from legit.engine.columnar import Booleans, Integers

_MOST_SENTENCES = 1 << 17
"""The distinct sentences that are kept from one batch to the next."""

FACTS = "facts"
"""The name of the column of sentences, unless another is given."""


class TableJudge:
    """Decides Arrow record batches under one judge; see `decide`. An instance serves one thread.

    `facts` names the column of sentences: a list of texts for each row, or one text with a sentence a line. Either may
    be dictionary-encoded. `keep` names the columns of the input that the result has too. `explain` has conditions on
    columns of the result, such as `verdict=contested`, or `all`: a row that satisfies them all has its assessment in
    words in the column `reasons`. Raises BatchError: B109 for a condition that cannot be understood, B110 for a kept
    column that has the name of a column of the decisions.
    """

    def __init__(
        self,
        judge: Judge | None = None,
        *,
        facts: str = FACTS,
        keep: Sequence[str] = (),
        findings: bool = True,
        explain: Sequence[str] = (),
    ) -> None:
        self._pa: Any = import_optional("pyarrow", "batch", "reading and writing tables")
        self._np: Any = import_optional("numpy", "batch", "reading and writing tables")
        self._judge = BatchJudge(judge or cached_judge(), findings=findings)
        self._facts = facts
        self._keep = tuple(keep)
        self._findings = findings
        self._next_row = 0
        self._rows: tuple[Integers, Integers] | None = None
        self._looked_up: tuple[pa.Array, SentenceTable, Integers] | None = None
        words: dict[str, Sequence[str]] = {name: self._judge.words(name) for name in OUTCOME_FIELDS}
        self._words_of = {
            name: (self._pa.array(found, type=self._pa.string()), {word: number for number, word in enumerate(found)})
            for name, found in words.items()
        }
        words |= {"findings": self._judge.criteria} if findings else {}
        self._explained = parse_filter(explain, words, [*self._keep, "row", *words])
        self._check_names()

    def _check_names(self) -> None:
        """Raise BatchError (B110) when a kept column has the name of one that is added."""
        for name in self._keep:
            if any(field.name == name for field in self.decision_fields):
                help_ = "give it another name in the input, or do not keep it"
                raise BatchError(Problem("B110", f"the decisions have a column `{name}` of their own", help=help_))

    @cached_property
    def decision_fields(self) -> list[pa.Field]:
        """The fields that are added to the kept ones."""
        pa = self._pa
        words = pa.dictionary(pa.int32(), pa.string())
        finding = pa.struct([("criterion", words), ("effect", words)])
        problem = pa.struct(
            [
                ("line", pa.int32()),
                ("column", pa.int32()),
                ("code", pa.string()),
                ("message", pa.string()),
                ("help", pa.string()),
            ]
        )
        fields = [pa.field("row", pa.int64()), *(pa.field(name, words) for name in OUTCOME_FIELDS)]
        fields += [pa.field("findings", pa.list_(finding))] if self._findings else []
        fields += [pa.field("reasons", pa.string())] if self._explained is not None else []
        return [*fields, pa.field("problems", pa.list_(problem))]

    def decide(self, batch: pa.RecordBatch, first_row: int | None = None) -> pa.RecordBatch:
        """The decisions of a batch, a row for each of its rows, in order.

        `row` numbers the rows from `first_row`, by default from 0 over all batches. A row that cannot be judged has no
        verdict, and `problems` says why: the line is the number of the sentence from 1. Raises BatchError (B101, B102)
        when a column is missing or is no column of sentences.
        """
        pa = self._pa
        self._judge.forget_beyond(_MOST_SENTENCES)
        kept = [self._column(batch, name) for name in self._keep]
        decisions = self._decisions(self._column(batch, self._facts))
        first = self._next_row if first_row is None else first_row
        self._next_row = first + batch.num_rows
        arrays = [pa.array(self._np.arange(first, self._next_row))]
        outcomes = decisions.outcomes
        missing = outcomes < 0
        for field in OUTCOME_FIELDS:
            arrays.append(self._words(field, outcomes, missing))
        if self._findings:
            arrays.append(self._finding_lists(decisions))
        problems = self._problem_lists(decisions, batch.num_rows)
        fields = [*(batch.schema.field(name) for name in self._keep), *self.decision_fields]
        if self._explained is not None:
            names = [field.name for field in fields if field.name not in ("reasons", "problems")]
            decided = pa.RecordBatch.from_arrays([*kept, *arrays], names=names)
            arrays.append(self._reasons(self._explained.selects(decided)))
        return pa.RecordBatch.from_arrays([*kept, *arrays, problems], schema=pa.schema(fields))

    def case(self, row: int) -> Case:
        """The case of a row of the batch that was decided last, numbered from 0 in it. The row must have a verdict."""
        assert self._rows is not None
        starts, numbers = self._rows
        return self._judge.sentences.case(numbers[starts[row] : starts[row + 1]].tolist())

    def _reasons(self, chosen: pa.BooleanArray) -> pa.Array:
        """The assessment of each of the chosen rows in words, as `legit assess` prints it."""
        judge = self._judge.judge
        texts = [
            render_assessment(judge.assess(self.case(row))).strip("\n") if here else None
            for row, here in enumerate(chosen.to_pylist())
        ]
        return self._pa.array(texts, self._pa.string())

    def _column(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        place = batch.schema.get_field_index(name)
        if place < 0:
            there = ", ".join(batch.schema.names)
            raise BatchError(Problem("B101", f"there is no one column `{name}`", help=f"the columns are: {there}"))
        return batch.column(place)

    def _decisions(self, column: pa.Array) -> BatchDecisions:
        """The decisions of a column of sentences."""
        pa, np = self._pa, self._np
        types = pa.types
        if types.is_dictionary(column.type) and not _is_text(types, column.type):
            column = column.dictionary_decode()
        if _is_text(types, column.type):
            column = self._split(column)
        if _is_list(types, column.type) and types.is_string_view(column.type.value_type):
            column = column.cast(pa.large_list(pa.large_string()))
        kind = column.type
        if not _is_list(types, kind) or not _is_text(types, kind.value_type):
            help_ = "a column of sentences is a list of texts, or a text with one sentence a line"
            raise BatchError(Problem("B102", f"`{self._facts}` is of the type {kind}", help=help_))
        starts = column.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
        if column.null_count:
            lengths = np.where(column.is_null().to_numpy(zero_copy_only=False), 0, np.diff(starts))
            starts = np.concatenate([[0], np.cumsum(lengths)])
            values = column.flatten()
        else:
            values = column.values.slice(starts[0], starts[-1] - starts[0])
            starts = starts - starts[0]
        self._rows = starts, self._numbers(values)
        return self._judge.decide(*self._rows)

    def _numbers(self, values: pa.Array) -> Integers:
        """The numbers of sentences; a missing one is an empty text, which is no sentence."""
        if not self._pa.types.is_dictionary(values.type):
            values = values.dictionary_encode()
        indices = values.indices.fill_null(len(values.dictionary)).to_numpy(zero_copy_only=False)
        numbers: Integers = self._numbers_of(values.dictionary)[indices]
        return numbers

    def _numbers_of(self, dictionary: pa.Array) -> Integers:
        """The numbers of the entries of a dictionary, and last that of an empty text. Batches of one table have the
        same dictionary: it is looked up once."""
        sentences = self._judge.sentences
        if self._looked_up is not None:
            known, table, numbers = self._looked_up
            if table is sentences and known.equals(dictionary):
                return numbers
        texts = dictionary.to_pylist()
        numbers = sentences.numbers([*("" if text is None else text for text in texts), ""])
        self._looked_up = dictionary, sentences, numbers
        return numbers

    def _split(self, column: pa.Array) -> pa.Array:
        """A column of texts as lists of their lines; lines without a word are left out."""
        pa = self._pa
        if pa.types.is_string_view(column.type):
            column = column.cast(pa.large_string())
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        texts = column.dictionary.to_pylist()
        lines = [None if text is None else [line for line in split_lines(text) if line.strip()] for text in texts]
        return pa.array(lines, type=pa.list_(pa.string())).take(column.indices)

    def _words(self, field: str, outcomes: Integers, missing: Booleans) -> pa.Array:
        """One field of the outcomes with the given numbers. The dictionary is the same for every batch."""
        pa, np = self._pa, self._np
        words, place = self._words_of[field]
        places = np.array([place[str(getattr(one, field))] for one in self._judge.outcomes] or [0], dtype=np.int32)
        indices = pa.array(places[np.where(missing, 0, outcomes)], mask=missing)
        return pa.DictionaryArray.from_arrays(indices, words)

    def _finding_lists(self, decisions: BatchDecisions) -> pa.Array:
        """The findings of each row, in the order of `Decision.findings`."""
        pa, np = self._pa, self._np
        effects = decisions.effects
        assert effects is not None
        rows, columns = np.nonzero(effects)
        codes = effects[rows, columns]
        order = np.lexsort((columns, codes, rows))
        criteria = pa.DictionaryArray.from_arrays(
            pa.array(columns[order].astype(np.int32)), pa.array(self._judge.criteria, type=pa.string())
        )
        names = pa.DictionaryArray.from_arrays(
            pa.array((codes[order] - 1).astype(np.int32)), pa.array(EFFECT_ORDER, type=pa.string())
        )
        fields = list(self.decision_fields[len(OUTCOME_FIELDS) + 1].type.value_type)
        pairs = pa.StructArray.from_arrays([criteria, names], fields=fields)
        ends = np.cumsum(np.bincount(rows, minlength=len(effects)))
        offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
        missing = pa.array(decisions.outcomes < 0)
        return pa.ListArray.from_arrays(offsets, pairs, mask=missing)

    def _problem_lists(self, decisions: BatchDecisions, count: int) -> pa.Array:
        """The problems of each row."""
        pa, np = self._pa, self._np
        kind = self.decision_fields[-1].type
        rows = sorted(decisions.rejected)
        problems = [
            {"line": one.line, "column": one.column, "code": one.code, "message": one.message, "help": help_of(one)}
            for row in rows
            for one in decisions.rejected[row]
        ]
        lengths = np.zeros(count, dtype=np.int32)
        lengths[rows] = [len(decisions.rejected[row]) for row in rows]
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
        return pa.ListArray.from_arrays(offsets, pa.array(problems, type=kind.value_type), type=kind)


def help_of(problem: Problem) -> str:
    """The help of a problem in one text, with the sentences that are nearest."""
    nearest = [message("problems.did_you_mean", sentence=sentence) for sentence in problem.nearest]
    return "; ".join([*([problem.help] if problem.help else []), *nearest])


def _is_list(types: Any, kind: Any) -> bool:
    return bool(types.is_list(kind) or types.is_large_list(kind))


def _is_text(types: Any, kind: Any) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def decide_batches(
    batches: Iterable[pa.RecordBatch],
    judge: Judge | None = None,
    *,
    facts: str = FACTS,
    keep: Sequence[str] = (),
    findings: bool = True,
    explain: Sequence[str] = (),
) -> Iterator[pa.RecordBatch]:
    """Decide record batches one after another; memory does not grow with their number. See `TableJudge`.

    Raises MissingExtraError (X001) when pyarrow is not installed, and BatchError: B101 and B102 for a column that is
    missing or has no sentences, B109 and B110 as `TableJudge`.
    """
    tables = TableJudge(judge, facts=facts, keep=keep, findings=findings, explain=explain)
    for batch in batches:
        for first in range(0, batch.num_rows, ROWS_AT_ONCE):
            yield tables.decide(batch.slice(first, ROWS_AT_ONCE))


def decide(
    table: pa.Table,
    judge: Judge | None = None,
    *,
    facts: str = FACTS,
    keep: Sequence[str] | None = None,
    findings: bool = True,
    explain: Sequence[str] = (),
) -> pa.Table:
    """Decide the cases of a table: a row for each row, in order, with the columns of `TableJudge`.

    `facts` names the column of sentences; the other columns are kept, or those of `keep`. Takes what has the Arrow
    interface (`__arrow_c_stream__`): a `pyarrow.Table`, a Polars frame, a DuckDB relation. Raises as `decide_batches`.
    """
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    whole = table if isinstance(table, pa.Table) else pa.table(table)
    kept = [name for name in whole.column_names if name != facts] if keep is None else list(keep)
    judged = TableJudge(judge, facts=facts, keep=kept, findings=findings, explain=explain)
    batches = [
        judged.decide(batch.slice(first, ROWS_AT_ONCE))
        for batch in whole.to_batches()
        for first in range(0, batch.num_rows, ROWS_AT_ONCE)
    ]
    schema = pa.schema([*(whole.schema.field(name) for name in kept), *judged.decision_fields])
    return pa.Table.from_batches(batches, schema).unify_dictionaries()
