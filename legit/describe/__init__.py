"""Describes what a conversation is about in sentences of the vocabulary, by a model, a function or given sentences.

    >>> from legit.describe import FunctionDescriber, describe
    >>> described = describe(conversation, turn_position, FunctionDescriber(my_function))
    >>> described.case

No model is called unless the caller names one.
"""

from __future__ import annotations

from legit.describe.described_by import (
    FunctionDescriber,
    GivenDescriber,
    ModelDescriber,
    as_describer,
    load_describer,
    read_given,
)
from legit.describe.describer import Describer, RawDescription
from legit.describe.description import Describing, Description, DescriptionSettings, TurnDescription, describe
from legit.describe.prompt import DescriptionRequest, PromptWriter
from legit.describe.store import DescriptionStore
from legit.describe.usage import Price, Usage
from legit.describe.voting import Vote, vote

__all__ = [
    "Describer", "Describing", "Description", "DescriptionRequest", "DescriptionSettings", "DescriptionStore",
    "FunctionDescriber", "GivenDescriber", "ModelDescriber", "Price", "PromptWriter", "RawDescription",
    "TurnDescription", "Usage", "Vote", "as_describer", "describe", "load_describer", "read_given", "vote",
]  # fmt: skip
