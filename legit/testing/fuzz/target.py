"""A fuzz target: the source of its inputs, their mutations, and the condition that must hold for every input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from legit.testing.generate import Choices


class TargetViolationError(AssertionError):
    """The condition of a target does not hold for an input."""


class Target(Protocol):
    """Something that reads input from outside, as bytes."""

    name: str

    def seeds(self) -> Iterator[bytes]:
        """Good inputs to begin with, made from the base. The inputs of a corpus are added to these."""
        ...

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        """The input with one thing changed in a way that keeps most of its structure."""
        ...

    def check(self, data: bytes) -> None:
        """Read the input and check the result. Raises TargetViolationError when the condition does not hold. Any other
        exception is a defect as well.
        """
        ...


def expect(condition: bool, message: str) -> None:
    """Raises TargetViolationError with the message unless the condition holds."""
    if not condition:
        raise TargetViolationError(message)
