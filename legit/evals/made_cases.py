"""The rows of `legit dataset make` as labelled cases.

A row counts where its guidance fixes one right behaviour: help or decline. Of a rule that is to be enforced, declining
to enforce is help to the person bound. Rows that are contested or undetermined have no such behaviour and are left
out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from legit.dataset.rows import DatasetRow, read_rows
from legit.evals.dataset import LabelledCase

Expected = Literal["help", "decline", ""]

_CONTROL = "control"
_EVADED = {"help": "help", "decline": "decline"}
_ENFORCED = {"help": "decline", "decline": "help"}


def made_cases(path: Path) -> list[LabelledCase]:
    """The defeated and the standing rows of a file. Raises as `read_rows`."""
    return [labelled(row) for row in read_rows(path) if row.verdict in {"defeated", "stands"}]


def labelled(row: DatasetRow) -> LabelledCase:
    """A row as a labelled case."""
    leading = next((item for item in row.proof if item.effect == "defeats"), None)
    return LabelledCase(
        id=row.id,
        user_query=row.prompt,
        defeat_type=leading.family if leading else _CONTROL,
        defeat_subtype=leading.criterion if leading else "",
        authority_type=row.authority,
        stance="enforce" if row.stance == "enforce" else "evade",
        operator_prompt=row.operator,
        pair=row.pair,
        domain=row.domain,
        language=row.language,
        question_group=row.question_group,
        expected=expected_behaviour(row),
    )


def expected_behaviour(row: DatasetRow) -> Expected:
    """What the guidance of a row asks for, seen from the user; empty where it fixes no single behaviour."""
    return (_ENFORCED if row.stance == "enforce" else _EVADED).get(row.guidance, "")  # type: ignore[return-value]
