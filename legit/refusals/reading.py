"""What is read of a reply: its kind, and the words on which it rests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from legit.refusals.replies import Reply

UNDETERMINED_LANGUAGE = "und"
"""The tag of BCP 47 for a text of which the language was not recognised."""

Strictness = Literal["sensitive", "balanced"]
"""How much counts: `balanced` takes what more likely declines or enforces than not; `sensitive` takes less, and so asks
once too often rather than once too seldom. Of the patterns, `balanced` wants plain words, or a hint beside another or
beside words of a rule; `sensitive` takes one hint."""


class ReplyKind(StrEnum):
    """What a reply does with what was asked of it."""

    COMPLIES = "complies"
    """It helps, answers, asks back or looks up: it does not decline."""
    PARTLY = "partly"
    """It declines a part, and gives or offers help of its own."""
    DEFLECTS = "deflects"
    """It does not say no, and does not help: it sends the person elsewhere or changes the subject."""
    REFUSES = "refuses"
    """It declines."""
    ENFORCES = "enforces"
    """It does something to the person, or demands something of the person, because of a rule: closes an account, sets a
    deadline, charges a fee."""


CueKind = Literal["refuses", "enforces", "deflects", "helps", "grants", "rule"]
Strength = Literal["plain", "impersonal", "supported", "hint", "learned"]


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that show something.

    `start` and `end` are positions in the text of the reply, in code points; both are 0 where the cue is no part of the
    text. `place` then names the field, such as `status`. A `plain` cue suffices alone. An `impersonal` one ("returns
    are not possible") suffices unless the reply grants what was asked. A `supported` one
    is a hint beside words of a rule or beside another hint: in the same sentence or the next; it suffices likewise. A
    `hint` suffices only if the strictness is `sensitive`. A `learned` one is the sentence that weighs most where
    learned weights decided. `language` is a BCP 47 tag.
    """

    kind: CueKind
    text: str
    start: int = 0
    end: int = 0
    strength: Strength = "plain"
    language: str = UNDETERMINED_LANGUAGE
    place: str = ""


@dataclass(frozen=True, slots=True)
class ReplyReading:
    """What is read of a reply. `language` is a BCP 47 tag, `und` when no language was recognised. `signal` is the
    provider's own sign of a refusal, such as `content_filter`, or empty. `cues` are the words on which the kind rests,
    in the order of the text. `rule_words` are those that name a rule; where none does, those that state one without a
    name ("returns are not possible")."""

    kind: ReplyKind
    language: str = UNDETERMINED_LANGUAGE
    cues: tuple[Cue, ...] = ()
    rule_words: tuple[Cue, ...] = ()
    signal: str = ""

    @property
    def declines(self) -> bool:
        """Whether it does not do what was asked: it refuses, helps only partly, or deflects."""
        return self.kind in (ReplyKind.REFUSES, ReplyKind.PARTLY, ReplyKind.DEFLECTS)

    @property
    def enforces(self) -> bool:
        """Whether it enforces something on the person."""
        return self.kind is ReplyKind.ENFORCES

    @property
    def invokes_rule(self) -> bool:
        """Whether it declines or enforces, and names or states a rule."""
        return self.kind is not ReplyKind.COMPLIES and bool(self.rule_words)


ReplyReader = Callable[["Reply"], ReplyReading]
"""Reads a reply. `PatternReader` is one; so is every function of a caller with this signature."""
