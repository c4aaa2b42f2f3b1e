"""How easily the verdicts of decided matters turn: by one step of one described degree, by one evaluative sentence.

A step is a notch of severity, *may* for *does*, or one band of how many. The evaluative sentences are those of the base
(`evaluative_sentences` of `base.toml`): each values the rule or the user's treatment, and no fact of the case shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from legit.judge import Judge
from legit.messages import message
from legit.model.assessment import DegreeTurn, Verdict
from legit.model.facts import Case, Fact

OPPOSITES = {Verdict.STANDS: Verdict.DEFEATED, Verdict.DEFEATED: Verdict.STANDS}
"""The verdicts that have an opposite."""


class VerdictChange(BaseModel):
    """One change of one case that changes its verdict: by a step of a `degree`, or by one more `sentence`.

    `number` is the place of the case in its group, from 1.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    case: str
    before: Verdict
    after: Verdict
    by: Literal["degree", "sentence"]
    change: str

    @property
    def is_opposite(self) -> bool:
        """Whether a rule that stands is defeated, or the reverse."""
        return OPPOSITES.get(self.before) is self.after


class SensitivityGroup(BaseModel):
    """Cases that are counted together: how many have each verdict, and every change that changes one."""

    model_config = ConfigDict(frozen=True)

    name: str
    verdicts: dict[Verdict, int]
    changes: tuple[VerdictChange, ...]

    def turned(self, before: Verdict, by: str, *, opposite: bool = True) -> int:
        """How many cases of one verdict have a change of one kind; with `opposite` only to the opposite verdict."""
        return len(
            {
                item.number
                for item in self.changes
                if item.before is before and item.by == by and (item.is_opposite or not opposite)
            }
        )


def evaluative_facts(judge: Judge) -> tuple[Fact, ...]:
    """The evaluative sentences of the base as facts. Raises LanguageError for one that is not understood."""
    text = "\n".join(judge.base.manifest.evaluative_sentences)
    return tuple(fact for case in judge.parse_cases(text, "evaluative_sentences") for fact in case.facts)


def sensitivity_group(judge: Judge, name: str, cases: Iterable[Case]) -> SensitivityGroup:
    """Judge some cases, each also with every single step of a degree and with every evaluative sentence added.

    Undetermined cases are counted and not changed. Raises CaseError for a case with too
    many names or dates.
    """
    sentences = evaluative_facts(judge)
    verdicts: dict[Verdict, int] = {}
    changes: list[VerdictChange] = []
    for number, case in enumerate(cases, start=1):
        title = case.name or message("assurance.case_number", number=number)
        assessment = judge.assess(case)
        verdict = assessment.verdict
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
        if verdict is Verdict.UNDETERMINED:
            continue
        found: list[tuple[Verdict, Literal["degree", "sentence"], str]] = []
        for turn in assessment.decisive_steps:
            found.append((turn.verdict, "degree", _degree_text(turn)))
        for fact in _unstated(case, sentences):
            after = judge.decide(case.model_copy(update={"facts": (*case.facts, fact)})).verdict
            if after is not verdict:
                found.append((after, "sentence", judge.writer.sentence(fact)))
        changes += [
            VerdictChange(number=number, case=title, before=verdict, after=after, by=by, change=text)
            for after, by, text in found
        ]
    return SensitivityGroup(name=name, verdicts=verdicts, changes=tuple(changes))


def _unstated(case: Case, facts: tuple[Fact, ...]) -> Iterator[Fact]:
    known = {fact.atom for fact in case.facts}
    return (fact for fact in facts if fact.atom not in known)


def _degree_text(turn: DegreeTurn) -> str:
    (shift,) = turn.shifts
    return message(
        "explanation.replacing", sentence=shift.becomes.rstrip("."), replaced=shift.evidence.sentence.rstrip(".")
    )
