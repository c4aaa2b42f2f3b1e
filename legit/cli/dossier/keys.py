"""Reading keys and checkpoints that the options of `legit dossier` name."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.options import add_repeatable, existing_path
from legit.cli.usage_error import UsageError, os_error_reason

if TYPE_CHECKING:
    from legit.decision_log.signing import PrivateKey
    from legit.dossier.verify import Outside


def add_sealing_keys(parser: argparse.ArgumentParser) -> None:
    """Add `--key`, which may be repeated."""
    add_repeatable(
        parser, "--key", "FILE", "a private key that seals; the protocol names its public key", existing_path
    )


def load_sealing_keys(options: argparse.Namespace) -> list[PrivateKey]:
    """The keys of `--key`. Raises DecisionLogError (R115) when a file holds none."""
    from legit.decision_log.signing import PrivateKey

    return [PrivateKey.parse(read_small_file(path), str(path)) for path in options.key]


def add_outside(parser: argparse.ArgumentParser) -> None:
    """Add what a verifier has from elsewhere: `--public-key`, `--checkpoint`, `--witness`."""
    add_repeatable(parser, "--public-key", "FILE", "a public key that must have sealed it", existing_path)
    add_repeatable(
        parser, "--checkpoint", "FILE", "a checkpoint that was kept elsewhere: of the protocol, or of the records",
        existing_path,
    )  # fmt: skip
    add_repeatable(parser, "--witness", "FILE", "the key of a witness that must have cosigned it", existing_path)


def load_outside(options: argparse.Namespace) -> Outside:
    """What `add_outside` reads. Raises DecisionLogError (R106, R115) for a file that holds none."""
    from legit.decision_log.checkpoint import Checkpoint
    from legit.decision_log.signing import PublicKey
    from legit.decision_log.witness import WitnessKey
    from legit.dossier.verify import Outside

    return Outside(
        public_keys=[PublicKey.parse(read_small_file(path), str(path)) for path in options.public_key],
        checkpoints=[Checkpoint.parse(read_small_file(path), str(path)) for path in options.checkpoint],
        witnesses=[WitnessKey.parse(read_small_file(path), str(path)) for path in options.witness],
    )


def read_small_file(path: Path) -> str:
    """The text of a key or a checkpoint. Raises UsageError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(1_000_000).decode(errors="replace")
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {os_error_reason(error)}") from error
