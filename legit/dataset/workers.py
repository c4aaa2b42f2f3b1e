"""Draws the cases of many situations in several processes."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

from legit.dataset.selecting import Candidate, CandidateMaker
from legit.dataset.situations import Situation
from legit.dataset.wording import Picker
from legit.judge import cached_judge

Task = tuple[Situation, str, str]
"""A situation, a side, and the seed of what is drawn for them."""

_TASKS_AT_ONCE = 8


class WorkerOptions(NamedTuple):
    """How many processes, and the knowledge base and the profile that each of them loads."""

    processes: int
    base: Path | None = None
    profile: str = "default"


def draw_in_processes(tasks: Sequence[Task], options: WorkerOptions) -> Iterator[dict[str, list[Candidate]]]:
    """The candidates of each task, in order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, context) as pool:
        work = [(task, options.base, options.profile) for task in tasks]
        yield from pool.map(_draw, work, chunksize=_TASKS_AT_ONCE)


@cache
def _maker(base: Path | None, profile: str) -> CandidateMaker:
    return CandidateMaker(cached_judge(base, profile))


def _draw(work: tuple[Task, Path | None, str]) -> dict[str, list[Candidate]]:
    (situation, side, seed), base, profile = work
    return _maker(base, profile).make(situation, side, Picker(random.Random(seed).random)).by_kind
