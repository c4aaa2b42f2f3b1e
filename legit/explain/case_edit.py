"""Edits of a case: statements are added and replace those that contradict them; other statements are left out."""

from __future__ import annotations

from collections.abc import Iterable

from legit.errors import CaseError, Problem
from legit.knowledge.case_validation import contradict
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Case, Fact, Opinion, Statement, Truth


def apply_edits(
    vocabulary: Vocabulary, case: Case, assume: Iterable[Statement] = (), without: Iterable[Statement] = ()
) -> Case:
    """The case without some sentences, and with others added in place of the facts that contradict them. A sentence to
    leave out matches every fact with the same content, whatever its source and detail. Raises CaseError (C301, source
    `without`) for each sentence that the case does not state.
    """
    without = tuple(without)
    stated = {_content_key(item) for item in case.statements}
    missing = [_not_stated_problem(case, item) for item in without if _content_key(item) not in stated]
    if missing:
        raise CaseError(*missing)
    gone = {_content_key(item) for item in without}
    added = [item.model_copy(update={"span": None}) for item in assume]
    facts = [item for item in added if isinstance(item, Fact)]
    opinions = [item for item in added if isinstance(item, Opinion)]
    kept = [
        fact
        for fact in case.facts
        if _content_key(fact) not in gone and not any(_contradicts(vocabulary, item, fact) for item in facts)
    ]
    believed = [item for item in case.opinions if _content_key(item) not in gone and item not in opinions]
    return case.model_copy(update={"facts": (*kept, *facts), "opinions": (*believed, *opinions)})


def _content_key(item: Statement) -> tuple[object, ...]:
    return ("opinion", item.text) if isinstance(item, Opinion) else (item.atom, item.truth)


def _not_stated_problem(case: Case, item: Statement) -> Problem:
    words = item.text if isinstance(item, Opinion) else item.predicate
    line, column = 0, 0
    if item.span:
        words, line, column = item.span.text, item.span.line, item.span.column
    named = f"case `{case.name}`" if case.name else "case"
    return Problem(
        "C301", f"the {named} does not state `{words}`", line, column, "without", help="only what it states can go"
    )


def _contradicts(vocabulary: Vocabulary, one: Fact, other: Fact) -> bool:
    """Whether the second fact cannot be kept beside the first."""
    if one.atom == other.atom:
        return True
    if not one.truth is other.truth is Truth.TRUE:
        return False
    return contradict(vocabulary, one.atom, other.atom)
