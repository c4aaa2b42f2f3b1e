"""Arrow tables in and out, in every form that a column of sentences may have."""

from __future__ import annotations

import duckdb
import polars
import pyarrow as pa
import pytest

from legit import batch
from legit.errors import BatchError
from legit.judge import Judge

ROWS = [
    ["The authority is a bank.", "Breaking the rule harms nobody."],
    ["The athority is a bank."],
    ["The authority is a school.", 'The standard applied is secret: "nobody may read it".'],
    ["The user was or is being penalised.", "The user was not penalised."],
]
LISTS = pa.array(ROWS, pa.list_(pa.string()))
TEXTS = pa.array(["\n".join(row) for row in ROWS])
WORDS = pa.ListArray.from_arrays(LISTS.offsets, LISTS.values.dictionary_encode())

FORMS = {
    "lists": LISTS,
    "large lists": LISTS.cast(pa.large_list(pa.large_string())),
    "lists of dictionary words": WORDS,
    "texts": TEXTS,
    "large texts": TEXTS.cast(pa.large_string()),
    "a dictionary of texts": TEXTS.dictionary_encode(),
    "a slice": pa.concat_arrays([LISTS.slice(2), LISTS, LISTS]).slice(2, 4),
}


@pytest.mark.parametrize("column", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_decisions_of_each_row(judge: Judge, column: pa.Array) -> None:
    found = batch.decide(pa.table({"id": list("abcd"), "facts": column}), judge).to_pylist()
    assert [row["id"] for row in found] == list("abcd")
    assert [row["row"] for row in found] == [0, 1, 2, 3]
    assert [[problem["code"] for problem in row["problems"]] for row in found] == [[], ["L108"], [], ["C201"]]
    assert [row["verdict"] is None for row in found] == [False, True, False, True]
    for row, sentences in zip(found, ROWS, strict=True):
        if row["verdict"] is not None:
            decision = judge.decide("\n".join(sentences))
            assert {name: row[name] for name in ("scope", "consequence", "stance", "action", "method_harm")} == {
                name: getattr(decision, name) for name in ("scope", "consequence", "stance", "action", "method_harm")
            }
            assert row["verdict"] == decision.verdict.value
            assert [(item["criterion"], item["effect"]) for item in row["findings"]] == list(decision.findings)


def test_what_is_missing_is_a_problem_of_its_row(judge: Judge) -> None:
    column = pa.array(
        [None, ["The authority is a bank.", None], [], ["The authority is a bank."]], pa.list_(pa.string())
    )
    found = batch.decide(pa.table({"facts": column}), judge).to_pylist()
    assert [[(item["code"], item["line"]) for item in row["problems"]] for row in found] == [
        [("L005", 0)], [("L005", 2)], [("L005", 0)], [],
    ]  # fmt: skip


def test_batches_are_numbered_through_and_have_one_schema(judge: Judge) -> None:
    table = pa.table({"facts": LISTS})
    found = list(batch.decide_batches([*table.to_batches(), *table.to_batches()], judge, findings=False))
    assert [row["row"] for one in found for row in one.to_pylist()] == list(range(8))
    assert "findings" not in found[0].schema.names
    assert pa.Table.from_batches(found).num_rows == 8


@pytest.mark.parametrize(
    ("table", "code", "says"),
    [
        (pa.table({"texts": LISTS}), "B101", "the columns are: texts"),
        (pa.table({"facts": [1, 2]}), "B102", "int64"),
        (pa.table([LISTS, LISTS], names=["facts", "facts"]), "B101", "facts, facts"),
    ],
)
def test_a_table_without_sentences_is_refused(judge: Judge, table: pa.Table, code: str, says: str) -> None:
    with pytest.raises(BatchError) as raised:
        batch.decide(table, judge, keep=())
    (problem,) = raised.value.problems
    assert problem.code == code
    assert says in f"{problem.message} {problem.help}"


def test_polars_and_duckdb_are_read_and_written_directly(judge: Judge) -> None:
    frame = polars.DataFrame({"id": list("abcd"), "facts": ROWS})
    verdicts = polars.from_arrow(batch.decide(frame, judge))
    assert isinstance(verdicts, polars.DataFrame)
    expected = batch.decide(pa.table({"id": list("abcd"), "facts": LISTS}), judge)
    assert verdicts["verdict"].cast(polars.String).to_list() == expected["verdict"].to_pylist()

    connection = duckdb.connect()
    relation = connection.from_arrow(frame.to_arrow())
    decided = batch.decide(relation.arrow(), judge)  # DuckDB finds the table by the name of the variable
    counted = connection.sql("select count(*), count(verdict) from decided").fetchall()
    assert counted == [(4, 2)]
    assert decided.num_rows == 4


def test_batches_in_turn_are_read_by_their_own_dictionary(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dictionary that was looked up serves the batches that have it: not another of the same length, and not the
    same one after the table of sentences was begun anew."""
    reordered = pa.array([row[::-1] for row in ROWS[::-1]], pa.list_(pa.string()))
    other = pa.ListArray.from_arrays(reordered.offsets, reordered.values.dictionary_encode())
    tables = [pa.record_batch({"facts": column}) for column in (WORDS, other, WORDS, WORDS)]
    apart = [batch.TableJudge(judge).decide(table).drop_columns(["row"]) for table in tables]
    together = batch.TableJudge(judge)
    assert [together.decide(table).drop_columns(["row"]) for table in tables] == apart
    monkeypatch.setattr("legit.batch.tables._MOST_SENTENCES", 1)
    assert [together.decide(table).drop_columns(["row"]) for table in tables] == apart
