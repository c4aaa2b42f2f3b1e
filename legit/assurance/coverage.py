"""How much of a knowledge base its own cases prove: counted from justifications, not from what merely ran.

A criterion, an undercutter or a rule counts as covered when it is part of the proof of a result that a case of the base
expects: that the criterion applies, or does not, and the verdict, the guidance and the harm where they are stated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from legit.assurance.coverage_trace import CoverageTracer
from legit.assurance.examples import ExpectedCase, expected_cases, under_profile
from legit.assurance.rule_marks import SourceRule
from legit.engine.case_encoder import CaseEncoder
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.engine.scenarios import Scenarios
from legit.errors import LegitError
from legit.judge import Judge
from legit.knowledge.protocol import APPLICATIONS, RESULTS
from legit.model.assessment import Verdict

UNDETERMINED = Verdict.UNDETERMINED.value


@dataclass(frozen=True, slots=True)
class CoverageCategory:
    """Some parts of a base, all of them and those that no case proves, as text. `name` is their id."""

    name: str
    total: int
    uncovered: tuple[str, ...]

    @property
    def percent(self) -> float:
        """The share that is covered, from 0 to 100."""
        return 100.0 * (self.total - len(self.uncovered)) / self.total if self.total else 100.0


@dataclass
class Coverage:
    """Collects what the cases of a base prove. Feed it every case with `add`, then read `parts`."""

    judge: Judge
    own_only: bool = False
    """Whether only the base's own rules are counted, and not those of the extended base."""
    proven_rules: set[int] = field(default_factory=set)
    proven_atoms: set[str] = field(default_factory=set)
    _tracers: dict[tuple[str, Bounds], tuple[Engine, CoverageTracer]] = field(default_factory=dict)

    def add_case(self, expected: ExpectedCase) -> None:
        """Count the rules in the proof of one case. A case that cannot be read or decided proves nothing."""
        try:
            case = self.judge.parse_case(expected.text)
            judge, expected = under_profile(self.judge, expected)
        except LegitError:
            return
        inputs = CaseEncoder(judge.base).encode(case)
        engine, prover = self._tracer(judge, Bounds.for_case(len(inputs.names), inputs.date_count))
        scenarios = engine.scenarios(inputs.true_inputs, engine.undecided_inputs(inputs))
        if scenarios is None:
            return
        topics = list(self.judge.base.mandatory_questions)
        for goals, scenario in _proof_goals(expected, scenarios, topics, prover.results):
            proof = prover.trace(scenarios, scenario, goals)
            self.proven_rules |= proof.rules
            self.proven_atoms |= proof.atoms

    @property
    def categories(self) -> list[CoverageCategory]:
        """Criteria, their undercutters, the priorities (the conclusions of the files of the judgement), all other
        rules."""
        base = self.judge.base
        criteria = [item for item in base.criteria.values() if self._in_scope(item.path)]
        proven = {f"{name}({item.id})" for item in criteria for name in APPLICATIONS} & self.proven_atoms
        met = {text.partition("(")[2][:-1] for text in proven}
        undercutters = [
            (item.id, why)
            for item in base.criteria.values()
            for why in item.undercutters
            if self._in_scope(base.manifest.undercut_declared_at(item.id, why) or item.path)
        ]
        judging = {file.path for file in base.judgement_files.values()}
        rules = [rule for rule in self._all_rules if self._in_scope(rule.file)]
        priorities = [rule for rule in rules if rule.file in judging and rule.head in RESULTS]
        others = [rule for rule in rules if rule not in priorities]
        return [
            CoverageCategory("criteria", len(criteria), tuple(item.id for item in criteria if item.id not in met)),
            CoverageCategory(
                "undercutters",
                len(undercutters),
                tuple(
                    f"{name}: {why}" for name, why in undercutters if f"undercut({name},{why})" not in self.proven_atoms
                ),
            ),
            self._rule_category("priorities", priorities),
            self._rule_category("other_rules", others),
        ]

    def _in_scope(self, place: str) -> bool:
        return not self.own_only or self.judge.base.owns_path(place)

    def _rule_category(self, name: str, rules: list[SourceRule]) -> CoverageCategory:
        left = (rule for rule in rules if rule.number not in self.proven_rules)
        return CoverageCategory(name, len(rules), tuple(f"{rule.file}:{rule.line}: {rule.text}" for rule in left))

    @property
    def _all_rules(self) -> list[SourceRule]:
        return self._tracer(self.judge, Bounds())[1].rules

    def _tracer(self, judge: Judge, bounds: Bounds) -> tuple[Engine, CoverageTracer]:
        key = judge.base.profile.id, bounds
        if key not in self._tracers:
            engine = Engine(judge.base, bounds)
            self._tracers[key] = engine, CoverageTracer(judge.base, engine)
        return self._tracers[key]


