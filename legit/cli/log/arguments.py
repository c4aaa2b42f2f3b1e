"""The positional arguments of commands about a log, and the author and reason of an annotation."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_author_and_reason", "add_entry_number", "add_log"]


def add_log(parser: argparse.ArgumentParser, help_text: str = "the file of the log") -> None:
    """Add LOG, a path."""
    parser.add_argument("log", type=Path, metavar="LOG", help=help_text)


def add_entry_number(parser: argparse.ArgumentParser) -> None:
    """Add NUMBER, the number of an entry."""
    parser.add_argument("number", type=int, metavar="NUMBER", help="the number of the entry")


def add_author_and_reason(parser: argparse.ArgumentParser) -> None:
    """Add `--by` and `--why`, both required."""
    parser.add_argument("--by", required=True, metavar="WHO", help="who answers for it")
    parser.add_argument("--why", required=True, metavar="REASON", help="the reason")
