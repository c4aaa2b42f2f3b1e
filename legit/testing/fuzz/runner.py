"""Tries a target on many inputs: a corpus, and mutations of its inputs. The same seed gives the same mutations."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from legit.judge import Judge
from legit.testing.fuzz.bases import BaseTarget
from legit.testing.fuzz.json_inputs import CallTarget, CaseTarget
from legit.testing.fuzz.logs import LogTarget
from legit.testing.fuzz.rules import RuleTarget
from legit.testing.fuzz.target import Target
from legit.testing.fuzz.texts import TextTarget
from legit.testing.generate import RandomChoices

_MAX_MUTATIONS = 4


class FuzzFailure(NamedTuple):
    """An input that breaks a target: the exception, its place, and its traceback."""

    data: bytes
    error: str
    location: str
    trace: str


def targets(judge: Judge) -> dict[str, Target]:
    """Every target, by name. The targets for sentences, cases and calls use the base of the judge."""
    found: tuple[Target, ...] = (
        TextTarget(judge), BaseTarget(), CaseTarget(judge), CallTarget(judge), LogTarget(judge), RuleTarget(judge),
    )  # fmt: skip
    return {target.name: target for target in found}


def corpus(target: Target, folder: Path | None = None) -> list[bytes]:
    """The seeds of a target, and the files of its own folder within `folder`."""
    kept = sorted((folder / target.name).iterdir()) if folder and (folder / target.name).is_dir() else []
    return [*(path.read_bytes() for path in kept), *target.seeds()]


def fuzz_inputs(target: Target, seeds: list[bytes], mutations: int, seed: int = 0) -> Iterator[bytes]:
    """The inputs of a corpus, then mutations. Each mutation is an input with one to four changes."""
    yield from seeds
    for number in range(mutations):
        choices = RandomChoices(f"{target.name} {seed} {number}")
        data = choices.pick(seeds)
        for _ in range(choices.integer(1, _MAX_MUTATIONS)):
            data = target.mutate(choices, data)
        yield data


def failures(target: Target, given: Iterable[bytes]) -> Iterator[FuzzFailure]:
    """The inputs that break a target, the first of each kind."""
    seen: set[tuple[str, str]] = set()
    for data in given:
        wrong = run_one(target, data)
        if wrong and (wrong.error, wrong.location) not in seen:
            seen.add((wrong.error, wrong.location))
            yield wrong


def run_one(target: Target, data: bytes) -> FuzzFailure | None:
    """The failure of a target on one input; None if there is none."""
    try:
        target.check(data)
    except Exception as error:  # every other exception is a defect
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return FuzzFailure(data, type(error).__name__, f"{frame.filename}:{frame.lineno}", traceback.format_exc())
    return None
