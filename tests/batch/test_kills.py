"""A batch that is killed at any moment ends, when it is given again, with the bytes of an undisturbed run.

The long run takes LEGIT_BATCH_KILLS=30; 10,000 damaged rows among 100,000 are LEGIT_BATCH_DAMAGED=100000.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from legit.batch import sources
from legit.batch.job import run_batch
from legit.judge import Judge
from tests.batch.test_batch_judge import _rows

KILLS = int(os.environ.get("LEGIT_BATCH_KILLS", "2"))
DAMAGED_AMONG = int(os.environ.get("LEGIT_BATCH_DAMAGED", "1000"))
_SCRIPT = """
import sys
from pathlib import Path
from legit.batch import sources
from legit.batch.job import run_batch
from legit.decision_log.batch_recorder import BatchRecorder
sources.ROWS_IN_UNIT = 50
if __name__ == "__main__":
    source, output, log = map(Path, sys.argv[1:])
    print("begun", flush=True)
    run_batch(str(source), output, workers=2, recorder=BatchRecorder(log), progress=lambda *_: print(".", flush=True))
"""


def _kill(process: subprocess.Popen[str], after: int) -> None:
    """Kill the process when it has printed so many lines, or let it end."""
    assert process.stdout is not None
    for _ in range(after):
        if not process.stdout.readline():
            break
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_batch_that_is_killed_ends_with_the_same_bytes_and_one_entry_a_row(
    tmp_path: Path, judge: Judge, suffix: str
) -> None:
    source, output, log = tmp_path / "in.jsonl", tmp_path / f"out.{suffix}", tmp_path / "decisions.log"
    rows = _rows(judge, 400)
    source.write_text("".join(f"{json.dumps({'facts': row})}\n" for row in rows), encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), str(source), str(output), str(log)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    chance = random.Random(18)
    for _ in range(KILLS):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            _kill(process, chance.randint(0, 8))
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=300)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sources, "ROWS_IN_UNIT", 50)
        summary = run_batch(str(source), tmp_path / f"whole.{suffix}", workers=1)
    assert output.read_bytes() == (tmp_path / f"whole.{suffix}").read_bytes()
    assert not list(tmp_path.glob("*.parts")), "nothing is left"
    from legit.decision_log import DecisionLog

    recorded = [json.loads(body)["caller"]["row"] for _, body in DecisionLog(log).raw_entries() if b'"batch"' in body]
    assert len(recorded) == len(set(recorded)) == summary.rows - summary.rejected


_INTERRUPTED = """
import signal, sys
from pathlib import Path
from legit.batch import sources
from legit.batch.job import run_batch
sources.ROWS_IN_UNIT = 50
signal.signal(signal.SIGINT, signal.default_int_handler)
if __name__ == "__main__":
    print("begun", flush=True)
    run_batch(sys.argv[1], Path(sys.argv[2]), workers=2, progress=lambda *_: print(".", flush=True))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no groups of processes here")
def test_ctrl_c_leaves_no_wrong_unit_and_no_process(tmp_path: Path, judge: Judge) -> None:
    """Ctrl-C reaches all processes of a terminal, so also a worker in the midst of a unit."""
    source, output, script = tmp_path / "in.jsonl", tmp_path / "out.jsonl", tmp_path / "script.py"
    rows = _rows(judge, 400, 7)
    source.write_text("".join(f"{json.dumps({'facts': row})}\n" for row in rows), encoding="utf-8")
    script.write_text(_INTERRUPTED, encoding="utf-8")
    command = [sys.executable, str(script), str(source), str(output)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    chance = random.Random(3)
    for _ in range(2 * KILLS):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
        ) as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 7)):
                process.stdout.readline()
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=60)
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=300)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sources, "ROWS_IN_UNIT", 50)
        run_batch(str(source), tmp_path / "whole.jsonl", workers=1)
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_every_tenth_row_is_damaged_and_every_other_is_decided(tmp_path: Path) -> None:
    """Bytes are cut off, overwritten or doubled at random places: each such row is in the rejects, or is a case yet."""
    chance = random.Random(10)
    good = json.dumps({"facts": ["The authority is a bank.", "Breaking the rule harms nobody."]}).encode()
    damages = (
        lambda line, at: line[:at],
        lambda line, at: line[:at] + b"\xff" + line[at + 1 :],
        lambda line, at: line[:at] + b"\0" + line[at:],
        lambda line, at: line[at:] + line[:at],
    )
    damaged, lines = set(), []
    for row in range(DAMAGED_AMONG):
        line = good
        if row % 10 == 3:
            line = chance.choice(damages)(good, chance.randrange(2, len(good) - 3))
            damaged.add(row)
        lines.append(line + b"\n")
    (tmp_path / "in.jsonl").write_bytes(b"".join(lines))
    summary = run_batch(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", workers=1)
    decided = {json.loads(line)["row"] for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()}
    rejects = (tmp_path / "out.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    rejected = {json.loads(line)["row"] for line in rejects}
    assert rejected == damaged
    assert decided == set(range(DAMAGED_AMONG)) - damaged
    assert (summary.rows, summary.rejected) == (DAMAGED_AMONG, len(damaged))
    assert all(json.loads(line)["problems"][0]["code"] for line in rejects)
