"""What a fuzz target is: where its inputs come from, how they are changed, and what must hold of any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from legit.testing.generate import Choices


class TargetViolationError(AssertionError):
    """What must hold of any input does not hold of this one."""


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
        """Read the input, and what comes of it. Raises BrokenError when what must hold does not; whatever else it
        raises is no error of `legit` and is a defect as well."""
        ...


def expect(condition: bool, message: str) -> None:
    """Raises BrokenError with the message unless the condition holds."""
    if not condition:
        raise TargetViolationError(message)
