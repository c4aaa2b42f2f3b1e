"""The data of a case: facts and opinions with their speakers and positions. The vocabulary is not known here.

White space around a text is dropped, and so is an empty detail or reference.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

Value = int | str
"""An argument of a fact: the id of a value of an enumeration, a quoted name or text, a date, or a measure.

Dates are texts: a year, a month of a year or a day, as `2024`, `2024-05` or `2024-05-31`. Measures are whole numbers:
hours for times, years for ages, and a bare number for counts.
"""


_QUOTES_FIRST = dict.fromkeys(map(ord, '"“”'), "\0")
UNSEEN = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufff0-\ufffb"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""The characters with the property Default_Ignorable_Code_Point (Unicode 15, DerivedCoreProperties), control characters
that are no spaces, and the signs of interlinear annotations."""


def fold_text(text: str) -> str:
    """The form in which quoted names and references are compared: no matter the case, the spaces, how accents are
    encoded (Unicode NFC), and characters that nobody sees: joiners, marks of direction, variation selectors."""
    if not (text.isascii() and text.isprintable()):
        text = UNSEEN.sub("", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", " ".join(text.casefold().split()))


def text_order(text: str) -> tuple[str, str]:
    """The key by which quoted texts, and sentences that quote them, are sorted: first by folded spelling, then as
    written.

    Quotation marks come before every other character. Two sentences that differ in what they quote are therefore sorted
    as the quoted texts are, also where one text is the beginning of the other.
    """
    return fold_text(text).translate(_QUOTES_FIRST), text.translate(_QUOTES_FIRST)


def _or_none(text: str | None) -> str | None:
    return (text.strip() or None) if text is not None else None


_Text = Annotated[str, AfterValidator(str.strip)]
_OptionalText = Annotated[str | None, AfterValidator(_or_none)]


class Truth(StrEnum):
    """The three truth values of a fact."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    # A text hashes in C; the hash that Enum gives is a call of Python, many times for each case.
    __hash__ = str.__hash__


class SpeakerKind(StrEnum):
    """The kinds of sources of evidence."""

    USER = "user"
    DOCUMENT = "document"
    RECORD = "record"
    OPERATOR = "operator"
    INFERRED = "inferred"

    __hash__ = str.__hash__


WitnessId = tuple[str, str | None]
"""A witness: the kind of a source of evidence, and which document or record, in folded spelling."""


class Speaker(BaseModel):
    """A source of evidence, with a reference: the name of a document or the place in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: SpeakerKind = SpeakerKind.USER
    reference: _OptionalText = None

    @property
    def witness_id(self) -> WitnessId:
        """The identity of the witness: each document and each record is one of its own, any other kind is one."""
        own = self.kind in {SpeakerKind.DOCUMENT, SpeakerKind.RECORD}
        return (self.kind.value, fold_text(self.reference) if own and self.reference else None)

    def __str__(self) -> str:
        return f'{self.kind.value} "{self.reference}"' if self.reference else self.kind.value


class SourceSpan(BaseModel):
    """The position of a sentence: line and column, from 1, and its text as written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: int
    column: int
    text: str = ""


class _StatementBase(BaseModel):
    """The common part of facts and opinions. Equality ignores the position in the text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    speaker: Speaker = Speaker()
    span: SourceSpan | None = None

    def _content(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _StatementBase) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())


class Fact(_StatementBase):
    """One sentence of a case: a predicate with typed arguments, its truth, its speaker and its quoted detail."""

    predicate: str
    args: tuple[int | _Text, ...] = ()
    truth: Truth = Truth.TRUE
    detail: _OptionalText = None

    def _content(self) -> tuple[Any, ...]:
        return (self.predicate, self.args, self.truth, self.speaker, self.detail)

    __hash__ = _StatementBase.__hash__

    @property
    def atom(self) -> tuple[str, tuple[Value, ...]]:
        """The predicate and the arguments, whatever the truth value and the speaker."""
        return (self.predicate, self.args)


class Opinion(_StatementBase):
    """Something that the user believes or feels. It is recorded, and no rule reads it."""

    text: _Text

    def _content(self) -> tuple[Any, ...]:
        return (self.text, self.speaker)

    __hash__ = _StatementBase.__hash__


Statement = Fact | Opinion


class Case(BaseModel):
    """The facts about one rule in one situation, in the order in which they were given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Text = ""
    facts: tuple[Fact, ...] = ()
    opinions: tuple[Opinion, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The facts, then the opinions."""
        return (*self.facts, *self.opinions)
