"""What the endpoints of the decision log read: rows that satisfy a filter, one decision, its replay, a verification."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from legit._util.suggest import suggest
from legit.decision_log import LogReader
from legit.decision_log.columns import COLUMNS, OPERATORS, ColumnCondition, decision_row
from legit.decision_log.entries import Decision, Override, Redaction
from legit.decision_log.entry_integrity import entry_problems, text_problems, visible_annotations
from legit.decision_log.filter_values import parse_utc
from legit.decision_log.filters import DecisionFilter, filter_decisions, parse_fact_filter
from legit.decision_log.title import decision_title
from legit.errors import DecisionLogError, Problem
from legit.judge import Judge
from legit.model.assessment import FrozenModel

_CONDITION = re.compile(r"(\w+)([=<>!]=?)(.*)", re.DOTALL)


class Annotation(FrozenModel):
    """A later entry about a decision, with its number."""

    number: int
    entry: Override | Redaction


class DecisionPage(FrozenModel):
    """Decisions in the order of the log: the columns of `legit log columns` for each, with the title of its case.

    `next` is what to give as `after` for the decisions behind these, null behind the last.
    """

    decisions: tuple[dict[str, str | int], ...]
    next: int | None


class DecisionOnRecord(FrozenModel):
    """A decision as it was recorded: the entry, its sentences with the texts that are kept, later entries about it, and
    what does not fit the tree of the log."""

    number: int
    entry: Decision
    case: str
    annotations: tuple[Annotation, ...]
    warnings: tuple[str, ...]


class VerificationResult(FrozenModel):
    """Whether the log fits its own tree, and how many entries of each kind it has. Only a checkpoint that was kept
    elsewhere proves more: `legit log verify --checkpoint`."""

    valid: bool | None
    entries: dict[str, int]
    problems: tuple[str, ...]


def build_filter(judge: Judge, query: Mapping[str, list[str]]) -> DecisionFilter:
    """The filter of query parameters. Raises DecisionLogError (R122) for a condition or time of another form, and
    LanguageError for a fact that is not understood."""

    def one(name: str) -> str:
        return query.get(name, [""])[0]

    return DecisionFilter(
        verdicts=frozenset(query.get("verdict", ())),
        actions=frozenset(query.get("guidance", ())),
        criteria=frozenset(query.get("criterion", ())),
        families=frozenset(query.get("family", ())),
        rights=frozenset(query.get("right", ())),
        facts=frozenset(item for text in query.get("fact", ()) for item in parse_fact_filter(judge, text)),
        needs_sources=frozenset(filter(None, query.get("needs_source", ()))),
        sole_source=one("sole_source"),
        since=_time("since", one("since")),
        until=_time("until", one("until")),
        caller=frozenset(_pair(item) for item in query.get("caller", ())),
        overridden={"true": True, "false": False}.get(one("overridden")),
        where=frozenset(map(_condition, query.get("where", ()))),
    )


def page(log: LogReader, chosen: DecisionFilter, after: int, limit: int) -> DecisionPage:
    """The decisions behind an entry that a filter selects."""
    with log.text_lookup() as texts:
        matches = (match for match in filter_decisions(log, chosen) if match.number > after)
        found = list(islice(matches, limit + 1))
        rows = tuple(
            {**decision_row(match), "case": decision_title(match.decision, texts(match.number, match.decision))}
            for match in found[:limit]
        )
    return DecisionPage(decisions=rows, next=found[limit - 1].number if len(found) > limit else None)


def on_record(log: LogReader, number: int) -> DecisionOnRecord:
    """A decision of the log. Raises DecisionLogError (R108) when there is none of this number."""
    decision = log.decision(number)
    annotations, problems = visible_annotations(log, number)
    warnings = [*entry_problems(log, number), *problems, *text_problems(log, number, decision).values()]
    return DecisionOnRecord(
        number=number,
        entry=decision,
        case=log.case_text(number),
        annotations=tuple(Annotation(number=at, entry=item) for at, item in annotations),
        warnings=tuple(warnings),
    )


def verification(log: LogReader) -> VerificationResult:
    """The log held against its own tree."""
    from legit.decision_log.verify import verify

    found = verify(log.path, ())
    return VerificationResult(
        valid=found.valid, entries=dict(found.entry_counts), problems=tuple(str(item) for item in found.problems)
    )


def _time(name: str, text: str) -> str:
    try:
        return parse_utc(text) if text else ""
    except ValueError:
        raise _malformed(name, text, "write 2026-01-31 or 2026-01-31T18:00 (in UTC, or with its zone)") from None


def _pair(text: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not mark or not key:
        raise _malformed("caller", text, "write KEY=VALUE")
    return key, value


def _condition(text: str) -> ColumnCondition:
    parts = _CONDITION.fullmatch(text)
    if not parts or parts[2] not in OPERATORS:
        raise _malformed("where", text, f"write COLUMN=VALUE; the signs are {' '.join(OPERATORS)}")
    name, sign, value = parts.groups()
    columns = {column.name: column for column in COLUMNS}
    if name not in columns:
        problem = Problem("R122", f"there is no column `{name[:60]}`", source="where", nearest=suggest(name, columns))
        raise DecisionLogError(problem)
    return ColumnCondition(columns[name], value, sign)


def _malformed(name: str, text: str, help_: str) -> DecisionLogError:
    return DecisionLogError(Problem("R122", f"`{text[:60]}` is no condition `{name}`", source=name, help=help_))
