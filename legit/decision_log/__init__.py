"""The record: a decision log that shows when it was tampered with, and from which every decision can be made again."""

from legit.decision_log.checkpoint import TreeHead
from legit.decision_log.file_digest import head_with_file
from legit.decision_log.log import DecisionLog
from legit.decision_log.reader import LogReader
from legit.decision_log.redaction import Texts
from legit.decision_log.signing import PrivateKey, PublicKey

__all__ = ["DecisionLog", "LogReader", "PrivateKey", "PublicKey", "Texts", "TreeHead", "head_with_file"]
