"""A small share of `benchmarks/log_faults.py`: kills, failing system calls and jumping clocks lose nothing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.log_faults import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="it needs a C compiler on Linux"),
]


def test_nothing_is_lost_under_faults(tmp_path: Path) -> None:
    outcome = run(tmp_path, kills=8, faults=8, entries=21, processes=3, threads=3, rate=8000)
    assert outcome.good, outcome
    assert outcome.kills == 8
    assert outcome.faults.total() >= 8
    assert outcome.acknowledged > 20
    assert all(error.startswith(("R101", "R103")) for error in outcome.errors), outcome.errors
