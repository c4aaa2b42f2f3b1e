"""A small dataset, made once."""

from __future__ import annotations

import pytest

from legit.dataset.make import DatasetOptions, make_dataset
from legit.dataset.rows import DatasetRow
from legit.judge import Judge


@pytest.fixture(scope="session")
def rows(judge: Judge) -> list[DatasetRow]:
    """Rows of one domain, of both stances."""
    return make_dataset(judge, DatasetOptions(size=60, domains=("bureaucracy",)))
