"""How much of a knowledge base its own cases prove: counted from justifications, not from what merely ran.

A criterion, an undercutter or a rule counts as covered where it stands in the proof of something that a case of the
base expects: that the criterion applies, or does not, and the verdict, the guidance and the harm where they are stated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from legit.assurance.coverage_trace import Prover
from legit.assurance.examples import Check, checks, fitted
from legit.assurance.rule_marks import SourceRule
from legit.engine.case_encoder import Encoder
from legit.engine.engine import RESULTS, Engine
from legit.engine.program import Bounds
from legit.engine.scenarios import Scenarios
from legit.errors import LegitError
from legit.judge import Judge
from legit.model.assessment import Verdict

UNDETERMINED = Verdict.UNDETERMINED.value
_APPLYING = ("applies", "speaks_for", "harm_finding")


@dataclass(frozen=True, slots=True)
class Part:
    """Some parts of a base, all of them and those that no case proves, as text."""

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
    own: bool = False
    """Whether only what is the base's own is counted, and not what it extends."""
    rules: set[int] = field(default_factory=set)
    atoms: set[str] = field(default_factory=set)
    _provers: dict[tuple[str, Bounds], tuple[Engine, Prover]] = field(default_factory=dict)

    def add(self, check: Check) -> None:
        """Count what the proof of one case holds. A case that cannot be read, or gone through, proves nothing."""
        try:
            case = self.judge.read_one(check.text)
            judge, check = fitted(self.judge, check)
        except LegitError:
            return
        inputs = Encoder(judge.base).encode(case)
        engine, prover = self._prover(judge, Bounds.for_case(len(inputs.named), inputs.dates))
        scenarios = engine.scenarios(inputs.true, engine.open_inputs(inputs))
        if scenarios is None:
            return
        results = [text for _, text in engine.program.signatures("guidance", "advice", "demands_speakers")]
        for goals, scenario in _goals(check, scenarios, list(self.judge.base.questions), results):
            proof = prover.prove(scenarios, scenario, goals)
            self.rules |= proof.rules
            self.atoms |= proof.atoms

    @property
    def parts(self) -> list[Part]:
        """Criteria, their undercutters, the priorities (what the files of the judgement conclude), all other rules."""
        base = self.judge.base
        criteria = [item for item in base.criteria.values() if self._counts(item.path)]
        proven = {f"{name}({item.id})" for item in criteria for name in _APPLYING} & self.atoms
        met = {text.partition("(")[2][:-1] for text in proven}
        undercutters = [
            (item.id, why)
            for item in base.criteria.values()
            for why in item.undercutters
            if self._counts(base.about.declaring(item.id, why) or item.path)
        ]
        judging = {file.path for file in base.files.values()}
        rules = [rule for rule in self._all_rules if self._counts(rule.file)]
        priorities = [rule for rule in rules if rule.file in judging and rule.head in RESULTS]
        others = [rule for rule in rules if rule not in priorities]
        return [
            Part("criteria", len(criteria), tuple(item.id for item in criteria if item.id not in met)),
            Part(
                "undercutters",
                len(undercutters),
                tuple(f"{name}: {why}" for name, why in undercutters if f"undercut({name},{why})" not in self.atoms),
            ),
            self._part("priorities", priorities),
            self._part("other rules", others),
        ]

    def _counts(self, place: str) -> bool:
        return not self.own or self.judge.base.owns(place)

    def _part(self, name: str, rules: list[SourceRule]) -> Part:
        left = (rule for rule in rules if rule.number not in self.rules)
        return Part(name, len(rules), tuple(f"{rule.file}:{rule.line}: {rule.text}" for rule in left))

    @property
    def _all_rules(self) -> list[SourceRule]:
        return self._prover(self.judge, Bounds())[1].rules

    def _prover(self, judge: Judge, bounds: Bounds) -> tuple[Engine, Prover]:
        key = judge.base.profile.id, bounds
        if key not in self._provers:
            engine = Engine(judge.base, bounds)
            self._provers[key] = engine, Prover(judge.base, engine)
        return self._provers[key]


def coverage(judge: Judge, step: Callable[[int, int], None] | None = None) -> list[Part]:
    """The coverage of a base by all of its own cases."""
    found = Coverage(judge)
    for number, check in enumerate(checks(judge.base), start=1):
        found.add(check)
        if step:
            step(number, 0)
    return found.parts


def _goals(
    check: Check, scenarios: Scenarios, topics: list[str], results: list[str]
) -> Iterator[tuple[list[str], int]]:
    """What a case expects, each with a scenario in which to prove it.

    That a criterion applies is proven in one scenario, since it does in all. Where the verdict is undetermined, a
    scenario of each verdict that is possible belongs to the reason; where it is settled, that no question is open.
    How many speakers a verdict demands belongs to its reason, and to that of a guidance or an advice that no other is
    given.
    """
    if check.criterion:
        texts = [f"{name}({check.criterion})" for name in _APPLYING]
        if check.applies:
            texts = [text for text, name in zip(texts, _APPLYING, strict=True) if _in(scenarios, name, check.criterion)]
        yield texts, 0
    possible = scenarios.values("verdict")
    if check.verdict:
        answered = [f"open({topic})" for topic in topics] if scenarios.space.count == 1 else []
        demanded = [text for text in results if text.startswith("demands_speakers(")]
        for (value,), mask in possible.items():
            yield [f"verdict({value})", *demanded, *answered], _first(mask)
    if check.guidance:
        settled = len(possible) == 1 and check.verdict != UNDETERMINED
        verdict = next(iter(possible))[0] if settled else UNDETERMINED
        mask = scenarios.values("guidance").get((verdict, check.guidance), 0)
        yield [text for text in results if text.startswith(f"guidance({verdict},")], _first(mask)
    if check.advice is not None:
        yield [text for text in results if text.startswith("advice(")], 0
    if check.harm:
        yield [f"harm({check.harm})"], _first(scenarios.values("harm").get((check.harm,), 0))


def _in(scenarios: Scenarios, name: str, criterion: str) -> bool:
    return scenarios.mask(name, (criterion,)) & 1 == 1


def _first(mask: int) -> int:
    """The number of the first scenario of a set; 0 where it is empty."""
    return max((mask & -mask).bit_length() - 1, 0)


def least(parts: Iterable[Part]) -> float:
    """The smallest share that is covered, over the parts."""
    return min((part.percent for part in parts), default=100.0)
