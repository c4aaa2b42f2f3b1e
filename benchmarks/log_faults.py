"""Faults while a decision log is written: `python benchmarks/log_faults.py [--kills N] [--faults N] [--processes N]`.

Processes with several threads each append decisions, overrides and redactions to one log. Meanwhile they are killed at
random moments (SIGKILL), and their system calls fail: no space left (ENOSPC), an error of the disk (EIO), a short
write, a failed `fsync`. Their clocks jump. Each writes the number of an entry to a file of its own as soon as it was
acknowledged.

Afterwards every acknowledged entry must be in the log with what was written, none twice, and the log must be valid. A
recovery entry may not name more bytes than one write can have. Whoever does not end in time is counted as hung.

System calls fail through a small library that is preloaded (LD_PRELOAD). It needs a C compiler; without one only kills
and clock jumps are tried.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from legit.decision_log import LogReader
from legit.decision_log.entries import Decision, LogEntry, Recovery
from legit.decision_log.verify import verify

MAX_WRITE_BYTES = 1_000_000
"""More than the entries of all threads of one process take, written together."""

_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/types.h>

static unsigned long state;
static pid_t owner;

static int hit(int fd)
{
    const char *prefix = getenv("FAULT_PREFIX"), *rate = getenv("FAULT_RATE"), *count = getenv("FAULT_COUNT");
    char link[64], name[PATH_MAX];
    int kind, file;
    ssize_t length;
    if (!prefix || !rate)
        return 0;
    if (owner != getpid()) {
        owner = getpid();
        state = (unsigned long)owner * 2654435761u + 12345;
    }
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    if ((state >> 33) % 1000000 >= strtoul(rate, NULL, 10))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, name, sizeof name - 1);
    if (length < 0)
        return 0;
    name[length] = 0;
    if (strncmp(name, prefix, strlen(prefix)))
        return 0;
    kind = 1 + (int)((state >> 20) % 3);
    file = count ? open(count, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
    if (file >= 0) {
        char mark = (char)('0' + kind);
        ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        real(file, &mark, 1);
        close(file);
    }
    return kind;
}

#define WRITES(NAME, OFFSET)                                                                         \
    ssize_t NAME(int fd, const void *data, size_t size, OFFSET at)                                   \
    {                                                                                                \
        ssize_t (*real)(int, const void *, size_t, OFFSET) = dlsym(RTLD_NEXT, #NAME);                \
        switch (hit(fd)) {                                                                           \
        case 1: errno = ENOSPC; return -1;                                                           \
        case 2: errno = EIO; return -1;                                                              \
        case 3: return real(fd, data, size > 1 ? size / 2 : size, at);                               \
        default: return real(fd, data, size, at);                                                    \
        }                                                                                            \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)

#define SYNCS(NAME)                                                                                  \
    int NAME(int fd)                                                                                 \
    {                                                                                                \
        int (*real)(int) = dlsym(RTLD_NEXT, #NAME);                                                  \
        if (hit(fd)) { errno = EIO; return -1; }                                                     \
        return real(fd);                                                                             \
    }
SYNCS(fsync)
SYNCS(fdatasync)
"""

_DRIVER = """
# Forks the writing processes, so that each has the packages and the judge at once, and kills them at random moments.
import json, os, random, signal, sys, threading, time
from pathlib import Path
import legit
from legit.decision_log import log as log_module

folder, kills, faults, entries, processes, threads, seed = Path(sys.argv[1]), *map(int, sys.argv[2:])
path, stop, counted = folder / "log", folder / "stop", folder / "faults"
cases = ["The authority is a bank.", 'The rule forbids "x".', "The user was checked 3 times."]
judge = legit.Judge()
for case in cases: judge.assess(case)
real_now = log_module.utc_now

def write(number):
    chance = random.Random(seed * 1000 + number)
    log_module.utc_now = lambda: chance.choice(
        [real_now(), real_now(), "1970-01-01T00:00:00.000000Z", "2038-01-19T03:14:08.000000Z"]
    )
    log = legit.DecisionLog(path)
    out = os.open(folder / f"acks{number}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    def tell(*words):
        os.write(out, (" ".join(map(str, words)) + "\\n").encode())
    def work(name):
        rng, done = random.Random(seed * 31 + number * 7 + name), 0
        while not stop.exists():
            done += 1
            mark = f"{number}-{name}-{done}"
            try:
                at = log.assess_and_record(rng.choice(cases), judge=judge, caller={"mark": mark})[1]
                tell("decision", at, mark)
                if rng.random() < 0.05:
                    tell("override", log.override(at, action="help", by=mark, why="it was asked", judge=judge), mark)
                if rng.random() < 0.05 and log.decision(at).commitments:
                    tell("redaction", log.redact(at, by=mark, why="it was asked"), mark)
            except legit.DecisionLogError as error:
                tell("error", error.problems[0].code, error.problems[0].message[:80])
                time.sleep(0.01)
            except BaseException as error:
                tell("crash", type(error).__name__, str(error)[:150])
                raise
    running = [threading.Thread(target=work, args=(name,)) for name in range(threads)]
    for thread in running: thread.start()
    for thread in running: thread.join()
    try:
        log.close()
    except legit.DecisionLogError:
        pass

def start():
    global started
    started += 1
    number, pid = started, os.fork()
    if pid: return pid
    try: write(number)
    finally: os._exit(0)

def acknowledged():
    lines = (line for file in folder.glob("acks*") for line in file.read_text().splitlines())
    return sum(not line.startswith(("error", "crash")) for line in lines)

started, killed, failed, rng = 0, 0, 0, random.Random(seed)
running = [start() for _ in range(processes)]
# On a slow machine a process may be killed before it wrote anything: the run goes on until there is something to lose.
until = time.monotonic() + 300
while killed < kills or failed < faults or (acknowledged() < entries and time.monotonic() < until):
    time.sleep(rng.uniform(0.005, 0.12))
    failed = counted.stat().st_size if counted.exists() else 0
    if killed < kills:
        at = rng.randrange(processes)
        os.kill(running[at], signal.SIGKILL)
        os.waitpid(running[at], 0)
        running[at] = start()
        killed += 1
stop.touch()
end, hung = time.monotonic() + 150, 0
for pid in running:
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            hung += 1
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.05)
print(json.dumps({"kills": killed, "hung": hung}))
"""


