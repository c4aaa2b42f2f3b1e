"""Decides an iterable of cases, as `Judge.decide` decides each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from legit.batch.batch_judge import FEW_CASES, BatchJudge
from legit.errors import CaseError
from legit.judge import TIME_LIMIT, Judge, cached_judge
from legit.model.assessment import Decision
from legit.model.facts import Case

CASES_AT_ONCE = 1 << 13
"""The cases that are taken from the iterable before their decisions are given."""


def decide_many(
    cases: Iterable[str | Case], judge: Judge | None = None, *, time_limit: float = TIME_LIMIT
) -> Iterator[Decision]:
    """The decisions of cases, in order. Cases are taken from the iterable in groups of `CASES_AT_ONCE`.

    `time_limit` is in seconds for each case that needs a search. Raises LanguageError or CaseError as `Judge.decide`
    does, before any decision of the group of that case, and MissingExtraError (X001) when numpy is not installed and
    there are more than a few cases.
    """
    judge = judge or cached_judge()
    many: BatchJudge | None = None
    rest = iter(cases)
    while group := list(itertools.islice(rest, CASES_AT_ONCE)):
        checked = [judge.parse_case(case) if isinstance(case, str) else case for case in group]
        for case in checked:
            problems = judge.problems(case)
            if problems:
                raise CaseError(*problems)
        if len(checked) <= FEW_CASES:
            yield from [judge.decide(case, time_limit=time_limit) for case in checked]
            continue
        many = many or BatchJudge(judge, time_limit=time_limit)
        yield from many.decide_cases(checked)
