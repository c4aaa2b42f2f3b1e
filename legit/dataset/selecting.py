"""Chooses among drawn cases so that what is rare is chosen first.

Each situation gives candidates: pairs of a defeated case and a standing one that differ in one fact, and single cases
that are contested or undetermined. A candidate is worth more the rarer its features are among what was chosen before:
criteria with their effects, undercutters, priorities, rights, scope, harm, guidance, the values of its facts, and
which fact makes the difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from legit.assurance.priorities import PriorityTracer
from legit.batch.batch_judge import BatchJudge
from legit.dataset.drawing import CaseDrawer, DrawnCase, case_of
from legit.dataset.situations import Situation, Statement
from legit.dataset.wording import Picker
from legit.judge import Judge
from legit.knowledge.case_validation import validate_case
from legit.model.assessment import Assessment, Decision

_PLACEHOLDER = "…"
_BASES = 44
_NEIGHBOURS = 9
_PAIRS_LOOKED_AT = 40
_SINGLES_LOOKED_AT = 12


class Candidate(NamedTuple):
    """One case, or a defeated and a standing one. `changed` are the statements in which the two differ, each in its
    case: None where a case has none."""

    cases: tuple[DrawnCase, ...]
    changed: tuple[Statement | None, ...]
    features: tuple[str, ...]


class Candidates(NamedTuple):
    """The candidates of a situation by kind: `pair`, `contested`, `undetermined`."""

    by_kind: dict[str, list[Candidate]]


class CandidateMaker:
    """Draws the cases of a situation, decides them as a batch, and sorts them by kind."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.drawer = CaseDrawer(judge.base.vocabulary)
        self._batch = BatchJudge(judge)
        self._priorities = PriorityTracer(judge)
        self._required = judge.base.vocabulary.detail_required_predicates

    def make(self, situation: Situation, side: str, pick: Picker) -> Candidates:
        """The candidates of a situation for one side, `evade` or `enforce`."""
        drawn: dict[tuple[object, ...], DrawnCase] = {}
        edges: list[tuple[DrawnCase, DrawnCase, Statement | None, Statement | None]] = []
        for _ in range(_BASES):
            base = self.drawer.draw(situation, side, pick)
            drawn.setdefault(base.key, base)
            near = pick.shuffled(self.drawer.neighbours(base))[:_NEIGHBOURS]
            for other, gone, come in near:
                drawn.setdefault(other.key, other)
                edges.append((base, other, gone, come))
        cases = {key: case_of(item, self._details(item)) for key, item in drawn.items()}
        valid = {key: case for key, case in cases.items() if not validate_case(self.judge.base.vocabulary, case)}
        decided = dict(zip(valid, self._batch.decide_cases(list(valid.values())), strict=True))
        found: dict[str, list[Candidate]] = {"pair": [], "contested": [], "undetermined": []}
        used: set[tuple[object, ...]] = set()
        for base, other, gone, come in pick.shuffled(edges):
            pair = self._pair(decided, base, other, gone, come)
            if pair and len(found["pair"]) < _PAIRS_LOOKED_AT and not {item.key for item in pair[0]} & used:
                used.update(item.key for item in pair[0])
                found["pair"].append(self._candidate(*pair))
        for key in pick.shuffled(decided):
            kind = decided[key].verdict.value
            if kind in found and len(found[kind]) < _SINGLES_LOOKED_AT:
                found[kind].append(self._candidate((drawn[key],), (None,)))
        return Candidates(found)

    def _details(self, case: DrawnCase) -> dict[int, str]:
        return {
            place: _PLACEHOLDER for place, item in enumerate(case.statements) if item.fact.predicate in self._required
        }

    @staticmethod
    def _pair(
        decided: dict[tuple[object, ...], Decision],
        base: DrawnCase,
        other: DrawnCase,
        gone: Statement | None,
        come: Statement | None,
    ) -> tuple[tuple[DrawnCase, ...], tuple[Statement | None, ...]] | None:
        one, two = decided.get(base.key), decided.get(other.key)
        verdicts = (one.verdict.value, two.verdict.value) if one and two else ()
        if verdicts == ("defeated", "stands"):
            return (base, other), (gone, come)
        return ((other, base), (come, gone)) if verdicts == ("stands", "defeated") else None

    def _candidate(self, cases: tuple[DrawnCase, ...], changed: tuple[Statement | None, ...]) -> Candidate:
        features: dict[str, None] = {}
        for item in cases:
            case = case_of(item, self._details(item))
            features.update(dict.fromkeys(_features(item, self.judge.assess(case))))
            features.update((f"priority:{name}", None) for name in self._priorities.deciding(case))
        features.update((f"turns:{item.fact.predicate}", None) for item in changed if item)
        return Candidate(cases, changed, tuple(features))


def _features(case: DrawnCase, found: Assessment) -> Iterator[str]:
    yield from (f"criterion:{item.criterion}:{item.effect}" for item in found.findings)
    yield from (f"undercut:{item.criterion}:{u}" for item in found.undercut for u in _undercutters(item))
    yield from (f"right:{item.right}" for item in found.rights_touched)
    yield from (f"harm:{item.criterion}" for item in found.method_harm.reasons)
    yield f"outcome:{found.verdict.value}:{found.scope}:{found.consequence}:{found.guidance.action}"
    yield f"harm_level:{found.method_harm.level}"
    for item in case.statements:
        yield f"fact:{item.fact.predicate}:{':'.join(map(str, item.fact.args[:2]))}"
    yield f"way:{case.stance}:{case.way}"


def _undercutters(item: object) -> tuple[str, ...]:
    return tuple(str(reason) for reason in getattr(item, "undercutters", ()))


class Selection:
    """Counts what was chosen, and chooses the candidate with the rarest features."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def choose(self, candidates: list[Candidate], taken: set[tuple[object, ...]]) -> Candidate | None:
        """Take the best candidate out of a list. None when no candidate is left whose cases are new."""
        best, best_worth = None, -1.0
        for place, item in enumerate(candidates):
            if any(case.key in taken for case in item.cases):
                continue
            worth = self._worth(item.features)
            if worth > best_worth:
                best, best_worth = place, worth
        if best is None:
            return None
        chosen = candidates.pop(best)
        self.counts.update(chosen.features)
        taken.update(case.key for case in chosen.cases)
        return chosen

    def _worth(self, features: Sequence[str]) -> float:
        """The mean rarity of the five rarest features, so that a case is worth no more for stating more."""
        rarities = sorted((1 / (1 + self.counts[feature]) for feature in features), reverse=True)[:5]
        return sum(rarities) / len(rarities)
