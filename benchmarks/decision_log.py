"""The decision log under load and attack: `python benchmarks/decision_log.py [append|kill|corrupt|replay|large ...]`.

Every part prints its figures and stops with an assertion when something was lost or went unseen. `append` and `large`
repeat the entries of the examples, so that the log is measured and not the judge.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from legit._util.safe_csv import write_table
from legit.decision_log import DecisionLog, LogReader, checkpoint_with_file_digest
from legit.decision_log.database import open_for_read
from legit.decision_log.entries import Decision
from legit.decision_log.export import export_lines, verify_export, write_csv, write_parquet
from legit.decision_log.filters import DecisionFilter, count_decisions, filter_decisions
from legit.decision_log.metrics import compute_log_metrics
from legit.decision_log.redaction import StoredText
from legit.decision_log.replay import replay
from legit.decision_log.store import PendingEntry
from legit.decision_log.verify import Verification, verify
from legit.errors import DecisionLogError
from legit.judge import cached_judge
from legit.query.corpus import Corpus
from legit.query.evaluator import cached_evaluator

QUERIES = (
    "which defeated cases are based on evidence from the user only?",
    "which rules by a landlord reach the inside of the home?",
    "how many cases by family and authority",
)
EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.legit"))


def example_texts() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in EXAMPLES]


def seeded_log(path: Path, text_policy: str = "omitted") -> tuple[DecisionLog, list[PendingEntry]]:
    """A log of the examples, and its decisions as entries to append again."""
    log = DecisionLog(path, text_policy=text_policy)
    log.assess_many(example_texts())
    with open_for_read(path) as connection:
        query = "SELECT placeholder, salt, text FROM texts WHERE entry = ?"
        beside = {number: connection.execute(query, (number,)).fetchall() for number in range(len(log))}
    return log, [
        PendingEntry(
            log.raw_entry(number), {stand_in: StoredText(salt, text) for stand_in, salt, text in beside[number]}
        )
        for number, item in log.entries()
        if isinstance(item, Decision)
    ]


def append(folder: Path, number: int = 50_000) -> None:
    """Acknowledged entries per second: threads that wait for each other's commits, one writer, and large groups."""
    log, entries = seeded_log(folder / "log")
    for threads, group in ((1, 1), (16, 1), (128, 1), (1, 100)):
        share = (number if group > 1 else number // 5) // threads // group

        def work(share: int = share, group: int = group) -> None:
            for at in range(share):
                log._group_commit.append([entries[(at + item) % len(entries)] for item in range(group)])

        workers = [threading.Thread(target=work) for _ in range(threads)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        rate = share * threads * group / (time.perf_counter() - start)
        print(f"append: {threads} threads, groups of {group}: {rate:,.0f} entries/s")
    assert verify(log.path, [log.checkpoint()]).valid


def _append_forever(path: Path, name: str, acknowledgements: int) -> None:
    log, judge = DecisionLog(path), cached_judge()
    for at in range(1_000_000):
        log.assess("The authority is a bank.", judge=judge, caller={"id": f"{name}-{at}"})
        os.write(acknowledgements, f"{name}-{at}\n".encode())


def kill(folder: Path, number: int = 1000) -> None:
    """SIGKILL at random moments to one of four writers at a time; each is replaced by another."""
    seeded_log(folder / "log")[0].close()
    context: Any = multiprocessing.get_context("fork")
    path, chance = folder / "log", random.Random(1)
    reading, writing = os.pipe()
    told = bytearray()

    def listen() -> None:
        while piece := os.read(reading, 65536):
            told.extend(piece)

    def started(name: int) -> Any:
        worker = context.Process(target=_append_forever, args=(path, str(name), writing))
        worker.start()
        return worker

    listener = threading.Thread(target=listen)
    workers = [started(name) for name in range(4)]
    listener.start()
    for killed in range(number):
        time.sleep(chance.random() * 0.2)
        victim = chance.randrange(4)
        workers[victim].kill()
        workers[victim].join()
        workers[victim] = started(4 + killed)
    for worker in workers:
        worker.kill()
        worker.join()
    os.close(writing)
    listener.join()
    acknowledged = told.decode().split()
    log = LogReader(path)
    found = [record.caller["id"] for _, record in log.entries() if isinstance(record, Decision) and record.caller]
    assert set(acknowledged) <= set(found), "an acknowledged entry is lost"
    assert len(found) == len(set(found)), "an entry is there twice"
    checked = verify(path, [log.checkpoint()])
    assert checked.valid, checked.problems
    print(f"kill: {number} kills, {len(acknowledged)} acknowledged, {len(found)} found, none lost;"
          f" {checked.entry_counts.get('recovery', 0)} torn writes told")  # fmt: skip


def _corrupted(data: bytes, chance: random.Random) -> bytes:
    at, to = chance.randrange(len(data)), chance.randrange(len(data))
    width = min(chance.choice([1, 3, 50, 1000, 4096, 20_000]), len(data) - at)
    return chance.choice([
        lambda: data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
        lambda: data[:at] + data[at + width :],
        lambda: data[:at] + data[at : at + width] + data[at:],
        lambda: data[:to] + data[at : at + width] + data[to + width :],
        lambda: data[:at] + bytes(width) + data[at + width :],
        lambda: data[:at],
    ])()  # fmt: skip


def _contents(path: Path) -> list[Any]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    connection.text_factory = bytes
    tables = ("records", "nodes", "texts", "bases")
    found = [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]
    connection.close()
    return found


def corrupt(folder: Path, number: int = 10_000) -> None:
    """Random corruptions of the file of a log, and of its entries as lines, against a checkpoint that was kept."""
    log, _ = seeded_log(folder / "log", "stored")
    log.close()
    path, chance = folder / "log", random.Random(1)
    head = checkpoint_with_file_digest(path)
    data, good = path.read_bytes(), _contents(path)
    unused = same = 0
    for _ in range(number):
        changed = _corrupted(data, chance)
        path.write_bytes(changed)
        codes = {problem.code for problem in verify(path, [head]).problems}
        assert bool(codes) is (changed != data), "a change was not found"
        same += changed == data
        if codes == {"R210"}:  # nothing but the digest of the file tells
            assert _contents(path) == good, "a change was not found by the tree"
            unused += 1
    print(f"corrupt: {number} corruptions of the file: {number - same} found, of them {unused} in unused room,"
          f" {same} changed nothing")  # fmt: skip
    path.write_bytes(data)
    lines = b"".join(body + b"\n" for _, body in LogReader(path).raw_entries())
    exported, head, same = folder / "lines", log.checkpoint(), 0
    for _ in range(number):
        changed = _corrupted(lines, chance)
        exported.write_bytes(changed)
        same += changed == lines
        assert verify_export(exported, [head]).valid is (changed == lines), "a change was not found"
    print(f"corrupt: {number} corruptions of exported lines: {number - same} found, {same} changed nothing")


def replay_log(folder: Path, number: int = 10_000) -> None:
    """Decisions replayed from what the log stores."""
    log, _ = seeded_log(folder / "log")
    size = 2 + len(EXAMPLES)
    while size < number + 2:
        log.assess_many(example_texts())
        size += len(EXAMPLES)
    start = time.perf_counter()
    same = sum(result.same for result in replay(log, range(2, number + 2)))
    print(f"replay: {same} of {number} the same, byte for byte, {number / (time.perf_counter() - start):,.0f}/s")
    assert same == number


def large(folder: Path, number: int = 1_000_000) -> None:
    """A log of a million entries with their texts: appended, verified, questioned, counted, exported."""
    log, entries = seeded_log(folder / "log", "stored")
    group = entries * (2000 // len(entries))
    start, before = time.perf_counter(), len(log)
    while (size := len(log)) < number:
        log._group_commit.append(group)
    rate = (size - before) / (time.perf_counter() - start)
    path, head = log.path, log.checkpoint()
    log.close()
    print(
        f"large: {size:,} entries, {path.stat().st_size / 1e9:.1f} GB, {rate:,.0f}/s appended in groups of {len(group)}"
    )
    for name, run in (
        ("prove an entry", lambda: LogReader(path).inclusion_proof(size // 2)),
        ("verify", lambda: _require_valid(verify(path, [head]))),
        ("count", lambda: count_decisions(LogReader(path), DecisionFilter())),
        ("query to CSV", lambda: _to_csv(path, folder / "csv")),
        *((f"kb query: {question}", partial(_query_to_csv, path, question, folder / "asked")) for question in QUERIES),
        ("figures of a report", lambda: compute_log_metrics(LogReader(path), DecisionFilter())),
        ("export as lines", lambda: _to_lines(path, folder / "lines")),
        ("verify the lines", lambda: _require_valid(verify_export(folder / "lines", [head]))),
        ("export as Parquet", lambda: _to_parquet(path, folder / "parquet")),
    ):
        start = time.perf_counter()
        run()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"large: {name}: {time.perf_counter() - start:,.1f} s, {memory} MB at most", flush=True)


def _require_valid(found: Verification) -> None:
    assert found.valid, found.problems


def _to_csv(path: Path, to: Path) -> None:
    with to.open("w", encoding="utf-8") as file:
        write_csv(filter_decisions(LogReader(path), DecisionFilter(verdicts=frozenset({"defeated"}))), file)


def _query_to_csv(path: Path, query: str, to: Path) -> None:
    asker = cached_evaluator(cached_judge())
    corpus = Corpus(asker.judge, log=LogReader(path))
    table = asker.evaluate(asker.parse_query(query, corpus), corpus)
    with to.open("w", encoding="utf-8") as file:
        write_table(table.columns, table.rows, file)


def _to_lines(path: Path, to: Path) -> None:
    with to.open("wb") as file:
        file.writelines(export_lines(LogReader(path)))


def _to_parquet(path: Path, to: Path) -> None:
    try:
        write_parquet(filter_decisions(LogReader(path), DecisionFilter()), to)
    except DecisionLogError as error:
        print(f"large: {error}")


PARTS = {"append": append, "kill": kill, "corrupt": corrupt, "replay": replay_log, "large": large}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--number", type=int, help="how many, for a shorter or longer run")
    options = parser.parse_args()
    for name in options.parts or PARTS:
        if name not in PARTS:
            sys.exit(f"there is no part `{name}`; parts: {', '.join(PARTS)}")
        folder = Path(tempfile.mkdtemp(prefix="legit-record-"))
        try:
            PARTS[name](folder, *([options.number] if options.number else []))
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
