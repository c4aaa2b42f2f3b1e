"""`legit log check-proof`: a proof that an entry is in a log, verified against a checkpoint; the log is not needed."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE, LOG_INVALID
from legit.cli.input_files import read_text
from legit.cli.log.checkpoint_options import add_public_key, load_checkpoints
from legit.cli.options import Subparsers, add_command
from legit.cli.usage_error import UsageError
from legit.errors import DecisionLogError, Problem
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "check-proof", run, "verify a proof against a checkpoint; the log is not needed")
    parser.add_argument("proof", type=Path, metavar="PROOF", help="what `log prove` printed")
    parser.add_argument(
        "--checkpoint", type=Path, required=True, metavar="FILE", help="a checkpoint that was stored elsewhere"
    )
    add_public_key(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import merkle

    (checkpoint,) = load_checkpoints([options.checkpoint], options)
    proof = _read_proof(options.proof)
    if (proof.log_name, proof.size) != (checkpoint.log_name, checkpoint.size):
        raise UsageError(
            f"the proof is for {proof.size} entries of `{proof.log_name}`, the checkpoint counts {checkpoint.size} of "
            f"`{checkpoint.log_name}`; make it with `--size`"
        )
    leaf = merkle.leaf_hash(proof.entry)
    if not merkle.verify_inclusion(leaf, proof.number, proof.size, proof.path, checkpoint.root):
        print(message("cli.proof_invalid", number=proof.number))
        return LOG_INVALID
    print(printable_line(message("cli.proof_valid", number=proof.number, size=proof.size, log=proof.log_name)))
    return DONE


@dataclass(frozen=True, slots=True)
class _Proof:
    """The output of `log prove`: the bytes of an entry, and the sibling hashes on its path to the root."""

    log_name: str
    number: int
    size: int
    entry: bytes
    path: list[bytes]


def _read_proof(path: Path) -> _Proof:
    """The proof in a file. Raises DecisionLogError (R109) when it is none."""
    text, source = read_text(str(path))
    try:
        data = json.loads(text)
        hashes = [bytes.fromhex(digest) for digest in data["path"]]
        return _Proof(str(data["log_name"]), int(data["number"]), int(data["size"]), data["entry"].encode(), hashes)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        hint = "it is what `legit log prove` prints"
        raise DecisionLogError(Problem("R109", "not a proof", source=source, help=hint)) from error
