"""What the commands do that keep a decision log honest: `head`, `verify`, `prove`, `check`, `override`, `redact`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import DONE, LOG_BROKEN, UsageError, print_json, progress, read_text
from legit.errors import Problem, RecordError

if TYPE_CHECKING:
    from legit.record import TreeHead


def head(options: argparse.Namespace) -> int:
    from legit.record import LogReader

    print(LogReader(options.log).head(options.size), end="")
    return DONE


def verify(options: argparse.Namespace) -> int:
    from legit.record.export import verify_lines
    from legit.record.verify import verify as verified

    heads = [_head(path) for path in options.head]
    with progress("verifying") as step:
        found = verify_lines(options.log, heads) if _is_lines(options.log) else verified(options.log, heads, step)
    if options.format == "json":
        data = {
            "holds": found.holds,
            "records": found.counts,
            "head": str(found.head) if found.head else None,
            "problems": [{"code": problem.code, "message": problem.message} for problem in found.problems],
            "remarks": found.remarks,
        }
        print_json(data)
    else:
        for problem in found.problems:
            print(problem)
        for remark in found.remarks:
            print(f"note: {remark}")
        kinds = ", ".join(f"{number} {kind}" for kind, number in found.counts.items())
        result = "the log holds" if found.holds else "THE LOG DOES NOT HOLD"
        held_against = f"{len(heads)} tree head{'' if len(heads) == 1 else 's'}"
        print(f"{result}: {sum(found.counts.values())} records ({kinds}), held against {held_against}")
    return DONE if found.holds else LOG_BROKEN


def prove(options: argparse.Namespace) -> int:
    from legit.record import LogReader

    log = LogReader(options.log)
    now = log.head(options.size)
    data = {
        "log": now.log,
        "number": options.number,
        "size": now.size,
        "record": log.body(options.number).decode(),
        "path": [step.hex() for step in log.inclusion(options.number, now.size)],
    }
    print_json(data)
    return DONE


def check(options: argparse.Namespace) -> int:
    from legit.record import merkle

    kept = _head(options.head)
    text, shown = read_text(str(options.proof))
    try:
        data = json.loads(text)
        leaf = merkle.leaf_hash(data["record"].encode())
        path = [bytes.fromhex(step) for step in data["path"]]
        name, number, size = str(data["log"]), int(data["number"]), int(data["size"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError(
            Problem("R109", "not a proof", source=shown, help="it is what `legit log prove` prints")
        ) from error
    if (name, size) != (kept.log, kept.size):
        raise UsageError(
            f"the proof is for {size} records of `{name}`, the head counts {kept.size} of `{kept.log}`;"
            " make it with `--size`"
        )
    if not merkle.includes(leaf, number, size, path, kept.root):
        print(f"THE PROOF DOES NOT HOLD: this is not record {number} of the log")
        return LOG_BROKEN
    print(f"the proof holds: this is record {number} of the first {size} of {name}")
    return DONE


def override(options: argparse.Namespace) -> int:
    from legit.record import DecisionLog

    with DecisionLog(options.log) as log:
        number = log.override(options.number, action=options.action, by=options.by, why=options.why)
    print(f"record {number}: decision {options.number} was overridden")
    return DONE


def redact(options: argparse.Namespace) -> int:
    from legit.record import DecisionLog

    with DecisionLog(options.log) as log:
        number = log.redact(options.number, by=options.by, why=options.why, stand_ins=options.text or None)
    print(f"record {number}: texts of decision {options.number} were erased")
    return DONE


def _head(path: Path) -> TreeHead:
    from legit.record import TreeHead

    return TreeHead.parse(*read_text(str(path)))


def _is_lines(path: Path) -> bool:
    """Whether a file holds exported records, and not the database of a log."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError:
        return False
