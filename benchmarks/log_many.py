"""How long it takes to decide a large log again: `legit kb diff --log` and `legit log replay`.

    python benchmarks/log_many.py make LOG [--decisions 1000000] [--distinct 50000]
    python benchmarks/log_many.py run LOG

`make` writes a log. Half of its decisions repeat the cases of the base (examples and precedents), as forms that come
again and again do. The other half is drawn from `--distinct` generated cases: cases of the base with sentences left out
and sentences of others put in, a fifth of them with quoted texts of their own. Each decision has its own time and
session. `run` gives the two commands the log and prints the time on the wall, the time of the processors and the memory
at most of all processes together. The other base is the shipped one without its last criterion.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batch import drawn_rows, sentences_of_cases
from process_memory import most_memory

from legit.decision_log import DecisionLog
from legit.decision_log.entries import canonical_json
from legit.decision_log.log import utc_now
from legit.decision_log.store import PendingEntry
from legit.errors import LegitError
from legit.judge import cached_judge

POLICY = "omitted"
GROUP = 5000


def entry_bodies(rows: list[list[str]]) -> list[bytes]:
    """The entries of the decisions of those rows that are a case."""
    judge, found = cached_judge(), []
    log = DecisionLog(Path("unused"), text_policy=POLICY)
    for row in rows:
        try:
            _, entry = log._assess_one(judge.parse_case("\n".join(row)), judge, {}, 5.0)
        except LegitError:
            continue
        found.append(entry.body)
    return found


def generated_rows(count: int) -> list[list[str]]:
    """Rows near the cases of the base, a fifth of them with quoted texts that no other row has."""
    judge, chance = cached_judge(), random.Random(3)
    rows = drawn_rows(judge, count)
    for number, row in enumerate(rows):
        if chance.random() < 0.2:
            row.append(f'The rule forbids "thing {number}".')
    return rows


def make(path: Path, decisions: int, distinct: int, workers: int = 2) -> None:
    """Write the log."""
    judge = cached_judge()
    known = entry_bodies(sentences_of_cases(judge, complete=False))
    rows = generated_rows(distinct)
    parts = [rows[start : start + 500] for start in range(0, len(rows), 500)]
    if workers > 1:
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            generated = [body for part in pool.imap(entry_bodies, parts) for body in part]
    else:
        generated = [body for part in parts for body in entry_bodies(part)]
    print(f"{len(known):,} cases of the base and {len(generated):,} generated ones", flush=True)
    with DecisionLog(path, text_policy=POLICY) as log:
        log.assess("The authority is a bank.", judge=judge)
        size, entries = 1, _entries(known, generated)
        while size < decisions:
            group = [next(entries) for _ in range(min(GROUP, decisions - size))]
            log._group_commit.append(group)
            size += len(group)
    print(f"{decisions:,} decisions, {path.stat().st_size / 1e9:.2f} GB")


def _entries(known: list[bytes], generated: list[bytes]) -> Iterator[PendingEntry]:
    """Entries without end, each with its own time and session."""
    chance = random.Random(4)
    decoded: dict[bytes, dict[str, Any]] = {}
    while True:
        body = chance.choice(known if chance.random() < 0.5 else generated)
        record = decoded.get(body) or decoded.setdefault(body, json.loads(body))
        session = f"s-{chance.randrange(10**9)}"
        yield PendingEntry(canonical_json({**record, "time": utc_now(), "caller": {"session": session}}).encode())


def other_base(folder: Path) -> Path:
    """The shipped base without one of its criteria."""
    copy = folder / "other"
    shutil.copytree(cached_judge().base.root, copy)
    name = copy / "criteria/application/dead_letter.lp"
    text = name.read_text(encoding="utf-8")
    rule = next(line for line in text.splitlines(keepends=True) if line.startswith("meets(dead_letter)"))
    before, _, after = text.partition(rule)
    kept = before.rstrip("\n").splitlines()
    while kept and kept[-1].startswith("%"):
        kept.pop()
    name.write_text("\n".join(kept) + "\n" + after, encoding="utf-8")
    return copy


def run(path: Path) -> None:
    """Print the figures of the commands."""
    with tempfile.TemporaryDirectory() as folder:
        other = other_base(Path(folder))
        shipped = cached_judge().base.root
        for words in (
            ["kb", "diff", str(shipped), str(other), "--text-only", "--log", str(path)],
            ["log", "replay", str(path)],
            ["log", "replay", str(path), "--kb", str(other), "--format", "csv"],
        ):
            measure(words)


def measure(words: list[str]) -> None:
    """Run a command of `legit` and print what it took."""
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "legit", *words], stdout=subprocess.PIPE, text=True)
    with most_memory(process.pid) as memory:
        shown, _ = process.communicate()
    after, wall = os.times(), time.perf_counter() - begin
    used = after.children_user + after.children_system - before.children_user - before.children_system
    print(
        f"legit {' '.join(words[:2])}: {wall:.1f} s, {used:.1f} s of the processors, "
        f"{memory.megabytes:.0f} MB at most in {memory.processes} processes"
    )
    print("\n".join(f"    {line}" for line in shown.splitlines()[-12:]), flush=True)


def main() -> None:
    """Make a log, or run the commands on one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "run"))
    parser.add_argument("log", type=Path)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if options.what == "make":
        make(options.log, options.decisions, options.distinct, options.workers)
    else:
        run(options.log)


if __name__ == "__main__":
    main()
