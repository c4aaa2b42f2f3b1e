"""What the commands do that keep a decision log honest, from `head` and `keygen` to `override` and `redact`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import DONE, LOG_BROKEN, USAGE, UsageError, open_judge, print_json, progress, read_text
from legit.cli.log.tables import output
from legit.errors import Problem, RecordError

if TYPE_CHECKING:
    from legit.decision_log import TreeHead
    from legit.decision_log.verify import Verification


def head(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader, PrivateKey, head_with_file

    if options.file_digest and options.size is not None:
        raise UsageError("--file-digest is of the file as it is now, and --size asks for the log as it was")
    key = PrivateKey.parse(*read_text(str(options.sign))) if options.sign else None
    found = head_with_file(options.log) if options.file_digest else LogReader(options.log).head(options.size)
    with output(options.to, "w") as file:
        file.write(key.signed(found) if key else str(found))
    return DONE


def keygen(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader, PrivateKey

    key = PrivateKey.new(LogReader(options.log).head().log)
    public = key.write(options.to)
    print(f"{options.to} signs the tree heads of {key.log}: for you alone, and not beside the log")
    print(f"{public} is for whoever verifies: {key.public}")
    return DONE


def verify(options: argparse.Namespace) -> int:
    from legit.decision_log.export import verify_lines
    from legit.decision_log.verify import verify as verified

    heads = kept_heads(options.head, options.public_key)
    with progress("verifying") as step:
        found = verify_lines(options.log, heads) if _is_lines(options.log) else verified(options.log, heads, step)
    if any(problem.code == "R102" for problem in found.problems):
        raise RecordError(*found.problems)
    if options.format == "json":
        data = {
            "holds": found.holds,
            "records": found.counts,
            "shown": found.shown,
            "head": str(found.head) if found.head else None,
            "heads": len(heads),
            "signed": options.public_key is not None,
            "problems": [{"code": problem.code, "message": problem.message} for problem in found.problems],
            "remarks": found.remarks,
        }
        print_json(data)
    else:
        for problem in found.problems:
            print(problem)
        for remark in found.remarks:
            print(f"note: {remark}")
        kinds = ", ".join(f"{number} {kind}" for kind, number in found.counts.items()) or "none could be read"
        print(_result(found, f"{sum(found.counts.values())} records ({kinds})", len(heads), options.public_key))
    return {True: DONE, False: LOG_BROKEN, None: USAGE}[found.holds]


def _result(found: Verification, records: str, heads: int, public_key: Path | None) -> str:
    """What came of it, in a sentence that says no more than was shown."""
    if found.holds is None:
        return (
            f"NOTHING IS SHOWN: {records} have the form of records, and no more was checked. Whether they are those"
            " of the log only a tree head tells: --head FILE"
        )
    signed = "signed " if public_key else ""
    against = f"{heads} {signed}tree head{'' if heads == 1 else 's'}" if heads else "its own tree only"
    if not found.holds:
        return f"THE LOG DOES NOT HOLD: {records}, held against {against}"
    if sum(found.counts.values()) > found.shown:
        return (
            f"the first {found.shown} records hold, held against {against}; nothing is shown of the others: {records}"
        )
    return f"the log holds: {records}, held against {against}"


def prove(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader

    log = LogReader(options.log)
    now = log.head(options.size)
    try:
        record = log.body(options.number).decode()
    except UnicodeDecodeError as error:
        message = f"record {options.number} cannot be read: it is no text"
        raise RecordError(Problem("R201", message, source=str(options.log), help="see `legit log verify`")) from error
    data = {
        "log": now.log,
        "number": options.number,
        "size": now.size,
        "record": record,
        "path": [step.hex() for step in log.inclusion(options.number, now.size)],
    }
    print_json(data)
    return DONE


def check(options: argparse.Namespace) -> int:
    from legit.decision_log import merkle

    (kept,) = kept_heads([options.head], options.public_key)
    text, shown = read_text(str(options.proof))
    try:
        data = json.loads(text)
        leaf = merkle.leaf_hash(data["record"].encode())
        path = [bytes.fromhex(step) for step in data["path"]]
        name, number, size = str(data["log"]), int(data["number"]), int(data["size"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
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
    from legit.decision_log import DecisionLog

    judge = open_judge(options) if options.kb else None
    with DecisionLog(options.log) as log:
        number = log.override(options.number, action=options.action, by=options.by, why=options.why, judge=judge)
    print(f"record {number}: decision {options.number} was overridden")
    return DONE


def redact(options: argparse.Namespace) -> int:
    from legit.decision_log import DecisionLog

    with DecisionLog(options.log) as log:
        size = len(log)
        number = log.redact(options.number, by=options.by, why=options.why, stand_ins=options.text or None)
    already = "already " if number < size else ""
    print(f"record {number}: texts of decision {options.number} were {already}erased")
    return DONE


def kept_heads(paths: list[Path], public_key: Path | None) -> list[TreeHead]:
    """The tree heads in files, where a key is given signed by it.

    Raises UsageError when there is a key and no head, and what `PublicKey.parse`, `PublicKey.opened` or
    `TreeHead.parse` raise.
    """
    from legit.decision_log import PublicKey, TreeHead

    if public_key is None:
        heads = [(path, *TreeHead.with_note(*read_text(str(path)))) for path in paths]
        for path, _, note in heads:
            if note.signatures:
                print(f"note: who signed `{path}` was not checked: no --public-key was given", file=sys.stderr)
        return [head for _, head, _ in heads]
    if not paths:
        raise UsageError("--public-key says who must have signed a tree head, and none is given: --head FILE")
    key = PublicKey.parse(*read_text(str(public_key)))
    return [key.opened(*read_text(str(path))) for path in paths]


def _is_lines(path: Path) -> bool:
    """Whether a file holds exported records, and not the database of a log. Raises RecordError (R101)."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RecordError(Problem("R101", f"the log cannot be used: {reason}", source=str(path))) from error
