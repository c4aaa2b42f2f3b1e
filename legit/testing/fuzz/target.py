"""A fuzz target: the source of its inputs, their mutations, and the condition that must hold for every input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from legit.testing.generate import Choices


class TargetViolationError(AssertionError):
    """The condition for every input does not hold for this one."""


class Target(Protocol):
    """Something that reads input from outside, as bytes."""

    name: str

    def seeds(self) -> Iterator[bytes]:
        """Good inputs to begin with, made from the base; those of a corpus come on top."""
        ...

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        """The input with one thing changed in a way that keeps most of its structure."""
        ...

    def check(self, data: bytes) -> None:
        """Read the input and check the result. Raises BrokenError when the condition does not hold. Any other exception
        is a defect as well."""
        ...


def expect(condition: bool, message: str) -> None:
    """Raises BrokenError with the message unless the condition holds."""
    if not condition:
        raise TargetViolationError(message)
