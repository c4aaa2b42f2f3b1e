"""The words around the sentences: denial, unknown, opinions, speakers, numbers, units and bands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base_files import BaseFile
from legit.knowledge.toml_files import read_toml, validation_problems

MEASURES = frozenset({"years", "time", "count"})
"""Built-in slot types whose values are whole numbers, seen by the criteria in bands."""

REQUIRED_PHRASES = frozenset(
    {
        "case", "deny", "opine", "speaker_document", "speaker_inferred", "speaker_operator", "speaker_record",
        "speaker_user", "times", "unknown", "within",
    }
)  # fmt: skip
"""The phrases that the grammar's frame is made of."""

HOURS_PER_YEAR = 8760
"""A unit of whole years measures `years`; every shorter unit measures `time`. So no unit belongs to two measures."""

SLOT_PATTERN = re.compile(r"\{([a-z_]+)(?::([a-z_]+))?\}")
"""A slot of a template: the name of an argument, and the form of the value that it asks for, as `{holder:gen}`."""

WholeNumber = Annotated[int, Field(strict=True, ge=0)]


class Bound(NamedTuple):
    """A boundary between two bands of a measure, in one of the measure's units.

    Band `band` and the bands below it hold at most `number` of `unit`; the bands above it hold more.
    """

    measure: str
    band: int
    number: int
    unit: str


class WrittenMeasure(BaseModel):
    """How a measure is written: `one` for one of it, `other` for `{n}` of it, and both in further forms by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: WholeNumber = 0
    one: str
    other: str
    forms: dict[str, dict[Literal["one", "other"], str]] = {}

    def text(self, number: int, form: str = "") -> str:
        """The measure with its number, in the form of this name where it has one."""
        key: Literal["one", "other"] = "one" if number == 1 else "other"
        return self.forms.get(form, {}).get(key, self.one if number == 1 else self.other).format(n=number)


class Lexicon(BaseModel):
    """The words around the sentences: denial, unknown, opinions, speakers, numbers, units and bands.

    `keep_inner_articles` is for a language in which the stop words are pronouns too: lists for agents then leave out
    only the first article of a phrase. `written_units` and `written_count` say how durations and counts are written, in
    a language in which it does not suffice to set a unit behind a number; English has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stop_words: tuple[str, ...]
    keep_inner_articles: bool = False
    phrases: dict[str, tuple[str, ...]]
    spelling: dict[str, str]
    contractions: dict[str, str]
    numbers: dict[str, WholeNumber]
    units: dict[str, WholeNumber]
    vague_times: dict[str, WholeNumber]
    counts: dict[str, WholeNumber]
    bands: dict[str, tuple[WholeNumber, ...]]
    written_units: tuple[WrittenMeasure, ...] = ()
    written_count: WrittenMeasure | None = None

    def band_index(self, measure: str, value: int) -> int:
        """The index of the band of `measure` (years, time or count) into which `value` falls.

        Hours for `time`; whole years for `years`; a number for `count`.
        """
        bounds = self.bands[measure]
        return next((index for index, bound in enumerate(bounds) if value <= bound), len(bounds))

    def hours(self, text: str) -> int | None:
        """The hours of a duration: a number and a unit, or a vague time. None where it is neither."""
        words = " ".join(text.split())
        if words in self.vague_times:
            return self.vague_times[words]
        number, _, unit = words.partition(" ")
        count = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else self.numbers.get(number)
        return None if count is None or unit not in self.units else count * self.units[unit]

    def units_of(self, measure: str) -> dict[str, int]:
        """The words for the units of a measure, each with its size: years, hours for `time`, one for `count`."""
        if measure == "count":
            return dict.fromkeys(self.phrases["times"], 1)
        in_years = {word: hours % HOURS_PER_YEAR == 0 for word, hours in self.units.items() if hours}
        size = HOURS_PER_YEAR if measure == "years" else 1
        return {
            word: self.units[word] // size for word, is_years in in_years.items() if is_years == (measure == "years")
        }

    def bounds(self, measure: str) -> Iterator[Bound]:
        """Every boundary of a measure in every unit that divides it, ascending within each unit."""
        for unit, size in self.units_of(measure).items():
            for band, value in enumerate(self.bands[measure]):
                if value % size == 0:
                    yield Bound(measure, band, value // size, unit)

    def written_bounds(self, measure: str) -> list[Bound]:
        """The boundaries of a measure, ascending, each once: in the largest unit that divides it, singular for 1."""
        best: dict[int, Bound] = {}
        for bound in self.bounds(measure):
            known = best.get(bound.band, bound)
            better = len(bound.unit) < len(known.unit) if bound.number == 1 else len(bound.unit) > len(known.unit)
            if known is bound or bound.number < known.number or (bound.number == known.number and better):
                best[bound.band] = bound
        return [best[band] for band in sorted(best)]


def load_lexicon(file: BaseFile, display_path: str) -> Lexicon:
    """Read `lexicon.toml`. Raises KnowledgeBaseError (K101-K103 unreadable, K201 wrong shape)."""
    return lexicon_of(read_toml(file, display_path), display_path)


def lexicon_of(tables: dict[str, Any], display_path: str) -> Lexicon:
    """The lexicon of the tables of a file. Raises KnowledgeBaseError (K201 wrong shape)."""
    try:
        frame = Lexicon.model_validate(tables)
    except ValidationError as error:
        raise KnowledgeBaseError(*validation_problems(error, Lexicon, display_path)) from error
    problems = [
        Problem("K201", f"phrases: `{name}` has no phrase", source=display_path, nearest=suggest(name, unknown))
        for unknown in [frame.phrases.keys() - REQUIRED_PHRASES]
        for name in sorted(REQUIRED_PHRASES)
        if not frame.phrases.get(name)
    ]
    problems += [
        Problem("K201", f"phrases: `{name}` holds a phrase without a word", source=display_path)
        for name, texts in frame.phrases.items()
        if not all(has_content_words(text, frame) for text in texts)
    ]
    problems += [
        Problem("K201", f"bands: `{name}` does not rise, or is not there", source=display_path)
        for name in sorted(MEASURES)
        for bounds in [frame.bands.get(name, ())]
        if not bounds or list(bounds) != sorted(set(bounds))
    ]
    if problems:
        raise KnowledgeBaseError(*problems)
    return frame


def has_content_words(text: str, lexicon: Lexicon) -> bool:
    """Whether a phrase or template has a word that is no stop word."""
    return any(word not in lexicon.stop_words for word in re.findall(r"[^\W_]+", SLOT_PATTERN.sub(" ", text).lower()))
