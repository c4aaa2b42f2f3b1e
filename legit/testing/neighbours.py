"""Cases that differ in one fact."""

from __future__ import annotations

from collections.abc import Iterator

from legit.knowledge.case_validation import case_problems
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Case, Fact, Truth


def one_fact_away(vocabulary: Vocabulary, case: Case) -> Iterator[Case]:
    """The cases that differ from a case in one fact: left out, denied, left open, or with another value in one place.

    Those that contradict themselves are left out.
    """
    for number, fact in enumerate(case.facts):
        before, after = case.facts[:number], case.facts[number + 1 :]
        yield _with(case, (*before, *after))
        for other in _variants(vocabulary, fact):
            changed = _with(case, (*before, other, *after))
            if not case_problems(vocabulary, changed):
                yield changed


def _variants(vocabulary: Vocabulary, fact: Fact) -> Iterator[Fact]:
    for truth in Truth:
        if truth is not fact.truth:
            yield fact.model_copy(update={"truth": truth, "place": None})
    predicate = vocabulary.predicates[fact.predicate]
    for place, argument in enumerate(predicate.args):
        for value in sorted(vocabulary.values(argument.type)):
            if value != fact.args[place]:
                args = (*fact.args[:place], value, *fact.args[place + 1 :])
                yield fact.model_copy(update={"args": args, "place": None})


def _with(case: Case, facts: tuple[Fact, ...]) -> Case:
    return case.model_copy(update={"facts": facts})
