"""Random manipulations of a file against a signed checkpoint: each that changes what is in use is found; and without a
checkpoint no figure is false. `LEGIT_LONG=1` tries 10,000."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from legit.decision_log import Checkpoint, LogReader, PrivateKey
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from tests.decision_log.manipulations import content, figures, manipulate

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]

COUNT = 10_000 if os.environ.get("LEGIT_LONG") else 150
FIRST = int(os.environ.get("LEGIT_SEED", "1"))


def test_what_is_changed_is_found_and_nothing_false_is_counted(
    pristine: tuple[Path, Checkpoint], tmp_path: Path
) -> None:
    original, checkpoint = pristine
    key = PrivateKey.generate(checkpoint.log_name)
    signed = key.public_key.verify(key.sign(checkpoint))
    with LogReader(original).snapshot() as log:
        true_figures = figures(log)
    true_content = content(original)
    path, found, harmless, stopped = tmp_path / "log", 0, 0, 0
    for seed in range(FIRST, FIRST + COUNT):
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        shutil.copy(original, path)
        what = manipulate(path, random.Random(seed))
        result = verify(path, [signed])
        assert all(problem.code[0] == "R" for problem in result.problems), (seed, what)
        if result.valid:
            assert content(path) == true_content, (seed, what)
            harmless += 1
        else:
            found += 1
        try:
            with LogReader(path).snapshot() as log:
                counts, annotations, cases = figures(log)
        except DecisionLogError:
            stopped += 1
            continue
        assert (counts, annotations) == true_figures[:2], (seed, what)
        for number, text in cases.items():  # a text that does not fit is left out, and never another in its place
            assert text == true_figures[2][number] or "⟨" in text, (seed, what)
    print(f"{COUNT} manipulations: {found} found, {harmless} change nothing in use; figures stopped in {stopped}")
    assert found > COUNT / 2
    assert harmless + found == COUNT
