"""What the commands do that ask about many decisions of a log: `query`, `count`, `replay`, `export`."""

from __future__ import annotations

import argparse
import shutil
from typing import TYPE_CHECKING, Any

from legit.cli.common import DONE, LOG_INVALID, UsageError, open_judge, print_json, progress
from legit.cli.log.replaying import judge_from_options
from legit.cli.log.tables import filter_from_options, open_output, print_rows
from legit.render.text_table import table_lines

if TYPE_CHECKING:
    from legit.decision_log.entries import Decision
    from legit.decision_log.replay import ReplayResult


def query(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.export import COLUMNS, decision_row
    from legit.decision_log.filters import filter_decisions

    log = LogReader(options.log)
    asked = filter_decisions(log, filter_from_options(options))
    if options.format != "text":
        print_rows(options.format, COLUMNS, (decision_row(found) for found in asked))
        return DONE
    width = min(120, shutil.get_terminal_size((120, 24)).columns)
    number = -1  # the heading is no decision
    with log.text_lookup() as texts:
        rows = (_text_row(decision_row(found), texts(found.number, found.decision), found.decision) for found in asked)
        for line in table_lines(_TEXT_COLUMNS, rows, width):
            print(line)
            number += 1
    print(f"{number} decision{'s' if number != 1 else ''}" if number > 0 else "no decision")
    return DONE


_TEXT_COLUMNS = ("number", "time", "verdict", "guidance", "decided_by", "rests_on", "case")


def _text_row(line: dict[str, str | int], texts: dict[str, str], record: Decision) -> dict[str, str | int]:
    """A row for people: the time to the minute, the first criterion, and by what to recognise the case."""
    from legit.decision_log.title import decision_title

    first, *more = str(line["decided_by"]).split() or [""]
    return {
        **line,
        "time": str(line["time"])[:16],
        "decided_by": first + (f" +{len(more)}" if more else ""),
        "case": decision_title(record, texts),
    }


def count(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.filters import count_decisions as counted
    from legit.decision_log.filters import require_predicates

    by = require_predicates(open_judge(options), tuple(options.by)) if options.by else ()
    counts = counted(LogReader(options.log), filter_from_options(options), by)
    if options.format == "json":
        print_json(
            {
                "decisions": counts.decisions,
                "overridden": counts.overridden,
                "first": counts.first,
                "last": counts.last,
                "tables": {name: dict(rows.most_common()) for name, rows in counts.tables.items()},
            }
        )
        return DONE
    if options.format == "csv":
        rows = (
            {"table": name, "row": what, "decisions": number}
            for name, table in counts.tables.items()
            for what, number in table.most_common()
        )
        print_rows("csv", ("table", "row", "decisions"), rows)
        return DONE
    period = f", {counts.first} to {counts.last}" if counts.decisions else ""
    print(f"{counts.decisions} decisions, {counts.overridden} overridden{period}")
    for name, table in counts.tables.items():
        if table:
            print(f"\n{name}")
        for what, number in table.most_common():
            print(f"{number:>8} {number / counts.decisions:>6.1%}  {what or 'none'}")
    return DONE


def replay(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.filters import filter_decisions
    from legit.decision_log.replay import replay as replayed

    log = LogReader(options.log)
    under = judge_from_options(options)
    numbers = [found.number for found in filter_decisions(log, filter_from_options(options))]
    same = 0
    listed: list[ReplayResult] = []
    with progress("deciding again") as step:
        for done, result in enumerate(replayed(log, numbers, under), 1):
            same += result.same
            if options.all or not result.same:
                listed.append(result)
            step(done, len(numbers))
    rows = [_replay_row(result) for result in listed]
    if options.format != "text":
        print_rows(options.format, tuple(_REPLAY_COLUMNS), rows)
    else:
        for line in rows:
            print(f"{line['number']:>8}  {line['before']} ({line['guidance_before']})"
                  f" -> {line['after']} ({line['guidance_after']})  {line['changes'] or 'the same'}")  # fmt: skip
        verdicts = sum(line["before"] != line["after"] for line in rows)
        decisions = f"{len(numbers)} decision{'s' if len(numbers) != 1 else ''} made again"
        how = "come out the same" if under else "the same, byte for byte"
        print(f"{decisions}: {same} {how}; {verdicts} with another verdict")
    return LOG_INVALID if under is None and same != len(numbers) else DONE


def export(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.export import export_lines, write_csv, write_parquet
    from legit.decision_log.filters import DecisionFilter, filter_decisions

    log, which = LogReader(options.log), filter_from_options(options)
    if options.form == "records":
        if which != DecisionFilter():
            raise UsageError("records are exported whole, so that they can be verified; choose decisions with --as csv")
        with open_output(options.to, "wb") as file:
            file.writelines(export_lines(log))
    elif options.form == "csv":
        with open_output(options.to, "w") as file:
            write_csv(filter_decisions(log, which), file)
    elif options.to is None:
        raise UsageError("Parquet needs a file: --to FILE")
    else:
        write_parquet(filter_decisions(log, which), options.to)
    return DONE


_REPLAY_COLUMNS = ("number", "before", "after", "guidance_before", "guidance_after", "same", "changes")


def _replay_row(result: ReplayResult) -> dict[str, Any]:
    after = result.after
    return {
        "number": result.number,
        "before": result.before.verdict.value,
        "after": after.verdict.value if after else "not decided",
        "guidance_before": result.before.action,
        "guidance_after": after.action if after else "none",
        "same": result.same,
        "changes": "; ".join(result.changes) + (f" ({result.problem})" if result.problem else ""),
    }