@dataclass
class Outcome:
    """What a run found. `lost`, `wrong`, `repeated`, `untrue` and `hung` are to be empty or 0."""

    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    lost: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    repeated: int = 0
    untrue: list[int] = field(default_factory=list)
    hung: int = 0
    problems: list[str] = field(default_factory=list)
    entries: int = 0
    crashed: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was lost, repeated or untrue, and nobody hung."""
        return not any((self.lost, self.wrong, self.repeated, self.untrue, self.hung, self.problems, self.crashed))


def build_shim(folder: Path) -> Path | None:
    """The library that makes system calls fail; None without a C compiler, or on another system than Linux."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    source, library = folder / "faults.c", folder / "faults.so"
    source.write_text(_SHIM, encoding="utf-8")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, capture_output=True
    )
    return library


def run(
    folder: Path,
    *,
    kills: int,
    faults: int,
    entries: int = 0,
    processes: int = 8,
    threads: int = 4,
    seed: int = 1,
    rate: int = 4000,
) -> Outcome:
    """Write until so many processes were killed, calls failed and entries were acknowledged; then look into the log.

    `rate` is how many of a million calls fail.
    """
    outcome = Outcome()
    path, counted = folder / "log", folder / "faults"
    environment = {**os.environ, "FAULT_PREFIX": str(path), "FAULT_COUNT": str(counted), "FAULT_RATE": str(rate)}
    library = build_shim(folder) if faults else None
    if library:
        environment["LD_PRELOAD"] = str(library)
    numbers = [kills, faults if library else 0, entries, processes, threads, seed]
    done = subprocess.run(
        [sys.executable, "-c", _DRIVER, str(folder), *map(str, numbers)],
        env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = json.loads(done.stdout.splitlines()[-1])
    outcome.kills, outcome.hung = said["kills"], said["hung"]
    if counted.exists():
        names = {"1": "ENOSPC", "2": "EIO", "3": "short write"}
        outcome.faults = Counter(names[mark] for mark in counted.read_text())
    _examine(folder, path, outcome)
    return outcome


def _examine(folder: Path, path: Path, outcome: Outcome) -> None:
    """Compare what was acknowledged with what is in the log."""
    result = verify(path)
    outcome.problems = [str(problem) for problem in result.problems]
    if result.problems:
        return
    stored: dict[int, LogEntry] = dict(LogReader(path).entries())
    outcome.entries = len(stored)
    numbers: list[int] = []
    for acks in folder.glob("acks*"):
        for line in acks.read_text().splitlines():
            kind, number, mark = f"{line}  ".split(" ", 2)
            mark = mark.strip()
            if kind in ("error", "crash"):
                outcome.errors[f"{number} {mark}"] += 1
                outcome.crashed += [line] if kind == "crash" else []
                continue
            numbers.append(int(number))
            entry = stored.get(int(number))
            if entry is None:
                outcome.lost.append(int(number))
            elif (entry.caller.get("mark") if isinstance(entry, Decision) else getattr(entry, "by", "")) != mark:
                outcome.wrong.append(int(number))
    outcome.acknowledged = len(numbers)
    outcome.repeated = len(numbers) - len(set(numbers))
    outcome.untrue = [
        number
        for number, entry in stored.items()
        if isinstance(entry, Recovery) and not 0 < entry.dropped_bytes <= MAX_WRITE_BYTES
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Faults while a decision log is written.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="legit-faults-") as folder:
        started = time.monotonic()
        outcome = run(
            Path(folder), kills=options.kills, faults=options.faults, processes=options.processes,
            threads=options.threads, seed=options.seed,
        )  # fmt: skip
        seconds = time.monotonic() - started
    print(f"{outcome.kills} kills, {outcome.faults.total()} other faults {dict(outcome.faults)} in {seconds:.0f} s")
    print(f"{outcome.acknowledged} acknowledged entries; the log has {outcome.entries}; errors {dict(outcome.errors)}")
    print(
        f"lost {outcome.lost[:5]}, with other content {outcome.wrong[:5]}, twice {outcome.repeated}, untrue recovery"
        f" entries {outcome.untrue[:5]}, hung {outcome.hung}, crashed {outcome.crashed[:3]}, problems"
        f" {outcome.problems[:3]}"
    )
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
