"""Maps a function over items in several processes, in order, with few items waiting."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ordered_map(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
) -> Iterator[Result]:
    """The results of `work` for each item, in order. One more item waits than there are workers.

    With one worker, this process does the work. Raises what `work` raises.
    """
    if workers <= 1:
        yield from map(work, items)
        return
    # New processes: a forked one would share locks and files with this one.
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    try:
        running: deque[Future[Result]] = deque()
        for item in items:
            running.append(pool.submit(work, item))
            if len(running) > workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
