"""Compare the engine with the oracle on generated cases: `python -m legit.testing.oracle --cases N`.

Prints the number of compared cases and the time. A disagreement is printed as the smallest case that shows it, and
written to the folder of `--corpus`, where the tests take it up. The exit status is 1 when there was one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from legit.judge import Judge, cached_judge
from legit.model.facts import Case
from legit.testing.oracle.answer import Oracle
from legit.testing.oracle.answer_sets import TooManyAnswerSetsError
from legit.testing.oracle.comparison import disagreements, shrink
from legit.testing.seeded_cases import SeededCases

MAX_ANSWER_SETS = 5_000
"""Cases that can be completed in more ways are counted and left out."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m legit.testing.oracle", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the seed of the first case")
    parser.add_argument("--size", type=int, default=14, help="facts in a case made of chance (default: %(default)s)")
    parser.add_argument(
        "--unknown", type=int, default=3, help="facts stated as unknown, at most (default: %(default)s)"
    )
    parser.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base other than the shipped one")
    parser.add_argument("--pack", action="append", default=[], metavar="NAME", help="add a pack; may be repeated")
    parser.add_argument("--profile", default="default", metavar="NAME")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="where to write the cases of disagreements")
    options = parser.parse_args()
    judge = cached_judge(options.kb, options.profile, options.pack)
    oracle = Oracle(judge.base)
    source = SeededCases(judge, options.size, options.unknown)
    verdicts: Counter[str] = Counter()
    left_out = wrong = 0
    begin, spent = time.monotonic(), time.process_time()
    for seed in range(options.first, options.first + options.cases):
        case = source.case(seed)
        try:
            found = disagreements(judge, oracle, case, MAX_ANSWER_SETS)
        except TooManyAnswerSetsError:
            left_out += 1
            continue
        verdicts[judge.decide(case).verdict.value] += 1
        if found:
            wrong += 1
            _report(judge, oracle, case, seed, options.corpus)
        if sys.stderr.isatty() and seed % 100 == 0:
            print(f"\r{seed - options.first}/{options.cases}", end="", file=sys.stderr, flush=True)
    compared = sum(verdicts.values())
    shares = ", ".join(f"{count} {name}" for name, count in verdicts.most_common())
    print(f"{compared} cases compared ({shares}), {left_out} with more than {MAX_ANSWER_SETS} completions left out")
    print(
        f"{wrong} disagreements; {time.monotonic() - begin:.0f} s, of the processor {time.process_time() - spent:.0f} s"
    )
    return 1 if wrong else 0


def _report(judge: Judge, oracle: Oracle, case: Case, seed: int, corpus: Path | None) -> None:
    def wrong(other: Case) -> bool:
        try:
            return bool(disagreements(judge, oracle, other, MAX_ANSWER_SETS))
        except TooManyAnswerSetsError:
            return False

    least = shrink(case, wrong)
    said = "".join(f"# {line}\n" for line in disagreements(judge, oracle, least, MAX_ANSWER_SETS))
    text = f"# seed {seed}\n{said}{judge.writer.case(least)}"
    print(text)
    if corpus:
        corpus.mkdir(parents=True, exist_ok=True)
        (corpus / f"seed_{seed}.legit").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
