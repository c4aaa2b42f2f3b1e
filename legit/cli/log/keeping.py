"""What the commands do that keep a decision log honest, from `head` and `keygen` to `override` and `redact`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import DONE, LOG_INVALID, USAGE, UsageError, open_judge, print_json, progress, read_text
from legit.cli.log.tables import open_output
from legit.errors import DecisionLogError, Problem

if TYPE_CHECKING:
    from legit.decision_log import Checkpoint
    from legit.decision_log.verify import Verification


def checkpoint(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader, PrivateKey, checkpoint_with_file_digest

    if options.file_digest and options.size is not None:
        raise UsageError("--file-digest is of the file as it is now, and --size asks for the log as it was")
    key = PrivateKey.parse(*read_text(str(options.sign))) if options.sign else None
    found = (
        checkpoint_with_file_digest(options.log)
        if options.file_digest
        else LogReader(options.log).checkpoint(options.size)
    )
    with open_output(options.to, "w") as file:
        file.write(key.sign(found) if key else str(found))
    return DONE


def keygen(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader, PrivateKey

    key = PrivateKey.generate(LogReader(options.log).checkpoint().log_name)
    public = key.write(options.to)
    print(f"{options.to} signs the tree heads of {key.log_name}: for you alone, and not beside the log")
    print(f"{public} is for whoever verifies: {key.public_key}")
    return DONE


def verify(options: argparse.Namespace) -> int:
    from legit.decision_log.export import verify_export
    from legit.decision_log.verify import verify as verified

    heads = load_checkpoints(options.head, options.public_key)
    with progress("verifying") as step:
        found = verify_export(options.log, heads) if _is_export(options.log) else verified(options.log, heads, step)
    if any(problem.code == "R102" for problem in found.problems):
        raise DecisionLogError(*found.problems)
    if options.format == "json":
        data = {
            "holds": found.valid,
            "records": found.entry_counts,
            "shown": found.verified_count,
            "head": str(found.checkpoint) if found.checkpoint else None,
            "heads": len(heads),
            "signed": options.public_key is not None,
            "problems": [{"code": problem.code, "message": problem.message} for problem in found.problems],
            "remarks": found.notes,
        }
        print_json(data)
    else:
        for problem in found.problems:
            print(problem)
        for remark in found.notes:
            print(f"note: {remark}")
        kinds = ", ".join(f"{number} {kind}" for kind, number in found.entry_counts.items()) or "none could be read"
        print(
            _summary_line(
                found, f"{sum(found.entry_counts.values())} records ({kinds})", len(heads), options.public_key
            )
        )
    return {True: DONE, False: LOG_INVALID, None: USAGE}[found.valid]


def _summary_line(verification: Verification, records: str, checkpoint_count: int, public_key: Path | None) -> str:
    """What came of it, in a sentence that says no more than was shown."""
    if verification.valid is None:
        return (
            f"NOTHING IS SHOWN: {records} have the form of records, and no more was checked. Whether they are those"
            " of the log only a tree head tells: --head FILE"
        )
    signed = "signed " if public_key else ""
    against = (
        f"{checkpoint_count} {signed}tree head{'' if checkpoint_count == 1 else 's'}"
        if checkpoint_count
        else "its own tree only"
    )
    if not verification.valid:
        return f"THE LOG DOES NOT HOLD: {records}, held against {against}"
    if sum(verification.entry_counts.values()) > verification.verified_count:
        return f"the first {verification.verified_count} records hold, held against {against}; nothing is shown of the others: {records}"
    return f"the log holds: {records}, held against {against}"


def prove(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader

    log = LogReader(options.log)
    now = log.checkpoint(options.size)
    try:
        record = log.raw_entry(options.number).decode()
    except UnicodeDecodeError as error:
        message = f"record {options.number} cannot be read: it is no text"
        raise DecisionLogError(
            Problem("R201", message, source=str(options.log), help="see `legit log verify`")
        ) from error
    data = {
        "log": now.log_name,
        "number": options.number,
        "size": now.size,
        "record": record,
        "path": [step.hex() for step in log.inclusion_proof(options.number, now.size)],
    }
    print_json(data)
    return DONE


def check_proof(options: argparse.Namespace) -> int:
    from legit.decision_log import merkle

    (kept,) = load_checkpoints([options.head], options.public_key)
    text, shown = read_text(str(options.proof))
    try:
        data = json.loads(text)
        leaf = merkle.leaf_hash(data["record"].encode())
        path = [bytes.fromhex(step) for step in data["path"]]
        name, number, size = str(data["log"]), int(data["number"]), int(data["size"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DecisionLogError(
            Problem("R109", "not a proof", source=shown, help="it is what `legit log prove` prints")
        ) from error
    if (name, size) != (kept.log_name, kept.size):
        raise UsageError(
            f"the proof is for {size} records of `{name}`, the head counts {kept.size} of `{kept.log_name}`;"
            " make it with `--size`"
        )
    if not merkle.verify_inclusion(leaf, number, size, path, kept.root):
        print(f"THE PROOF DOES NOT HOLD: this is not record {number} of the log")
        return LOG_INVALID
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
        number = log.redact(options.number, by=options.by, why=options.why, placeholders=options.text or None)
    already = "already " if number < size else ""
    print(f"record {number}: texts of decision {options.number} were {already}erased")
    return DONE


def load_checkpoints(paths: list[Path], public_key: Path | None) -> list[Checkpoint]:
    """The tree heads in files, where a key is given signed by it.

    Raises UsageError when there is a key and no head, and what `PublicKey.parse`, `PublicKey.opened` or
    `TreeHead.parse` raise.
    """
    from legit.decision_log import Checkpoint, PublicKey

    if public_key is None:
        heads = [(path, *Checkpoint.parse_signed(*read_text(str(path)))) for path in paths]
        for path, _, note in heads:
            if note.signatures:
                print(f"note: who signed `{path}` was not checked: no --public-key was given", file=sys.stderr)
        return [head for _, head, _ in heads]
    if not paths:
        raise UsageError("--public-key says who must have signed a tree head, and none is given: --head FILE")
    key = PublicKey.parse(*read_text(str(public_key)))
    return [key.verify(*read_text(str(path))) for path in paths]


def _is_export(path: Path) -> bool:
    """Whether a file holds exported records, and not the database of a log. Raises DecisionLogError (R101)."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DecisionLogError(Problem("R101", f"the log cannot be used: {reason}", source=str(path))) from error
