"""Cases that differ in one fact."""

from __future__ import annotations

from collections.abc import Iterator

from legit.knowledge.case_validation import validate_case
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Case, Fact, Truth


def one_fact_neighbours(vocabulary: Vocabulary, case: Case) -> Iterator[Case]:
    """The cases that differ from a case in one fact: left out, denied, left open, or with another value in one place.

    Cases with a contradiction are left out.
    """
    for number, fact in enumerate(case.facts):
        before, after = case.facts[:number], case.facts[number + 1 :]
        yield _with_facts(case, (*before, *after))
        for other in _fact_variants(vocabulary, fact):
            changed = _with_facts(case, (*before, other, *after))
            if not validate_case(vocabulary, changed):
                yield changed


def _fact_variants(vocabulary: Vocabulary, fact: Fact) -> Iterator[Fact]:
    for truth in Truth:
        if truth is not fact.truth:
            yield fact.model_copy(update={"truth": truth, "span": None})
    predicate = vocabulary.predicates[fact.predicate]
    for place, argument in enumerate(predicate.args):
        for value in sorted(vocabulary.values(argument.type)):
            if value != fact.args[place]:
                args = (*fact.args[:place], value, *fact.args[place + 1 :])
                yield fact.model_copy(update={"args": args, "span": None})


def _with_facts(case: Case, facts: tuple[Fact, ...]) -> Case:
    return case.model_copy(update={"facts": facts})
