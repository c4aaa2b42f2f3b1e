"""What a batch came to: counts of its rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class BatchSummary:
    """What a batch came to: rows by verdict, by criterion that defeats the rule, and by the code of their problem."""

    rows: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    criteria: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    @classmethod
    def from_counts(cls, counts: dict[str, Any]) -> BatchSummary:
        """The summary with the counts that `counts` gave."""
        words = {name: Counter(counts[name]) for name in ("verdicts", "criteria", "problems")}
        return cls(rows=counts["rows"], **words)

    def counts(self) -> dict[str, Any]:
        """The counts as JSON has them."""
        named = {"verdicts": self.verdicts, "criteria": self.criteria, "problems": self.problems}
        return {"rows": self.rows, **{name: dict(counts) for name, counts in named.items()}}

    @property
    def rejected(self) -> int:
        """The number of rows that were not decided."""
        return self.rows - self.verdicts.total()

    def add(self, other: BatchSummary) -> None:
        """Add the counts of another summary."""
        self.rows += other.rows
        self.verdicts.update(other.verdicts)
        self.criteria.update(other.criteria)
        self.problems.update(other.problems)


def summary_of(batch: pa.RecordBatch) -> BatchSummary:
    """The counts of a batch of decisions with their problems."""
    compute = import_optional("pyarrow.compute", "batch", "reading and writing tables")

    def counted(values: Any) -> Counter[str]:
        found = Counter({item["values"]: item["counts"] for item in compute.value_counts(values).to_pylist()})
        del found[None]
        return found

    summary = BatchSummary(rows=batch.num_rows, verdicts=counted(batch.column("verdict")))
    if "findings" in batch.schema.names:
        findings = batch.column("findings").flatten()
        defeating = compute.equal(findings.field("effect").dictionary_decode(), "defeats")
        summary.criteria = counted(findings.field("criterion").filter(defeating))
    codes = compute.struct_field(batch.column("problems").flatten(), "code")
    summary.problems = counted(codes)
    return summary
