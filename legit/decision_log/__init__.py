"""The decision log: append-only and tamper-evident; every decision in it can be replayed."""

from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.file_digest import checkpoint_with_file_digest
from legit.decision_log.log import DecisionLog
from legit.decision_log.reader import LogReader
from legit.decision_log.redaction import TextPolicy
from legit.decision_log.signing import PrivateKey, PublicKey

__all__ = [
    "Checkpoint",
    "DecisionLog",
    "LogReader",
    "PrivateKey",
    "PublicKey",
    "TextPolicy",
    "checkpoint_with_file_digest",
]
