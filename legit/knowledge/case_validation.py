"""Validates a case: it fits the vocabulary and does not contradict itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from legit.errors import Problem
from legit.knowledge.lexicon import MEASURES
from legit.knowledge.vocabulary import QUOTED_TYPES, Vocabulary
from legit.messages import message
from legit.model.dates import is_date
from legit.model.facts import Case, Fact, Opinion, Truth, Value, WitnessId, fold_text

_UNQUOTABLE = re.compile("[\n\r\0\ud800-\udfff]")
_MAX_SHOWN = 40
_MAX_CACHED_ATOMS = 4096


def validate_case(vocabulary: Vocabulary, case: Case) -> list[Problem]:
    """The problems of a case; empty when it can be judged.

    C101 unknown predicate, C102 a text that cannot be quoted, C103 wrong arguments, C105 a missing detail, C201 one
    speaker affirms and denies the same fact, C202 two values where one is possible, C203 two facts that exclude each
    other. A contradiction between speakers is no problem: the fact is open.
    """
    fitting = vocabulary.valid_atom_cache
    stated = {(fact.predicate, fact.args) for fact in case.facts}
    problems = []
    if not stated <= fitting:
        for fact in case.facts:
            problem = _signature_problem(vocabulary, fact)
            if problem:
                problems.append(problem)
            elif len(fitting) < _MAX_CACHED_ATOMS:
                fitting.add((fact.predicate, fact.args))
    problems += _check_texts_and_details(vocabulary, case)
    # A name in another spelling is another atom, and the same name all the same.
    truths = {fact.truth for fact in case.facts}
    repeated = len(stated if len(truths) < 2 else {name for name, _ in stated}) < len(case.facts)
    if not problems and (repeated or vocabulary.may_conflict(name for name, _ in stated)):
        return _check_contradictions(vocabulary, case)
    return problems


def is_quotable(text: str) -> bool:
    """Whether a text can stand in quotation marks: on one line, and without what no text in UTF-8 holds."""
    return not _UNQUOTABLE.search(text)


def unquotable_problem(text: str, line: int = 0, column: int = 0) -> Problem:
    """The problem with a text that cannot be quoted (C102)."""
    shown = text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
    shown = shown.encode("utf-8", "replace").decode()
    return Problem(
        "C102",
        f"`{shown}` cannot be quoted",
        line,
        column,
        help="leave out line breaks, null characters and lone surrogates",
    )


def _check_texts_and_details(vocabulary: Vocabulary, case: Case) -> Iterator[Problem]:
    """Problems that do not depend on atoms alone: unquotable texts (C102), missing details (C105)."""
    if not is_quotable(case.name):
        yield unquotable_problem(case.name)
    demanding = vocabulary.detail_required_predicates
    for fact in case.facts:
        if fact.detail:
            if not is_quotable(fact.detail):
                yield _unquotable_problem_at(fact.detail, fact)
        elif fact.predicate in demanding and fact.truth is not Truth.UNKNOWN:
            help_ = "give it a `detail`, in the speaker's words; without one it is an opinion"
            yield _problem_at("C105", f"`{fact.predicate}` needs the concrete detail that shows it", fact, help_)
        if fact.speaker.reference and not is_quotable(fact.speaker.reference):
            yield _unquotable_problem_at(fact.speaker.reference, fact)
    for opinion in case.opinions:
        for text in (opinion.text, opinion.speaker.reference or ""):
            if not is_quotable(text):
                yield _unquotable_problem_at(text, opinion)


def _unquotable_problem_at(text: str, statement: Fact | Opinion) -> Problem:
    return unquotable_problem(
        text, statement.span.line if statement.span else 0, statement.span.column if statement.span else 0
    )


def _problem_at(code: str, text: str, fact: Fact, help_: str = "") -> Problem:
    place = fact.span
    return Problem(code, text, place.line if place else 0, place.column if place else 0, help=help_)


def _signature_problem(vocabulary: Vocabulary, fact: Fact) -> Problem | None:
    predicate = vocabulary.predicates.get(fact.predicate)
    if predicate is None:
        return _problem_at("C101", f"there is no predicate `{fact.predicate}`", fact)
    if len(fact.args) != predicate.arity:
        return _problem_at("C103", f"`{fact.predicate}` takes {predicate.arity} arguments, not {len(fact.args)}", fact)
    for argument, value in zip(predicate.args, fact.args, strict=True):
        values = vocabulary.values(argument.type)
        if values:
            fits = isinstance(value, str) and value in values
        elif argument.type in MEASURES:
            fits = isinstance(value, int) and value >= 0
        elif argument.type in QUOTED_TYPES:
            fits = isinstance(value, str)
        else:
            fits = isinstance(value, str) and is_date(value)
        if not fits:
            return _problem_at(
                "C103", f"`{value}` is no {argument.type.replace('_', ' ')} for `{fact.predicate}`", fact
            )
        if argument.type in QUOTED_TYPES and not is_quotable(str(value)):
            return _unquotable_problem_at(str(value), fact)
    return None


def _check_contradictions(vocabulary: Vocabulary, case: Case) -> list[Problem]:
    problems = []
    said: dict[tuple[object, ...], Fact] = {}
    affirmed: dict[tuple[str, WitnessId], list[Fact]] = {}
    rivals = vocabulary.exclusive_predicates
    for fact in case.facts:
        voice = fact.speaker.witness_id
        folded = tuple(fold_text(value) if isinstance(value, str) else value for value in fact.args)
        other = said.setdefault((fact.predicate, folded, voice), fact)
        if other.truth is not fact.truth:
            problems.append(
                _problem_at(
                    "C201",
                    message("problems.C201", sentence=_quote(fact), other=_quote(other), line=_line(other)),
                    fact,
                    message("problems.C2_help"),
                )
            )
        if fact.predicate in rivals and fact.truth is Truth.TRUE:
            affirmed.setdefault((fact.predicate, voice), []).append(fact)
    for (name, voice), facts in affirmed.items():
        predicate = vocabulary.predicates[name]
        if predicate.spec.functional and len(facts) > 1:
            problems += [
                _problem_at(
                    "C202",
                    message("problems.C202", sentence=_quote(fact), other=_quote(facts[0]), line=_line(facts[0])),
                    fact,
                    message("problems.C2_help"),
                )
                for fact in facts[1:]
                if fact.args != facts[0].args
            ]
        for excluded in predicate.spec.excludes:
            for fact in affirmed.get((excluded, voice), []):
                first = next((other for other in facts if mutually_exclusive(vocabulary, other.atom, fact.atom)), None)
                if first is not None:
                    said_so = message("problems.C203", sentence=_quote(fact), other=_quote(first), line=_line(first))
                    problems.append(_problem_at("C203", said_so, fact, message("problems.C2_help")))
    return problems


def contradicting_facts(vocabulary: Vocabulary, facts: Sequence[Fact]) -> set[int]:
    """The positions of the facts that contradict another one of the same speaker (C201, C202, C203)."""
    said: dict[tuple[object, ...], list[int]] = {}
    affirmed: dict[tuple[str, WitnessId], list[int]] = {}
    for number, fact in enumerate(facts):
        said.setdefault((*_folded_atom(fact), fact.speaker.witness_id), []).append(number)
        if fact.predicate in vocabulary.exclusive_predicates and fact.truth is Truth.TRUE:
            affirmed.setdefault((fact.predicate, fact.speaker.witness_id), []).append(number)
    found = {
        number for group in said.values() if len({facts[number].truth for number in group}) > 1 for number in group
    }
    for (name, voice), group in affirmed.items():
        predicate = vocabulary.predicates[name]
        if predicate.spec.functional and len({facts[number].args for number in group}) > 1:
            found.update(group)
        for excluded in predicate.spec.excludes:
            for other in affirmed.get((excluded, voice), ()):
                clashing = [n for n in group if mutually_exclusive(vocabulary, facts[n].atom, facts[other].atom)]
                found.update((*clashing, other) if clashing else ())
    return found


def unsays(vocabulary: Vocabulary, fact: Fact, given: Fact) -> bool:
    """Whether a fact cannot stand beside a given one, whoever says it: it says the opposite, leaves it open, or
    affirms what excludes it or is ruled out by it."""
    if _folded_atom(fact) == _folded_atom(given):
        return fact.truth is not given.truth
    both = fact.truth is Truth.TRUE and given.truth is Truth.TRUE
    return both and (
        contradict(vocabulary, fact.atom, given.atom)
        or _rules_out(vocabulary, fact.atom, given.atom)
        or _rules_out(vocabulary, given.atom, fact.atom)
    )


def _rules_out(
    vocabulary: Vocabulary, one: tuple[str, tuple[Value, ...]], other: tuple[str, tuple[Value, ...]]
) -> bool:
    """Whether the first of two atoms rules the second out."""
    ruled_out = vocabulary.predicates[one[0]].spec.rules_out
    return any(item.predicate == other[0] and not set(item.values).isdisjoint(other[1]) for item in ruled_out)


def _folded_atom(fact: Fact) -> tuple[str, tuple[Value, ...]]:
    return fact.predicate, tuple(fold_text(value) if isinstance(value, str) else value for value in fact.args)


def mutually_exclusive(
    vocabulary: Vocabulary, one: tuple[str, tuple[Value, ...]], other: tuple[str, tuple[Value, ...]]
) -> bool:
    """Whether two atoms, as predicate and arguments, exclude each other when both are affirmed."""
    first, second = vocabulary.predicates[one[0]], vocabulary.predicates[other[0]]
    if second.id not in first.spec.excludes and first.id not in second.spec.excludes:
        return False
    same_types = [argument.type for argument in first.args] == [argument.type for argument in second.args]
    return not same_types or one[1] == other[1]


def contradict(
    vocabulary: Vocabulary, one: tuple[str, tuple[Value, ...]], other: tuple[str, tuple[Value, ...]]
) -> bool:
    """Whether two different atoms cannot both be true: two values of a functional predicate, or exclusive atoms."""
    if one[0] == other[0]:
        return vocabulary.predicates[one[0]].spec.functional
    return mutually_exclusive(vocabulary, one, other)


def _quote(fact: Fact) -> str:
    return f"`{fact.span.text}`" if fact.span else f"`{fact.predicate}`"


def _line(fact: Fact) -> str:
    return str(fact.span.line) if fact.span else "?"
