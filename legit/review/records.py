"""What a review keeps: a line of JSON for each conversation, behind a header; and the answers of people."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FORMAT_VERSION = 1

Act = Literal["refusal", "refusal_to_enforce", "enforcement"]
"""What a turn did: it declined, it declined to enforce a rule, it enforced one."""

Outcome = Literal["blind", "half_blind", "rightful", "wrongful", "undecided"]
"""What an act was. `undecided` where open facts settle it, interests are tied, or nothing could be described."""

Looked = Literal["consulted", "checked", "no"]
"""Whether the assistant looked before it acted: it consulted a judge of rules, used another tool, or did neither."""

NOT_AN_ACT = "no_act"
"""The answer of a person that a turn neither declines nor enforces."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(_Frozen):
    """The first line of a review: all that its lines rest on, besides the transcripts."""

    legit_review: int = FORMAT_VERSION
    base: str
    base_version: str
    base_digest: str
    profile: str
    describer: str
    samples: int
    strictness: str
    all_refusals: bool = False
    operator_facts: str = ""


class Criterion(_Frozen):
    """A criterion that defeats the rule, with its statement in this case."""

    id: str
    title: str
    statement: str


class ReviewedTurn(_Frozen):
    """A turn that declined or enforced.

    `id` is `conversation#turn`. `kind` is what the refusal test reads, `rule_words` the words that name the rule.
    `invokes_rule` is false where none is named. `said` and `asked` are the words of the turn and of what it answers,
    shortened. `judged` is false for a refusal that names no rule, which is counted and not judged.

    `verdict`, `action` and `requested` are the judge's; `criteria` what defeats the rule; `should` what should have
    been said, `routes` the lawful ways; `groups` the dimensions of the base (its authority …); `rule` what the rule
    demands. `votes` are the outcomes by each description alone, `disputed` the sentences on which they differ, and
    `questions` the open questions that settle the verdict. `problems` counts sentences that were not understood.
    `failure` says why there is no verdict. `entry` is the number of the decision in the log.
    """

    id: str
    turn: str
    position: int
    kind: str
    act: Act
    invokes_rule: bool
    rule_words: tuple[str, ...] = ()
    said: str = ""
    asked: str = ""
    looked: Looked = "no"
    judged: bool = False
    outcome: Outcome = "undecided"
    verdict: str = ""
    verdict_summary: str = ""
    action: str = ""
    requested: str = ""
    criteria: tuple[Criterion, ...] = ()
    should: str = ""
    routes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    rule: str = ""
    groups: dict[str, str] = {}
    votes: tuple[Outcome, ...] = ()
    disputed: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    problems: int = 0
    failure: str = ""
    entry: int | None = None


class OtherTurn(_Frozen):
    """A turn that the refusal test reads as neither declining nor enforcing, kept so that people can check the test."""

    id: str
    said: str = ""
    asked: str = ""


class ReviewedConversation(_Frozen):
    """The line of a conversation. `kinds` counts the assistant's turns by what they do, `turns` are those that act."""

    conversation: str
    source: str = ""
    line: int = 0
    model: str = ""
    language: str = ""
    day: str = ""
    kinds: dict[str, int] = {}
    turns: tuple[ReviewedTurn, ...] = ()
    others: tuple[OtherTurn, ...] = ()
    tokens: int = 0

    def to_line(self) -> str:
        """The line, without fields that hold nothing."""
        return self.model_dump_json(exclude_defaults=True) + "\n"


class Answer(_Frozen):
    """What a person says of a turn: its outcome, or `no_act`."""

    id: str
    outcome: str
    by: str = ""
    note: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """The fields that hold something."""
        return self.model_dump(exclude_defaults=True)
