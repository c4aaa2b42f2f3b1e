"""What ends a decision before it is made."""

from __future__ import annotations


class DecisionTimeoutError(Exception):
    """The time limit was reached before the question was settled."""
