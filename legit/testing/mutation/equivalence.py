"""Finds mutants that no example can kill: no case has another result under such a mutant."""

from __future__ import annotations

import time

from legit.assurance.case_search import CaseModel, CaseSearch
from legit.assurance.case_space import CaseSpace
from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.knowledge.base import KnowledgeBase
from legit.testing.mutation.mutant_schema import MutantProgram
from legit.testing.mutation.mutants import Mutant

SEARCH_BOUNDS = Bounds(2, 2)

# All results that an example can state.
_DIFFERENCE_RULES = """
shown(verdict(V)) :- before(verdict(V)).             turned(verdict(V)) :- after(verdict(V)).
shown(harm(L)) :- before(method_harm_level(L)).      turned(harm(L)) :- after(method_harm_level(L)).
shown(applies(C)) :- before(applies(C)).             turned(applies(C)) :- after(applies(C)).
shown(applies(C)) :- before(outweighed(C)).          turned(applies(C)) :- after(outweighed(C)).
shown(applies(C)) :- before(tied(C)).                turned(applies(C)) :- after(tied(C)).
shown(applies(C)) :- before(harm_finding(C)).        turned(applies(C)) :- after(harm_finding(C)).
shown(applies(C)) :- before(speaks_for(C)).          turned(applies(C)) :- after(speaks_for(C)).
shown(guidance(A)) :- before(verdict(V)), before(guidance(V,A)).
turned(guidance(A)) :- after(verdict(V)), after(guidance(V,A)).
shown(unsure(A)) :- before(guidance(undetermined,A)). turned(unsure(A)) :- after(guidance(undetermined,A)).
shown(advice(A)) :- before(advice(A)).               turned(advice(A)) :- after(advice(A)).
shown(open(T)) :- before(unanswered(T)).             turned(open(T)) :- after(unanswered(T)).
shown(demands(N)) :- before(requires_witnesses(N)).  turned(demands(N)) :- after(requires_witnesses(N)).
found :- shown(X), not turned(X).
found :- turned(X), not shown(X).
"""
_SAME_CASE_RULES = "after(X) :- input(X), before(X).\n"


def distinguishing_case(base: KnowledgeBase, mutant: Mutant, limit: float) -> CaseModel | None:
    """A case that a mutant decides differently, with both results; None if there is no such case. The search covers all
    cases with two names and two dates. Raises OutOfTimeError after `limit` seconds.
    """
    programs = (Program(base, SEARCH_BOUNDS), MutantProgram(base, SEARCH_BOUNDS, mutant))
    spaces = [CaseSpace(base, program) for program in programs]
    search = CaseSearch(spaces, _DIFFERENCE_RULES, shared_inputs_only=True, linking_rules=_SAME_CASE_RULES)
    return search.find_case("", time.monotonic() + limit)
