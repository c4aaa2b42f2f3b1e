"""What the commands do that ask about many decisions of a log: `query`, `count`, `replay`, `export`."""

from __future__ import annotations

import argparse
import shutil
from typing import TYPE_CHECKING, Any

from legit.cli.common import DONE, LOG_BROKEN, UsageError, open_judge, print_json, progress
from legit.cli.log.replaying import other_judge
from legit.cli.log.tables import output, print_table, wanted
from legit.render.text_table import table_lines

if TYPE_CHECKING:
    from legit.decision_log.entries import Decision
    from legit.decision_log.replay import Replayed


def query(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.export import COLUMNS, row
    from legit.decision_log.filters import select

    log = LogReader(options.log)
    asked = select(log, wanted(options))
    if options.format != "text":
        print_table(options.format, COLUMNS, (row(found) for found in asked))
        return DONE
    width = min(120, shutil.get_terminal_size((120, 24)).columns)
    number = -1  # the heading is no decision
    with log.reading_texts() as texts:
        rows = (_short(row(found), texts(found.number, found.record), found.record) for found in asked)
        for line in table_lines(_SHORT, rows, width):
            print(line)
            number += 1
    print(f"{number} decision{'s' if number != 1 else ''}" if number > 0 else "no decision")
    return DONE


_SHORT = ("number", "time", "verdict", "guidance", "decided_by", "rests_on", "case")


def _short(line: dict[str, str | int], texts: dict[str, str], record: Decision) -> dict[str, str | int]:
    """A row for people: the time to the minute, the first criterion, and by what to recognise the case."""
    from legit.decision_log.title import caption

    first, *more = str(line["decided_by"]).split() or [""]
    return {
        **line,
        "time": str(line["time"])[:16],
        "decided_by": first + (f" +{len(more)}" if more else ""),
        "case": caption(record, texts),
    }


def count(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.filters import count as counted
    from legit.decision_log.filters import known_predicates

    by = known_predicates(open_judge(options), tuple(options.by)) if options.by else ()
    counts = counted(LogReader(options.log), wanted(options), by)
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
        print_table("csv", ("table", "row", "decisions"), rows)
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
    from legit.decision_log.filters import select
    from legit.decision_log.replay import replay as replayed

    log = LogReader(options.log)
    under = other_judge(options)
    numbers = [found.number for found in select(log, wanted(options))]
    same = 0
    listed: list[Replayed] = []
    with progress("deciding again") as step:
        for done, result in enumerate(replayed(log, numbers, under), 1):
            same += result.same
            if options.all or not result.same:
                listed.append(result)
            step(done, len(numbers))
    rows = [_outcome(result) for result in listed]
    if options.format != "text":
        print_table(options.format, tuple(_outcome_columns), rows)
    else:
        for line in rows:
            print(f"{line['number']:>8}  {line['before']} ({line['guidance_before']})"
                  f" -> {line['after']} ({line['guidance_after']})  {line['changes'] or 'the same'}")  # fmt: skip
        verdicts = sum(line["before"] != line["after"] for line in rows)
        decisions = f"{len(numbers)} decision{'s' if len(numbers) != 1 else ''} made again"
        how = "come out the same" if under else "the same, byte for byte"
        print(f"{decisions}: {same} {how}; {verdicts} with another verdict")
    return LOG_BROKEN if under is None and same != len(numbers) else DONE


def export(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.export import lines, write_csv, write_parquet
    from legit.decision_log.filters import Wanted, select

    log, which = LogReader(options.log), wanted(options)
    if options.form == "records":
        if which != Wanted():
            raise UsageError("records are exported whole, so that they can be verified; choose decisions with --as csv")
        with output(options.to, "wb") as file:
            file.writelines(lines(log))
    elif options.form == "csv":
        with output(options.to, "w") as file:
            write_csv(select(log, which), file)
    elif options.to is None:
        raise UsageError("Parquet needs a file: --to FILE")
    else:
        write_parquet(select(log, which), options.to)
    return DONE


_outcome_columns = ("number", "before", "after", "guidance_before", "guidance_after", "same", "changes")


def _outcome(result: Replayed) -> dict[str, Any]:
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
