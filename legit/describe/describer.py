"""The protocol of a describer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from legit.describe.prompt import DescriptionRequest
from legit.describe.usage import Usage


@dataclass(frozen=True)
class RawDescription:
    """What a describer answers: sentences, not yet read. `usage` is None where it does not tell what it used."""

    sentences: tuple[str, ...]
    usage: Usage | None = None


class Describer(Protocol):
    """Describes a turn in sentences.

    `name` identifies it in caches and reports: the name of a model with its settings. `calls_model` is false where
    nothing is sent anywhere, so that a budget does not concern it.
    """

    name: str
    calls_model: bool

    async def describe(self, request: DescriptionRequest) -> RawDescription | None:
        """The sentences for a request; None where it has none for this turn. What it raises is tried again."""
        ...
