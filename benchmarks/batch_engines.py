"""Many cases side by side: legit in columns, Cedar, Rego, and clingo called for each case, on the same decisions.

    pip install '.[compare,batch]'
    python benchmarks/batch_engines.py [--cases 40]

The policies are made from the ground program of legit (`policies.py`), and every engine must give the same verdict and
effects on all cases before anything is timed. Then the engines take turns in one process, on the time of the processor.
Each begins with its own input ready: sentences with their numbers for legit, a parsed context for Cedar and Rego, the
facts as assumptions for clingo. s(CASP) is not among them: Debian has SWI-Prolog, but not its pack `scasp`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clingo
import numpy as np
from bench_plots import bars, write_plot
from policies import Policy
from policy_engines import case_texts, is_closed, load_engines

from legit.batch.batch_judge import BatchJudge
from legit.engine.ground_rule import Bounds
from legit.judge import Judge, cached_judge
from legit.model.facts import Case

ROWS = 1 << 16
"""The cases of a batch of legit: the described ones, repeated in another order."""


class ClingoPerCall:
    """The ground program in clingo, solved for each case under assumptions of its inputs."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        program = judge.engines.within(Bounds()).program
        self._control = clingo.Control(["--models=1", "--warn=none"])
        self._inputs = sorted(program.read_atoms)
        self._program = program
        with self._control.backend() as backend:
            known: dict[int, int] = {}

            def literal(atom: int) -> int:
                if atom not in known:
                    known[atom] = backend.add_atom(clingo.Function(f"a{atom}"))
                return known[atom]

            from legit.engine.grounding import add_rule

            for rule in program.residual_rules:
                add_rule(backend, rule, literal)
            for atom in self._inputs:
                backend.add_external(literal(atom), clingo.TruthValue.Free)
            self._literals = known
        self._verdicts = {
            atom: args[0] for atom, (name, args) in judge.engines.within(Bounds()).index.result_of_atom.items()
            if name == "verdict"
        }  # fmt: skip

    def prepare(self, case: Case) -> list[int]:
        """The assumptions of a case."""
        closure = self._judge.engines.within(Bounds()).index.closure
        compiled = self._judge.engines.within(Bounds()).index.compiled
        assert compiled is not None
        atom_at = {place: atom for atom, place in compiled.source_positions.items()}
        true = {
            atom_at[place]
            for symbol in self._judge.encoder.encode(case).true_inputs
            for place in closure(symbol).read_positions
        }
        return [self._literals[atom] if atom in true else -self._literals[atom] for atom in self._inputs]

    def decide(self, assumptions: list[int]) -> set[str]:
        """The verdicts of the answer set."""
        found: list[set[str]] = []
        self._control.solve(
            assumptions=assumptions,
            on_model=lambda model: found.append(
                {verdict for atom, verdict in self._verdicts.items()
                 if atom in self._literals and model.is_true(self._literals[atom])}
            ),
        )  # fmt: skip
        return found[0]


def agreed_cases(judge: Judge, engines: list[Any], most: int) -> list[Case]:
    """Described cases on which all engines give the same decision."""
    closed = [case for text in case_texts() if is_closed(judge, case := judge.parse_case(text))]
    kept = []
    for case in closed:
        found = [engine.decide(engine.prepare(case)) for engine in engines]
        if all(result == found[0] for result in found):
            kept.append(case)
    print(f"  {len(kept)} of {len(closed)} closed described cases: the same verdict and effects by all policy engines")
    return kept[:: max(1, len(kept) // most)]


def cedar_batch(judge: Judge, policy: Policy, cases: list[Case]) -> Callable[[], object]:
    """Cedar's batch call over all cases."""
    import cedarpy
    from policy_languages import cedar_input, to_cedar

    policies, entities = cedarpy.PolicySet.from_str(to_cedar(policy)), cedarpy.Entities.from_json_str("[]")
    request = {"principal": 'User::"host"', "action": 'Action::"judge"', "resource": 'Rule::"rule"'}
    requests = [{**request, "context": cedar_input(policy.attributes_of(judge.encoder.encode(case)))} for case in cases]
    return lambda: cedarpy.is_authorized_batch(requests, policies, entities)


def engine_rates(judge: Judge, most: int = 40, rounds: int = 5, rows: int = ROWS) -> list[tuple[str, float]]:
    """Cases a second of each engine."""
    program = judge.engines.within(Bounds()).program
    policy = Policy(program, [name for name, criterion in judge.base.criteria.items() if criterion.standard_of_review])
    engines = load_engines(judge, policy)
    cases = agreed_cases(judge, engines, most)
    solver = ClingoPerCall(judge)
    for case in cases:
        assert solver.decide(solver.prepare(case)) == {judge.decide(case).verdict.value}, case.name
    batch = BatchJudge(judge)
    lines = [judge.writer.case(case.model_copy(update={"name": ""})).removeprefix("Case.\n") for case in cases]
    texts = [[line for line in text.splitlines() if line] for text in lines]
    chosen = np.random.default_rng(1).integers(0, len(cases), rows)
    numbered = [batch.sentences.numbers(text) for text in texts]
    numbers = np.concatenate([numbered[number] for number in chosen])
    starts = np.cumsum([0, *(len(numbered[number]) for number in chosen)])
    decided = batch.decide(starts, numbers)
    assert decided.effects is not None
    for row, number in enumerate(chosen[:500]):
        assert batch.decision(int(decided.outcomes[row]), decided.effects[row]) == judge.decide(cases[number])
    works: dict[str, tuple[int, Callable[[], object]]] = {
        "legit, in columns": (rows, lambda: batch.decide(starts, numbers))
    }
    for engine in engines:
        ready = [engine.prepare(case) for case in cases]
        works[f"{engine.name}, a call for each case"] = len(cases), _calls(engine.decide, ready)
    works["Cedar, its batch call"] = len(cases), cedar_batch(judge, policy, cases)
    works["clingo, a call for each case"] = len(cases), _calls(solver.decide, [solver.prepare(case) for case in cases])
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, (_, work) in works.items():
            begin = time.process_time()
            work()
            if turn:
                spent[name].append(time.process_time() - begin)
    found = [(name, count / statistics.median(spent[name])) for name, (count, _) in works.items()]
    fastest = max(rate for name, rate in found if name.startswith("Cedar"))
    print(f"  legit in columns: {found[0][1] / fastest:,.0f} times the faster way of Cedar")
    return found


def _calls(decide: Callable[[Any], object], ready: list[Any]) -> Callable[[], object]:
    return lambda: [decide(item) for item in ready]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--plots", type=Path, help="a folder for the plot")
    options = parser.parse_args()
    found = engine_rates(cached_judge(), options.cases)
    for name, rate in found:
        print(f"  {name:<48}{rate:>14,.0f}/s")
    if options.plots:
        title = "The same decisions, cases a second on one core"
        write_plot(options.plots, "engines", bars(title, found, "/s", logarithmic=True))


if __name__ == "__main__":
    main()
