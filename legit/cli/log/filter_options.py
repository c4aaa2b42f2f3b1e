"""Which decisions of a log: the options of a filter, the filter that they make, and the same in words."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from legit._util.suggest import did_you_mean, suggest
from legit._util.terminal_escape import printable_line
from legit.cli.knowledge import open_base, open_judge, require_entry, require_known
from legit.cli.options import parse_key_values
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.catalogue.entries import Entries
    from legit.catalogue.entry import Entry
    from legit.decision_log import LogReader
    from legit.decision_log.columns import ColumnCondition
    from legit.decision_log.filters import DecisionFilter
    from legit.knowledge.base import KnowledgeBase

__all__ = ["add_filter_options", "add_period_options", "filter_from_options", "filter_text", "period_from_options"]

_FILTERS: Final = (
    "verdict", "guidance", "criterion", "family", "right", "fact", "needs_source", "sole_source", "since", "until",
    "caller", "where",
)  # fmt: skip
"""The options of a filter as argparse names them, but for `--overridden`."""

_MAX_NEAREST: Final = 3


class _Once(argparse.Action):
    """Stores the value of an option that may be given once: a decision must satisfy all options, and of two values the
    last would silently count alone."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        if getattr(namespace, self.dest) != self.default:
            raise argparse.ArgumentError(self, "it is given twice")
        setattr(namespace, self.dest, values)


class _BooleanOnce(argparse.BooleanOptionalAction):
    """As `_Once`, for an option and its opposite."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        if getattr(namespace, self.dest) != self.default:
            raise argparse.ArgumentError(self, "it is given twice")
        super().__call__(parser, namespace, values, option)


def add_filter_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that select decisions."""
    group = parser.add_argument_group("filter (a decision must satisfy all options)")
    add = group.add_argument
    add("--verdict", action="append", default=[], help="with this verdict, or one of these")
    add("--guidance", action="append", default=[], metavar="ACTION", help="with this guidance, or one of these")
    add("--criterion", action="append", default=[], help="in which this criterion applied: its id, or its name")
    add("--family", action="append", default=[], help="in which a criterion of this family applied")
    add("--right", action="append", default=[], help="in which this right is touched: its id, or its name")
    add("--fact", action="append", default=[], metavar="SENTENCE", help="in which somebody stated this fact")
    add(
        "--needs-source", action="append", default=[], metavar="SOURCE",
        help="whose verdict is not determined without facts of this source, `inferred` being one",
    )  # fmt: skip
    add(
        "--sole-source", action=_Once, default="", metavar="SOURCE",
        help="whose verdict is based on facts of this source alone, whatever was inferred besides",
    )  # fmt: skip
    add_period_options(group)
    add(
        "--where", action="append", default=[], metavar="COLUMN=VALUE",
        help="with this value in a column; also COLUMN!=VALUE and, for numbers, \"COLUMN>VALUE\", >=, <, <=; may be "
        "repeated (`legit log columns` lists the columns)",
    )  # fmt: skip
    add("--overridden", action=_BooleanOnce, default=None, help="that were overridden")


def add_period_options(group: argparse._ActionsContainer) -> None:
    """Add the options that select entries of any kind: by their time, and by the metadata of the caller."""
    group.add_argument("--since", action=_Once, default="", metavar="TIME", help="from this time or day on (UTC)")
    group.add_argument("--until", action=_Once, default="", metavar="TIME", help="before this time or day (UTC)")
    group.add_argument(
        "--caller", action="append", default=[], metavar="KEY=VALUE", help="with this metadata of the caller"
    )


def period_from_options(options: argparse.Namespace) -> DecisionFilter:
    """The filter of the options of `add_period_options` alone."""
    from legit.decision_log.filters import DecisionFilter

    return DecisionFilter(
        since=_parse_time(options.since),
        until=_parse_time(options.until),
        caller=_parse_caller(options.caller),
    )


def filter_from_options(options: argparse.Namespace, log: LogReader) -> DecisionFilter:
    """The filter of the options, for a log. Raises UsageError for a name that neither the base nor the log has."""
    from legit.decision_log.filters import DecisionFilter, parse_fact_filter
    from legit.model.assessment import Verdict
    from legit.model.facts import SpeakerKind

    for value in options.verdict:
        require_known("verdict", value, list(Verdict))
    for value in filter(None, (*options.needs_source, options.sole_source)):
        require_known("source", value, list(SpeakerKind))
    ids, where = _resolve_names(options, log), _parse_where(options.where)
    _require_known_values(where, options, log)
    caller = _parse_caller(options.caller)
    _tell_unknown_keys({key for key, _ in caller}, log)
    judge = open_judge(options) if options.fact else None
    return DecisionFilter(
        verdicts=frozenset(options.verdict),
        actions=ids["actions"],
        criteria=ids["criteria"],
        families=ids["families"],
        rights=ids["rights"],
        facts=frozenset(item for sentence in options.fact if judge for item in parse_fact_filter(judge, sentence)),
        needs_sources=frozenset(options.needs_source),
        sole_source=options.sole_source,
        since=_parse_time(options.since),
        until=_parse_time(options.until),
        caller=caller,
        overridden=options.overridden,
        where=where,
    )