def measure_coverage(judge: Judge, step: Callable[[int, int], None] | None = None) -> list[CoverageCategory]:
    """The coverage of a base by all of its own cases."""
    found = Coverage(judge)
    for number, check in enumerate(expected_cases(judge.base), start=1):
        found.add_case(check)
        if step:
            step(number, 0)
    return found.categories


def _proof_goals(
    expected: ExpectedCase, scenarios: Scenarios, topics: list[str], results: list[str]
) -> Iterator[tuple[list[str], int]]:
    """What a case expects, each with a scenario in which to prove it.

    That a criterion applies is proven in one scenario, since it does in all. If the verdict is undetermined, a
    scenario of each verdict that is possible belongs to the reason; where it is determined, that no question is open.
    How many witnesses a verdict requires belongs to its reason, and to that of a guidance or an advice that no other is
    given.
    """
    if expected.criterion:
        texts = [f"{name}({expected.criterion})" for name in APPLICATIONS]
        if expected.applies:
            texts = [
                text
                for text, name in zip(texts, APPLICATIONS, strict=True)
                if _applies_in_first_scenario(scenarios, name, expected.criterion)
            ]
        yield texts, 0
    possible = scenarios.result_masks("verdict")
    if expected.verdict:
        answered = [f"unanswered({topic})" for topic in topics] if scenarios.space.count == 1 else []
        demanded = [text for text in results if text.startswith("requires_witnesses(")]
        for (value,), mask in possible.items():
            yield [f"verdict({value})", *demanded, *answered], _first_scenario(mask)
    for name, wanted in (("defeat_scope", expected.scope), ("consequence", expected.consequence)):
        if wanted:
            mask = scenarios.result_masks(name).get((wanted,), 0)
            yield [text for text in results if text.startswith(f"{name}(")], _first_scenario(mask)
    if expected.guidance:
        settled = len(possible) == 1 and expected.verdict != UNDETERMINED
        verdict = next(iter(possible))[0] if settled else UNDETERMINED
        mask = scenarios.result_masks("guidance").get((verdict, expected.guidance), 0)
        yield [text for text in results if text.startswith(f"guidance({verdict},")], _first_scenario(mask)
    if expected.advice is not None:
        yield [text for text in results if text.startswith("advice(")], 0
    if expected.harm:
        needed = [text for text in results if text.startswith("requires_attestation(")]
        yield (
            [f"method_harm_level({expected.harm})", *needed],
            _first_scenario(scenarios.result_masks("method_harm_level").get((expected.harm,), 0)),
        )


def _applies_in_first_scenario(scenarios: Scenarios, name: str, criterion: str) -> bool:
    return scenarios.result_mask(name, (criterion,)) & 1 == 1


def _first_scenario(mask: int) -> int:
    """The number of the first scenario of a set; 0 where it is empty."""
    return max((mask & -mask).bit_length() - 1, 0)


def lowest_percent(categories: Iterable[CoverageCategory]) -> float:
    """The smallest share that is covered, over the parts."""
    return min((part.percent for part in categories), default=100.0)
