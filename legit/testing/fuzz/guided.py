"""Fuzzing guided by coverage, with atheris: an input that reaches code that no input reached before is kept and changed
further.
"""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FunctionType
from typing import NoReturn

from legit._util.optional import import_optional
from legit.testing.fuzz.runner import corpus, run_one
from legit.testing.fuzz.target import Target
from legit.testing.generate import RandomChoices

HANG_SECONDS = 60
"""Seconds after which one input counts as a hang."""

_INSTRUMENTED = ("legit", "lark.parsers.lalr", "tomllib")


def fuzz(target: Target, seconds: int, folder: Path | None, findings: Path, seed: int = 0) -> NoReturn:
    """Fuzz a target for some seconds and end the process: status 1 when an input failed. Inputs that fail are written
    to `findings`, one file of each kind; a hang ends the run. Raises MissingExtraError (X001) without atheris.
    """
    atheris = import_optional("atheris", "fuzz", "fuzzing guided by coverage")
    good = corpus(target, folder)
    for data in good[:3]:  # imports and caches are done before coverage is measured
        run_one(target, data)
    _instrument(atheris)
    findings.mkdir(parents=True, exist_ok=True)
    kinds: Counter[tuple[str, str]] = Counter()
    begin = time.monotonic()
    done = 0

    def one(data: bytes) -> None:
        nonlocal done
        done += 1
        wrong = run_one(target, data)
        if wrong:
            kinds[wrong.error, wrong.location] += 1
            if kinds[wrong.error, wrong.location] == 1:
                file = findings / f"{target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
                file.write_bytes(data)
                print(f"\nbroken by {file}:\n{wrong.trace}", flush=True)
        if time.monotonic() - begin >= seconds:
            took = time.monotonic() - begin
            print(f"\n{target.name}: {took:.0f} s, {done} executions, {len(kinds)} kinds of findings", flush=True)
            shutil.rmtree(seeds, ignore_errors=True)
            os._exit(1 if kinds else 0)  # libFuzzer would go on

    def changed(data: bytes, most: int, number: int) -> bytes:
        choices = RandomChoices(number)
        if choices.integer(0, 3) == 0:
            return bytes(atheris.Mutate(data, most))
        for _ in range(choices.integer(1, 4)):
            data = target.mutate(choices, data)
        return data[:most]

    seeds = tempfile.mkdtemp(prefix="legit-")
    for number, data in enumerate(good):
        (Path(seeds) / str(number)).write_bytes(data)
    options = [
        f"-timeout={HANG_SECONDS}",
        f"-seed={seed + 1}",
        "-max_len=40000",
        "-len_control=0",
        "-rss_limit_mb=3000",
    ]
    artifacts = f"-artifact_prefix={findings}/{target.name}-"
    atheris.Setup([sys.argv[0], *options, artifacts, seeds], one, custom_mutator=changed)
    atheris.Fuzz()
    raise SystemExit(1)  # not reached: `one` ends the process


def _instrument(atheris: object) -> None:
    """Record which branches are taken, in every function of the packages that read input."""
    instrument = atheris.instrument_func  # type: ignore[attr-defined]
    own = "legit.testing"
    for function in gc.get_objects():
        if isinstance(function, FunctionType):
            module = function.__module__ or ""
            if f"{module}.".startswith(tuple(f"{name}." for name in _INSTRUMENTED)) and not module.startswith(own):
                instrument(function)
