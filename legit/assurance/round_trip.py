"""Checks that a base can parse the sentences that it writes: each sentence, with each value, must give the same
fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from legit.errors import Problem
from legit.judge import Judge
from legit.knowledge.vocabulary import Predicate, Vocabulary
from legit.model.facts import Case, Fact, Opinion, Speaker, SpeakerKind, Truth, Value

_DATES = ("2024", "2024-05", "2024-05-31")
_TEXTS = ("x",)
_NUMBERS = (0, 1, 2, 10_000)


def round_trip_problems(judge: Judge) -> Iterator[Problem]:
    """The sentences that are written and parsed to another fact (K303): the words around sentences, and predicates,
    each with the first of its sentences."""
    speakers = [Speaker(kind=kind, reference=reference) for kind in SpeakerKind for reference in (None, "x")]
    around = Case(name="x", opinions=tuple(Opinion(text="x", speaker=speaker) for speaker in speakers))
    shown = judge.base.layers[0].display_name
    yield from _mismatches(judge, [around], f"{shown}/vocabulary/lexicon.toml")
    vocabulary = judge.base.vocabulary
    for predicate in vocabulary.predicates.values():
        yield from _mismatches(
            judge, (Case(facts=(fact,)) for fact in _probe_facts(vocabulary, predicate)), predicate.path
        )


def _mismatches(judge: Judge, cases: Iterable[Case], path: str) -> Iterator[Problem]:
    for case in cases:
        text = judge.writer.case(case)
        found, problems = judge.reader.parse(text, strict=False)
        if problems or found != (case,):
            # Of several lines the last is shown where none is to blame: it is the whole of all but the first text.
            at, why = (problems[0].line, problems[0].message) if problems else (0, "it is taken for something else")
            message = f"`{text.splitlines()[at - 1]}` does not read back as it is meant: {why}"
            yield Problem("K303", message, source=path, help="reword it, or what it clashes with")
            return


def _probe_facts(vocabulary: Vocabulary, predicate: Predicate) -> Iterator[Fact]:
    """The facts of a predicate in which each value of each argument occurs once, and one denied and one left open."""
    choices = [_probe_values(vocabulary, argument.type) for argument in predicate.args]
    if not all(choices):
        return  # of a type without values nothing can be said
    detail = "x" if predicate.detail_required else None
    for number in range(max(map(len, choices), default=1)):
        args = tuple(values[number % len(values)] for values in choices)
        for truth in Truth if number == 0 else (Truth.TRUE,):
            yield Fact(predicate=predicate.id, args=args, truth=truth, detail=detail)


def _probe_values(vocabulary: Vocabulary, type_name: str) -> list[Value]:
    if type_name in vocabulary.types:
        return list(vocabulary.values(type_name))
    if type_name == "date":
        return list(_DATES)
    if type_name in ("name", "text"):
        return list(_TEXTS)
    return [*_NUMBERS, *(vocabulary.lexicon.vague_times.values() if type_name == "time" else ())]
