"""How long reading takes: 12 typical sentences, 250 and 2,000, read for the first time and read again.

    python benchmarks/parsing.py [--rounds N]

Prints p50 and p99 over N rounds and the cost of a sentence, in processor time of this process, so that other work on
the machine is left out. A reader remembers lines: `first` gives each round a reader that has seen nothing, `again` one
that has read the text before. The growth from 250 to 2,000 is the median of the ratios within the rounds. Last, the
medians of fresh processes: importing, and the first text, with a filled cache of derived data.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from legit.judge import cached_judge
from legit.language.reader import Reader

SENTENCES = (
    "The authority is an employer.",
    "The user is an employee.",
    'The rule forbids "any head covering at the till".',
    'The purpose of the rule is appearance. [document "staff handbook, 4.2"]',
    "The rule treats people differently by religion.",
    "Obeying does serious harm to the conscience of the user.",
    "Breaking the rule harms nobody. [inferred]",
    "The user's complaint was ignored.",
    "It is unknown whether the rule is applied retroactively.",
    "The rule is 3 years old.",
    "The user asks to evade the rule.",
    "The method is open refusal.",
)
_SENTENCES_PER_ROUND = 250
FRESH_PROCESS_CODE = """
import time; begin = time.process_time()
import legit; imported = time.process_time()
legit.parse({text!r}); done = time.process_time()
print(imported - begin, done - imported)
"""


def sample_text(count: int) -> str:
    """So many sentences, each other than all before: behind the first twelve each carries a detail of its own."""
    said = []
    for number in range(count):
        sentence = SENTENCES[number % len(SENTENCES)]
        body, stop, speaker = sentence.partition(".")
        said.append(f'{body}: "no. {number}"{stop}{speaker}' if number >= len(SENTENCES) else sentence)
    return "\n".join(said)


def time_reading(reader: Reader, sentences: str) -> float:
    """Microseconds for reading once."""
    begin = time.process_time()
    _, problems = reader.parse(sentences, strict=False)
    passed = (time.process_time() - begin) * 1e6
    assert not problems, problems
    return passed


def measure(rounds: int, sizes: tuple[int, ...]) -> dict[tuple[str, int], list[float]]:
    """Microseconds of each round, for each way and size."""
    grammar = cached_judge().grammar
    texts = {size: sample_text(size) for size in sizes}
    found: dict[tuple[str, int], list[float]] = {(way, size): [] for way in ("first", "again") for size in sizes}
    for _ in range(rounds + 1):
        for size, words in texts.items():
            # A short text is read several times, so that what was read before it does not decide its figure.
            for _ in range(max(1, _SENTENCES_PER_ROUND // size)):
                reader = Reader(grammar)
                found["first", size].append(time_reading(reader, words))
                found["again", size].append(time_reading(reader, words))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = max(2, parser.parse_args().rounds)
    typical, small, large = sizes = (len(SENTENCES), 250, 2_000)
    found = measure(rounds, sizes)
    print(f"{'':<8}{'sentences':>10}{'p50':>12}{'p99':>12}{'a sentence':>14}")
    for (way, size), times in found.items():
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        print(f"{way:<8}{size:>10}{cuts[49] / 1e3:>9.3f} ms{cuts[98] / 1e3:>9.3f} ms{cuts[49] / size:>11.1f} us")
    for way in ("first", "again"):
        ratios = [b / large / (a / small) for a, b in zip(found[way, small], found[way, large], strict=True)]
        print(f"a sentence among {large} costs {statistics.median(ratios):.2f} times one among {small} ({way})")
    fresh = [
        [float(part) for part in subprocess.check_output([sys.executable, "-c", script], text=True).split()]
        for script in [FRESH_PROCESS_CODE.format(text=sample_text(typical))] * 11
    ]
    imported, first = (statistics.median(times) * 1e3 for times in zip(*fresh, strict=True))
    print(f"fresh process: import {imported:.0f} ms, first text {first:.0f} ms")


if __name__ == "__main__":
    main()
