"""How long a decision takes in legit, in Cedar (cedarpy) and in Rego (regopy): the same decisions, in one process.

    pip install '.[compare]'
    python benchmarks/policy_engines.py [--rounds N] [--cases N]

The policies are made from the ground program that legit runs (`policies.py`). Before anything is timed, every engine
must give the same verdict and the same effect of every criterion that applies, on all cases described in `tests/data`
and `examples` in which nothing is open, whole and cut to twelve facts. Then the engines take turns in going over the
cases, in one process on one core: policy set, entities and bundle are parsed once and reused.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import clingo  # noqa: F401 - before regopy, which aborts the process otherwise

try:
    import cedarpy
    import regopy
except ImportError as error:
    raise SystemExit(f"{error.name} is missing: pip install '.[compare]'") from error
from policies import Policy
from policy_languages import cedar_input, rego_input, to_cedar, to_rego

from legit.engine.ground_rule import Bounds
from legit.evals.dataset import split_cases
from legit.judge import Judge
from legit.model.facts import Case

ROOT = Path(__file__).parents[1]
FACTS = 12
TARGET_P50_US, TARGET_P99_US = 100, 250
"""Microseconds."""
SCOPE_TEXT = """
Compared: the verdict, and the effect (defeats, tied, outweighed) of every criterion that applies, from a parsed case.
  preparation  legit: checks the case and encodes it. Cedar, Rego: the same encoding without the check, then the host
               computes the attributes, whatever only repeats facts ("a cost of at least 3"), and writes them down.
  decision     Cedar, Rego: which criteria apply and which tests of weighing hold; the host reads the effects off.
legit computes more: the guidance, the method harm, what is open. Cedar and Rego do not; nor do they decide cases
with open facts or unanswered questions, so that there are none here. Cedar derives nothing: its conditions are written
out in full. Rego names each derived atom once. Neither gives grounds or sources, and `Judge.decide` does not either.
"""


class PolicyEngine(NamedTuple):
    """An engine as two steps: from a parsed case to its own input, and from that to verdict and effects."""

    name: str
    prepare: Callable[[Case], Any]
    decide: Callable[[Any], Any]


FIXED_WORK = PolicyEngine("(fixed work)", lambda case: case, lambda _: sum(range(4000)))
"""Always the same work: how far its p99 lies from its p50 is the noise of the machine."""


def load_engines(judge: Judge, policy: Policy) -> list[PolicyEngine]:
    """All engines, each with its policy loaded."""
    encode = judge.encoder.encode

    policies, entities = cedarpy.PolicySet.from_str(to_cedar(policy)), cedarpy.Entities.from_json_str("[]")
    request = {"principal": 'User::"host"', "action": 'Action::"judge"', "resource": 'Rule::"rule"'}

    def by_cedar(context: str) -> tuple[str, dict[str, str]]:
        found = cedarpy.is_authorized({**request, "context": context}, policies, entities).diagnostics
        if found.errors:
            raise RuntimeError(found.errors[0])
        return policy.decide(set(found.id_annotations_by_reason.values()))

    compiler, runner = regopy.Interpreter(), regopy.Interpreter()
    compiler.add_module("legit.rego", to_rego(policy))
    bundle = compiler.build(None, ["legit/held"])

    def by_rego(document: regopy.Input) -> tuple[str, dict[str, str]]:
        runner.set_input(document)
        found = runner.query_bundle_entrypoint(bundle, "legit/held")
        if not found.ok():
            raise RuntimeError(str(found))
        return policy.decide(set(found.results[0].expressions[0]))

    def by_legit(case: Case) -> tuple[str, dict[str, str]]:
        found = judge.decide(case)
        return found.verdict.value, dict(found.findings)

    return [
        PolicyEngine("legit", lambda case: case, by_legit),
        PolicyEngine("Cedar", lambda case: cedar_input(policy.attributes_of(encode(case))), by_cedar),
        PolicyEngine("Rego", lambda case: regopy.Input(rego_input(policy.attributes_of(encode(case)))), by_rego),
    ]


def is_closed(judge: Judge, case: Case) -> bool:
    """Whether nothing is open in a case, and it is within the bounds of the policies: no names, no dates."""
    inputs = judge.encoder.encode(case)
    engine = judge.engines.for_case(inputs)
    return engine.program.bounds == Bounds() and engine.decide(inputs, 5).single_scenario


def case_texts() -> Iterator[str]:
    """The texts of all cases of the repository."""
    for path in sorted((ROOT / "tests/data").glob("*.legit")):
        yield from (text for _, text in split_cases(path.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "examples").glob("*.legit")):
        yield path.read_text(encoding="utf-8")


def shorten(judge: Judge, case: Case) -> Case | None:
    """The case with facts left out from the end, twelve being left; None where something is open then.

    Facts without which something would be open, such as the answers to mandatory topics, are kept.
    """
    for fact in reversed(case.facts):
        if len(case.facts) <= FACTS:
            break
        less = case.model_copy(update={"facts": tuple(other for other in case.facts if other is not fact)})
        if is_closed(judge, less):
            case = less
    return case if len(case.facts) == FACTS and is_closed(judge, case) else None


def check_agreement(engines: list[PolicyEngine], cases: list[Case]) -> Counter[str]:
    """How often there is which verdict and which effect; aborts where the engines do not agree."""
    seen: Counter[str] = Counter()
    for case in cases:
        found = {engine.name: engine.decide(engine.prepare(case)) for engine in engines}
        verdict, effects = found["legit"]
        if any(result != (verdict, effects) for result in found.values()):
            raise SystemExit(f"different decisions on {case.name}: {found}")
        seen.update([f"verdict {verdict}", *effects.values()])
    return seen


Timings = dict[str, list[tuple[float, float, float]]]
"""For each engine the microseconds of preparation and of decision, and the processor's for both, of each call."""


