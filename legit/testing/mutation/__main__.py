"""Change a knowledge base in every small way, and see which changes no example notices.

Every mutant that survives and is not accepted in `mutation_baseline.toml` of the base is printed. With `--prove`, a
search looks for a case with a different result and prints it. The exit status is 1 when such a mutant survives, or when
an accepted one is killed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

from legit.assurance.case_search import CaseModel
from legit.errors import DecisionTimeoutError
from legit.judge import Judge
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.layers import Layers
from legit.render.terminal import progress
from legit.testing.mutation.baseline import BaselineEntry, load_baseline
from legit.testing.mutation.equivalence import distinguishing_case
from legit.testing.mutation.mutants import Mutant, generate_mutants
from legit.testing.mutation.runner import BATCH_SIZE, MutantResult, MutationRunner


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m legit.testing.mutation", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base other than the shipped one")
    parser.add_argument("--pack", action="append", default=[], metavar="NAME", help="add a pack; may be repeated")
    parser.add_argument("--only", default="", metavar="NAME", help="only files whose id holds NAME")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many mutants, chosen by chance")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="so many processes (default: %(default)s)")
    parser.add_argument(
        "--prove",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="search so long for a case that a surviving mutant decides differently",
    )
    options = parser.parse_args()
    base = KnowledgeBase.load(options.kb, DEFAULT_PROFILE, options.pack)
    argued = load_baseline(base)
    reasons = {name: reason for reason in argued.values() for name in reason.mutants}
    found = list(generate_mutants(base, options.only))
    names = {mutant.name for mutant in found}
    if options.sample is not None and options.sample < len(found):
        chosen = sorted(random.Random(options.seed).sample(range(len(found)), options.sample))
        found = [found[number] for number in chosen]
    begin = time.monotonic()
    counts: Counter[str] = Counter()
    new = 0
    stale = [name for name in reasons if name not in names and not options.only]
    for result in _with_progress(_run_all(base.layers, found, options.workers), len(found)):
        name = result.mutant.name
        reason = reasons.get(name)
        counts[_status(result, reason)] += 1
        if result.killed_by and reason:
            stale.append(name)
        if not result.killed_by and not result.invalid_reason and not reason:
            new += 1
            said = f" ({_equivalence_text(base, result.mutant, options.prove)})" if options.prove else ""
            print(f"survived: {name}{said}", flush=True)
    for name in stale:
        print(f"no longer survives: {name}: take it off mutation_baseline.toml")
    for line in _summary(counts):
        print(line)
    print(f"{time.monotonic() - begin:.0f} s")
    return 1 if new or stale else 0


def _with_progress(results: Iterator[MutantResult], total: int) -> Iterator[MutantResult]:
    with progress("mutants") as step:
        for number, result in enumerate(results, start=1):
            yield result
            step(number, total)


def _run_all(layers: Layers, found: list[Mutant], workers: int) -> Iterator[MutantResult]:
    """The result of each mutant, in the order of the mutants."""
    groups = [found[start : start + BATCH_SIZE] for start in range(0, len(found), BATCH_SIZE)]
    if workers < 2:
        yield from _flat(map(partial(_run_group, layers), groups))
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from _flat(pool.map(partial(_run_group, layers), groups))


def _flat(groups: Iterable[list[MutantResult]]) -> Iterator[MutantResult]:
    for group in groups:
        yield from group


def _run_group(layers: Layers, group: list[Mutant]) -> list[MutantResult]:
    return list(_runner(layers).run(group))


@lru_cache(maxsize=1)
def _runner(layers: Layers) -> MutationRunner:
    return MutationRunner(Judge(KnowledgeBase.load_layers(layers)))


def _status(result: MutantResult, baseline_entry: BaselineEntry | None) -> str:
    if result.invalid_reason:
        return result.invalid_reason
    if result.killed_by:
        return "killed"
    return "equivalent" if baseline_entry and baseline_entry.equivalent else "survived"


def _equivalence_text(base: KnowledgeBase, mutant: Mutant, limit: float) -> str:
    try:
        found: CaseModel | None = distinguishing_case(base, mutant, limit)
    except DecisionTimeoutError:
        return "whether it judges a case otherwise was not settled"
    if found is None:
        return "it judges no case otherwise"
    return f"it changes the result: {', '.join(sorted(found.inputs[0]))}"


def _summary(counts: Counter[str]) -> Iterator[str]:
    killed, survived, equivalent = (counts.pop(name, 0) for name in ("killed", "survived", "equivalent"))
    alike = killed + survived + equivalent
    yield f"{killed} of {alike} mutants killed ({_percent(killed, alike)}); {equivalent} survivors are equivalent"
    yield f"{killed} of {alike - equivalent} without those ({_percent(killed, alike - equivalent)})"
    yield "no valid program: " + (", ".join(f"{count} since {why}" for why, count in sorted(counts.items())) or "none")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / (whole or 1):.1f} %"


if __name__ == "__main__":
    sys.exit(main())
