"""The record: a decision log that shows when it was tampered with, and from which every decision can be made again."""

from legit.record.file_digest import head_with_file
from legit.record.head import TreeHead
from legit.record.log import DecisionLog
from legit.record.reader import LogReader
from legit.record.signing import PrivateKey, PublicKey
from legit.record.texts import Texts

__all__ = ["DecisionLog", "LogReader", "PrivateKey", "PublicKey", "Texts", "TreeHead", "head_with_file"]