def measure(engines: list[PolicyEngine], cases: list[Case], rounds: int) -> Timings:
    """In each round every engine goes over all cases, warm; another engine begins each time."""
    found: Timings = {engine.name: [] for engine in engines}
    for number in range(rounds):
        first = number % len(engines)
        for engine in engines[first:] + engines[:first]:
            # A few calls that do not count: the engine before has filled the processor's caches with its own.
            for case in cases[-5:]:
                engine.decide(engine.prepare(case))
            for case in cases:
                processor = time.thread_time()
                begin = time.perf_counter()
                ready = engine.prepare(case)
                middle = time.perf_counter()
                engine.decide(ready)
                end = time.perf_counter()
                used = time.thread_time() - processor
                found[engine.name].append(((middle - begin) * 1e6, (end - middle) * 1e6, used * 1e6))
    return found


def report(times: Timings, cases: int, encoding: float) -> None:
    """Print the table and which aims are met. `encoding` is the part of legit's decision that is preparation."""
    rows: dict[str, list[float]] = {}
    for name, calls in times.items():
        prepared, decided, used = (sorted(call[part] for call in calls) for part in range(3))
        total = sorted(call[0] + call[1] for call in calls)
        last = int(len(calls) * 0.99)
        slowest = max(min(call[2] for call in calls[place::cases]) for place in range(cases))
        p50s = [statistics.median(values) for values in (prepared, decided, total)]
        rows[name] = [*p50s, total[last], statistics.median(used), used[last], slowest]
    rows["legit"][:2] = encoding, rows["legit"][1] - encoding
    heads = ("preparation", "decision", "total p50", "total p99", "cpu p50", "cpu p99", "slowest", "ratio")
    print(f"{'microseconds':<14}{''.join(f'{head:>12}' for head in heads)}")
    for name, row in rows.items():
        print(f"{name:<14}{''.join(f'{value:>12.0f}' for value in row)}{row[2] / rows['legit'][2]:>12.2f}")
    print(
        "preparation and decision: p50. cpu: without the waiting for other processes. slowest: the case that takes\n"
        "longest, in its best round. ratio: of the total p50. The fixed work is the same sum each time: what its p99\n"
        "is above its p50 is the noise of the machine.\n"
    )
    whole, p99, cpu50, cpu99, slowest = rows["legit"][2:]
    aims = {
        f"legit p50 {whole:.0f}, at most {TARGET_P50_US} (cpu {cpu50:.0f})": whole <= TARGET_P50_US,
        f"legit p99 {p99:.0f}, at most {TARGET_P99_US} (cpu {cpu99:.0f}; slowest case {slowest:.0f})": p99
        <= TARGET_P99_US,
        "legit ahead of Rego": whole < rows["Rego"][2],
        "legit within twice Cedar": whole <= 2 * rows["Cedar"][2],
        "legit's total within twice Cedar's decision alone": whole <= 2 * rows["Cedar"][1],
    }
    for aim, met in aims.items():
        print(f"{'met' if met else 'NOT MET':<9}{aim}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="rounds over all timed cases (default: %(default)s)")
    parser.add_argument("--cases", type=int, default=100, help="cases that are timed, at most (default: %(default)s)")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    judge = Judge()
    program = judge.engines.for_case(judge.encoder.encode(Case())).program
    policy = Policy(program, [name for name, criterion in judge.base.criteria.items() if criterion.standard_of_review])
    all_ = load_engines(judge, policy)
    whole = [case for text in case_texts() if is_closed(judge, case := judge.parse_case(text))]
    short = [case for full in whole if (case := shorten(judge, full))]
    seen = check_agreement(all_, whole + short)
    print(
        f"{len(whole)} cases, and {len(short)} cut to {FACTS} facts: the same verdict and effects by all engines\n"
        f"({', '.join(f'{name} {count}' for name, count in seen.most_common())})\n"
        f"legit: {len(program.residual_rules)} ground rules. Rego: {sum(map(len, policy.rules.values()))} rules over "
        f"{len(policy.attributes)} attributes, for {len(policy.criteria)} criteria and "
        f"{len(policy.weighing_tests)} tests. "
        f"Cedar: {len(policy.criteria) + len(policy.weighing_tests)} policies, "
        f"{to_cedar(policy).count('context has')} conditions."
    )
    print(SCOPE_TEXT)
    timed = short[:: max(1, len(short) // options.cases)]
    measure(all_, timed, 1)
    times = measure([*all_, FIXED_WORK], timed, options.rounds)
    preparing = []
    for case in timed * options.rounds:
        begin = time.perf_counter()
        judge.encoder.encode(judge._validated(case))
        preparing.append((time.perf_counter() - begin) * 1e6)
    print(f"{len(timed)} cases of {FACTS} facts, {options.rounds} rounds")
    report(times, len(timed), statistics.median(preparing))


if __name__ == "__main__":
    main()
