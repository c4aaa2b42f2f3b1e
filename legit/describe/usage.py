"""What descriptions cost: tokens, and money where the price is told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Price(BaseModel):
    """The price of a model, in any currency, for a million tokens that go in and for a million that come out."""

    model_config = ConfigDict(frozen=True)

    input: float = 0.0
    output: float = 0.0


class Usage(BaseModel):
    """Calls of a describer, and the tokens in and out. `reported` is false where a describer did not tell them and they
    were counted from the texts."""

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    reported: bool = True

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reported=self.reported and other.reported,
        )

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.input_tokens + self.output_tokens

    def cost(self, price: Price) -> float:
        """What they cost, in the currency of the price."""
        return (self.input_tokens * price.input + self.output_tokens * price.output) / 1_000_000


NOTHING_USED = Usage()
"""No call, no token."""
