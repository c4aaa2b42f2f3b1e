"""Run what a knowledge base says of itself: the examples of its criteria and the decided cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from legit.assessment import Assessment
from legit.audit.precedents import Precedent, load_precedents
from legit.errors import LegitError
from legit.judge import Judge
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.criteria import Criterion, Example, RuleFile


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check: what was checked, whether it came out, and what happened instead."""

    kind: str
    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One case that a knowledge base states of itself, with what is expected of it.

    What is empty, or None for the advice, is not checked. With a `profile` it is judged under that one; `why` says what
    it shows.

    `criterion` must apply, or must not where `applies` is false. `deviation` is the verdict that comes out instead
    where that is known; `note` then argues it.
    """

    kind: str
    name: str
    text: str
    criterion: str = ""
    applies: bool = True
    verdict: str = ""
    guidance: str = ""
    harm: str = ""
    advice: tuple[str, ...] | None = None
    deviation: str = ""
    note: str = ""
    title: str = ""
    profile: str = ""
    why: str = ""
    path: str = ""


def checks(base: KnowledgeBase, *, own: bool = False) -> Iterator[Check]:
    """All examples and precedents of a knowledge base; with `own` without those of a base that it extends."""
    for found in _all_checks(base):
        if not own or base.owns(found.path):
            yield found


def _all_checks(base: KnowledgeBase) -> Iterator[Check]:
    for criterion in base.criteria.values():
        yield from criterion_checks(criterion)
    for file in base.files.values():
        yield from file_checks(file)
    for precedent in load_precedents(base.parts):
        yield precedent_check(precedent)


def criterion_checks(criterion: Criterion) -> Iterator[Check]:
    """Every example of a criterion: those under `meets` must meet it, those under `misses` must not."""
    for sort, examples in (("meets", criterion.meets), ("misses", criterion.misses)):
        for number, example in enumerate(examples, start=1):
            yield _check(f"{criterion.id} {sort} {number}", example, criterion.path, criterion.id, sort == "meets")


def file_checks(file: RuleFile) -> Iterator[Check]:
    """The examples of a file of the judgement."""
    for number, example in enumerate(file.examples, start=1):
        yield _check(f"{file.id} example {number}", example, file.path)


def _check(name: str, example: Example, path: str, criterion: str = "", applies: bool = True) -> Check:
    return Check(
        kind="example", name=name, text=example.text, criterion=criterion, applies=applies,
        verdict=example.verdict, guidance=example.guidance, harm=example.harm, advice=example.advice,
        profile=example.profile, why=example.why, path=path,
    )  # fmt: skip


def precedent_check(precedent: Precedent) -> Check:
    """A decided case is decided as expected, or deviates as its note argues."""
    return Check(
        kind="precedent", name=precedent.id, text=precedent.facts, verdict=precedent.expected,
        deviation=precedent.deviation, note=precedent.note, title=precedent.title, path=precedent.path,
    )  # fmt: skip


def applies(assessment: Assessment, criterion: str) -> bool:
    """Whether a criterion applies in an assessment, whatever becomes of it."""
    found = {item.criterion for item in assessment.findings if item.effect != "possible"}
    found |= {item.criterion for item in assessment.for_the_rule}
    found |= {item.criterion for item in assessment.harm.reasons}
    return criterion in found


def fitted(judge: Judge, check: Check) -> tuple[Judge, Check]:
    """The judge for the profile of a check, and the check with what can be expected under it.

    What comes of the whole case in an example without a profile is said for the default weights. Raises
    KnowledgeBaseError when the base has no such profile.
    """
    if check.profile:
        return judge.under(check.profile), check
    if check.kind == "example" and judge.base.profile.id != DEFAULT_PROFILE:
        return judge, replace(check, verdict="", guidance="", harm="", advice=None)
    return judge, check


def outcome(judge: Judge, check: Check) -> Outcome:
    """What comes of one check."""
    try:
        case = judge.read_one(check.text)
        judge, check = fitted(judge, check)
        assessment = judge.assess(case)
    except LegitError as error:
        return Outcome(check.kind, check.name, False, str(error))
    effects = [f"{item.criterion} {item.effect}" for item in assessment.findings]
    found = ", ".join(effects) or "no criterion"
    title = f"{check.title}: " if check.title else ""
    if check.criterion and applies(assessment, check.criterion) != check.applies:
        wanted = "applies" if check.applies else "does not apply"
        return Outcome(check.kind, check.name, False, f"expected that `{check.criterion}` {wanted}; found: {found}")
    got = {
        "verdict": assessment.verdict.value,
        "guidance": assessment.guidance.action,
        "harm": assessment.harm.level,
    }
    if check.deviation and check.note and got["verdict"] == check.deviation:
        return Outcome(check.kind, check.name, True, f"deviates as argued: {check.note}")
    expected = {"verdict": check.verdict, "guidance": check.guidance, "harm": check.harm}
    for what, wanted in expected.items():
        if (wanted and got[what] != wanted) or (check.deviation and what == "verdict"):
            message = f"{title}expected {what} {check.deviation or wanted}, got {got[what]} ({found})"
            return Outcome(check.kind, check.name, False, message)
    if check.advice is not None:
        phrases = {judge.base.phrases.get(name, name) for name in check.advice}
        if phrases != set(assessment.guidance.advice):
            given = " ".join(assessment.guidance.advice) or "none"
            return Outcome(check.kind, check.name, False, f"expected advice {', '.join(check.advice)}; got: {given}")
    return Outcome(check.kind, check.name, True)


def criterion_outcomes(judge: Judge, criterion: Criterion) -> Iterator[Outcome]:
    """What comes of every example of a criterion."""
    for check in criterion_checks(criterion):
        yield outcome(judge, check)


def precedent_outcome(judge: Judge, precedent: Precedent) -> Outcome:
    """What comes of a precedent."""
    return outcome(judge, precedent_check(precedent))


def outcomes(judge: Judge) -> Iterator[Outcome]:
    """What comes of all examples and precedents of the judge's knowledge base."""
    for check in checks(judge.base):
        yield outcome(judge, check)