def filter_text(options: argparse.Namespace) -> str:
    """Which decisions the options select, as a sentence."""
    parts = []
    for name in _FILTERS:
        if value := getattr(options, name):
            text = ", ".join(value) if isinstance(value, list) else value
            parts.append(message(f"cli.filter_{name}", value=text))
    if options.overridden is not None:
        parts.append(message("cli.filter_overridden") if options.overridden else message("cli.filter_not_overridden"))
    return message("cli.filter", parts="; ".join(parts)) if parts else message("cli.no_filter")


def _parse_caller(values: list[str]) -> frozenset[tuple[str, str]]:
    """The metadata that a decision must have. Two values of one key are both demanded: no decision has them."""
    return frozenset(item for value in values for item in parse_key_values([value]).items())


def _parse_where(values: list[str]) -> frozenset[ColumnCondition]:
    """The conditions on columns.

    Raises UsageError where one has another form or there is no such column, and DecisionLogError (R122) where the
    column cannot be compared so.
    """
    from legit.decision_log.columns import COLUMNS, OPERATORS, ColumnCondition

    columns = {column.name: column for column in COLUMNS}
    wanted = set()
    for item in values:
        parts = re.fullmatch(r"(\w+)([=<>!]=?)(.*)", item, re.DOTALL)
        if not parts or parts[2] not in OPERATORS:
            raise UsageError(f"`{item}` is not of the form COLUMN=VALUE; the signs are {' '.join(OPERATORS)}")
        name, sign, value = parts.groups()
        if name not in columns:
            nearest = suggest(name, columns)
            raise UsageError(f"there is no column `{name}`{did_you_mean(nearest) or '; see `legit log columns`'}")
        wanted.add(ColumnCondition(columns[name], value, sign))
    return frozenset(wanted)


def _require_known_values(where: Iterable[ColumnCondition], options: argparse.Namespace, log: LogReader) -> None:
    """Raises UsageError for a name in a condition on a column that neither the base nor a decision in it has."""
    from legit.decision_log.filter_values import filter_values_of_base, recorded_values

    named = [item for item in where if item.column.names and item.value]
    of_base = filter_values_of_base(open_base(options)) if named else None
    for item in sorted(named, key=lambda item: (item.column.name, item.value)):
        known: frozenset[str] = getattr(of_base, item.column.names)
        if item.value not in known and item.value not in (recorded := recorded_values(log, item.column)):
            require_known(f"{item.column.name} value", item.value, known | recorded)


def _tell_unknown_keys(caller: Iterable[str], log: LogReader) -> None:
    """Tell the keys of the caller's metadata that no decision has, on standard error."""
    from legit.decision_log.entries import Decision

    missing = set(caller)
    for _, record in log.entries() if missing else ():
        missing -= record.caller.keys() if isinstance(record, Decision) else set()
        if not missing:
            return
    for key in sorted(missing):
        note = f"the caller's metadata of no decision have the key `{key}`"
        print(printable_line(message("cli.note", note=note)), file=sys.stderr)


def _resolve_names(options: argparse.Namespace, log: LogReader) -> dict[str, frozenset[str]]:
    """The ids that the options name, by the field of `FilterValues` that holds them.

    Names that only the log has are accepted: a base may have lost a criterion that an earlier one had.
    """
    from legit.decision_log.filter_values import filter_values_of_base, filter_values_of_log

    names = {
        "actions": ("guidance", options.guidance),
        "criteria": ("criterion", options.criterion),
        "families": ("family", options.family),
        "rights": ("right", options.right),
    }
    ids = {field: set[str]() for field in names}
    if any(values for _, values in names.values()):
        base = open_base(options)
        of_base, of_log = filter_values_of_base(base), None
        for field, (kind, values) in names.items():
            for value in values:
                if value in getattr(of_base, field):
                    ids[field].add(value)
                    continue
                of_log = of_log or filter_values_of_log(log)
                known = getattr(of_base, field) | getattr(of_log, field)
                ids[field].add(value if value in known else _resolve_name(base, kind, value, known))
    return {field: frozenset(values) for field, values in ids.items()}


def _resolve_name(base: KnowledgeBase, kind: str, value: str, known: Iterable[str]) -> str:
    """The id of a criterion or right by its name. Raises UsageError when nothing has the name."""
    if kind not in {"criterion", "right"}:
        require_known(kind, value, known)
        return value
    from legit.catalogue.entries import Entries

    entries = Entries(base)
    matches = entries.lookup_kind(value, (kind,))
    if matches and not _is_name_of(value, matches[0], entries):  # part of a name: another one may be meant
        raise UsageError(f"there is no {kind} `{value}`{did_you_mean(item.title for item in matches[:_MAX_NEAREST])}")
    if not matches and (suggest(value, known) or not entries.suggest(value, (kind,))):
        require_known(kind, value, known)
    return require_entry(entries, value, (kind,)).id


def _is_name_of(value: str, entry: Entry, entries: Entries) -> bool:
    """Whether a text is the whole id or name of an entry; case and a leading article do not count."""
    names = (entry.id, entry.title, *entry.aliases)
    return value.strip().casefold() in map(str.casefold, names) or entry in entries.lookup(value)


def _parse_time(value: str) -> str:
    from legit.decision_log.filter_values import parse_utc

    try:
        return parse_utc(value) if value else ""
    except ValueError as error:
        raise UsageError(
            f"`{value}` is no day or time; write 2026-01-31 or 2026-01-31T18:00 (in UTC, or with its zone, as +02:00)"
        ) from error
