"""The memory of a process and of all that it started, while it runs (Linux).

Pages that several processes share are divided among them (PSS), so that the sum counts each page once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class MostMemory:
    """The most memory that was seen at once, in megabytes, and in how many processes."""

    megabytes = 0.0
    processes = 0


@contextmanager
def most_memory(process: int, every: float = 0.2) -> Iterator[MostMemory]:
    """Looks at the memory of a process and its descendants every so many seconds, until the `with` ends."""
    found, ended = MostMemory(), threading.Event()

    def watch() -> None:
        while not ended.wait(every):
            sizes = [size for one in family(process) if (size := proportional_mb(one))]
            if sum(sizes) > found.megabytes:
                found.megabytes, found.processes = sum(sizes), len(sizes)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def family(process: int) -> Iterator[int]:
    """A process and its descendants."""
    yield process
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def proportional_mb(process: int) -> float:
    """Megabytes of a process with its share of the pages that others use too; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
