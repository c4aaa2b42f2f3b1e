"""The words around the sentences: denial, unknown, opinions, speakers, numbers, units and bands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.toml_files import nearest, read_toml, shape_problems

MEASURES = frozenset({"years", "time", "count"})
"""Built-in slot types whose values are whole numbers, seen by the criteria in bands."""

FRAME_PHRASES = frozenset(
    {
        "case", "deny", "opine", "speaker_document", "speaker_inferred", "speaker_operator", "speaker_record",
        "speaker_user", "times", "unknown", "within",
    }
)  # fmt: skip
"""The phrases that the grammar's frame is made of."""

SLOT = re.compile(r"\{([a-z_]+)\}")
"""A slot of a template."""

Whole = Annotated[int, Field(strict=True, ge=0)]


class Frame(BaseModel):
    """The words around the sentences: denial, unknown, opinions, speakers, numbers, units and bands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ignored: tuple[str, ...]
    phrases: dict[str, tuple[str, ...]]
    spelling: dict[str, str]
    contractions: dict[str, str]
    numbers: dict[str, Whole]
    units: dict[str, Whole]
    vague_times: dict[str, Whole]
    counts: dict[str, Whole]
    bands: dict[str, tuple[Whole, ...]]

    def band(self, measure: str, value: int) -> int:
        """The index of the band of `measure` (years, time or count) into which `value` falls.

        Hours for `time`; whole years for `years`; a number for `count`.
        """
        bounds = self.bands[measure]
        return next((index for index, bound in enumerate(bounds) if value <= bound), len(bounds))


def load_frame(path: Path, shown: str) -> Frame:
    """Read `frame.toml`. Raises KnowledgeBaseError (K101-K103 unreadable, K201 wrong shape)."""
    try:
        frame = Frame.model_validate(read_toml(path, shown))
    except ValidationError as error:
        raise KnowledgeBaseError(*shape_problems(error, Frame, shown)) from error
    problems = [
        Problem("K201", f"phrases: `{name}` has no phrase", source=shown, nearest=nearest(name, unknown))
        for unknown in [frame.phrases.keys() - FRAME_PHRASES]
        for name in sorted(FRAME_PHRASES)
        if not frame.phrases.get(name)
    ]
    problems += [
        Problem("K201", f"phrases: `{name}` holds a phrase without a word", source=shown)
        for name, texts in frame.phrases.items()
        if not all(has_words(text, frame) for text in texts)
    ]
    problems += [
        Problem("K201", f"bands: `{name}` does not rise, or is not there", source=shown)
        for name in sorted(MEASURES)
        for bounds in [frame.bands.get(name, ())]
        if not bounds or list(bounds) != sorted(set(bounds))
    ]
    if problems:
        raise KnowledgeBaseError(*problems)
    return frame


def has_words(text: str, frame: Frame) -> bool:
    """Whether a phrase or template has a word that the reader does not pass over."""
    return any(word not in frame.ignored for word in re.findall(r"[^\W_]+", SLOT.sub(" ", text).lower()))
