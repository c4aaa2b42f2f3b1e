"""The stated facts on which nothing in an answer rests: without one of them every result is the same.

The facts that an answer cites have an effect. Of the others each is left out in turn, the case is encoded again, and
all of these cases are decided in one pass, each as a scenario of its own.
"""

from __future__ import annotations

from collections.abc import Collection

from legit.engine.case_encoder import CaseEncoder, EncodedCase
from legit.engine.decided_case import DecidedCase
from legit.engine.program_index import ProgramIndex
from legit.engine.scenarios import Scenarios, Variant
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.in_force import CaseSetting, case_setting
from legit.model.facts import Case, Fact, Truth, Value

_MAX_SCENARIOS = 1 << 16

_Statement = tuple[str, tuple[Value, ...]]
"""The predicate and the values of a fact."""


def facts_without_effect(decided: DecidedCase, encoder: CaseEncoder, cited: Collection[Fact]) -> list[Fact]:
    """The affirmed and denied facts of a case without which every result is the same, in an order of their own.

    `cited` are facts that have an effect; so have those that can lead to a route. What is only kept in mind
    (`informational`) is not named. What several speakers state is left out as a whole. None are found after a timeout,
    and where the case has more than 65,536 scenarios.
    """
    case = decided.case
    if decided.consequences is None:
        return []
    known = {_statement(fact) for fact in cited}
    candidates: dict[_Statement, Fact] = {}
    for fact in sorted(case.facts, key=_order):
        statement = _statement(fact)
        if statement not in known and fact.truth is not Truth.UNKNOWN and not _leads_elsewhere(decided.base, fact):
            candidates.setdefault(statement, fact)
    compared = {}
    for statement, fact in candidates.items():
        rest = case.model_copy(update={"facts": tuple(item for item in case.facts if _statement(item) != statement)})
        variant = _variant(decided.engine.index, decided.inputs, encoder.encode(rest))
        if variant is not None and _setting(decided.base, rest) == _setting(decided.base, case):
            compared[fact] = variant
    if not compared:
        return []
    scenarios = decided.engine.scenarios(
        decided.inputs.true_inputs,
        decided.engine.undecided_inputs(decided.inputs),
        [[Variant(), *compared.values()]],
        max_scenarios=_MAX_SCENARIOS,
    )
    if scenarios is None:
        return []
    same = _same_as_first(scenarios)
    return [fact for place, fact in enumerate(compared, start=1) if place in same]


def _leads_elsewhere(base: KnowledgeBase, fact: Fact) -> bool:
    """Whether a fact is no input of the rules alone: it is only kept in mind, or routes depend on it."""
    if base.vocabulary.predicates[fact.predicate].informational or fact.predicate == base.manifest.route_deadline:
        return True
    args, denied = tuple(map(str, fact.args)), fact.truth is Truth.FALSE
    return base.route_index.depends_on(fact.predicate, args, denied=denied)


def _order(fact: Fact) -> tuple[str, tuple[str, ...], str]:
    """An order that does not depend on that of the sentences."""
    return fact.predicate, tuple(map(str, fact.args)), str(fact.speaker)


def _statement(fact: Fact) -> _Statement:
    return fact.predicate, fact.args


def _setting(base: KnowledgeBase, case: Case) -> CaseSetting | None:
    """The place and the dates by which sources are cited; None where the case states none."""
    return case_setting(base.in_force.rules, case, base.profile.trust) if base.in_force else None


def _variant(index: ProgramIndex, inputs: EncodedCase, without: EncodedCase) -> Variant | None:
    """What changes in the inputs when a fact is left out; None if the fact has an effect for certain.

    It settles or disputes something if an input is open without it that was not, or the reverse. It says a result
    itself if one follows from it alone, even where the result would hold in any case.
    """
    before, after = set(inputs.true_inputs), set(without.true_inputs)
    lost = sorted(before - after)
    if without.open_inputs != inputs.open_inputs or any(index.closure(symbol).results for symbol in lost):
        return None
    return Variant(tuple(sorted(after - before)), tuple(lost))


def _same_as_first(scenarios: Scenarios) -> set[int]:
    """The values of the variation under which every result is that under the first value."""
    space = scenarios.space
    varied = next(number for number, dimension in enumerate(scenarios.dimensions) if dimension.is_variation)
    first, differs = space.mask_where(varied, 0), 0
    for atom in scenarios.masks.keys() & scenarios.result_of_atom.keys():
        mask = scenarios.masks[atom]
        differs |= mask ^ space.exists(mask & first, varied)
    return {value for value in range(1, space.sizes[varied]) if not differs & space.mask_where(varied, value)}
