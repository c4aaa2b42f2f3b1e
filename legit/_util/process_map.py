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
    processes: int,
    prepare: Callable[[], object] | None = None,
) -> Iterator[Result]:
    """The results of `work` for each item, in order.

    `processes` counts this process, which makes the items. The others do the work; where there are none, this one does
    it. They begin with `prepare`, also while the first item is being made. One more item waits than there are other
    processes. Raises what `work` and `prepare` raise.
    """
    if processes <= 1:
        yield from map(work, items)
        return
    others = processes - 1
    # New processes: a forked one would share locks and files with this one.
    pool = ProcessPoolExecutor(others, multiprocessing.get_context("spawn"))
    try:
        prepared = [pool.submit(prepare) for _ in range(others)] if prepare else []
        running: deque[Future[Result]] = deque()
        for item in items:
            running.append(pool.submit(work, item))
            if len(running) > others:
                yield running.popleft().result()
        for one in prepared:
            one.result()
        while running:
            yield running.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
