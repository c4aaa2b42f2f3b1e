"""Run what a knowledge base says of itself: the examples of its criteria and the decided cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from legit.catalogue.precedents import Precedent, load_precedents
from legit.engine.decided_case import Judged
from legit.errors import LegitError
from legit.judge import Judge
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.criteria import Criterion, Example, RuleFile
from legit.model.assessment import Assessment, Effect


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


@dataclass(frozen=True, slots=True)
class Told:
    """What a check can be compared with: what came of a case. `applying` are the criteria that apply, whatever becomes
    of them; `findings` names those that bear on the verdict, with their effect."""

    verdict: str
    guidance: str
    harm: str
    applying: frozenset[str]
    findings: tuple[tuple[str, Effect], ...]
    advice: frozenset[str]


def told(assessment: Assessment) -> Told:
    """What an assessment tells."""
    return Told(
        assessment.verdict.value, assessment.guidance.action, assessment.harm.level, _applying(assessment),
        tuple((item.criterion, item.effect) for item in assessment.findings), frozenset(assessment.guidance.advice),
    )  # fmt: skip


def applies(assessment: Assessment, criterion: str) -> bool:
    """Whether a criterion applies in an assessment, whatever becomes of it."""
    return criterion in _applying(assessment)


def _applying(assessment: Assessment) -> frozenset[str]:
    found = {item.criterion for item in assessment.findings if item.effect != "possible"}
    found |= {item.criterion for item in assessment.for_the_rule}
    return frozenset(found | {item.criterion for item in assessment.harm.reasons})


def told_briefly(judged: Judged) -> Told:
    """What the assessment of a judged case would tell, without making it."""
    phrases = judged.base.phrases
    findings = tuple(judged.effects())
    applying = {name for name, effect in findings if effect != "possible"}
    applying |= {args[0] for args in judged.sure("speaks_for")} | {args[0] for args in judged.possible("harm_finding")}
    advice = frozenset(phrases[args[0]] for args in judged.sure("advice") if args[0] in phrases)
    return Told(judged.verdict.value, judged.action, judged.harm_level, frozenset(applying), findings, advice)


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
        return compared(check, told(judge.assess(case)), judge.base)
    except LegitError as error:
        return Outcome(check.kind, check.name, False, str(error))


def compared(check: Check, got: Told, base: KnowledgeBase) -> Outcome:
    """Whether what came of a case is what a check expects."""
    found = ", ".join(f"{name} {effect}" for name, effect in got.findings) or "no criterion"
    title = f"{check.title}: " if check.title else ""
    if check.criterion and (check.criterion in got.applying) != check.applies:
        wanted = "applies" if check.applies else "does not apply"
        return Outcome(check.kind, check.name, False, f"expected that `{check.criterion}` {wanted}; found: {found}")
    if check.deviation and check.note and got.verdict == check.deviation:
        return Outcome(check.kind, check.name, True, f"deviates as argued: {check.note}")
    for what in ("verdict", "guidance", "harm"):
        wanted, came = getattr(check, what), getattr(got, what)
        if (wanted and came != wanted) or (check.deviation and what == "verdict"):
            message = f"{title}expected {what} {check.deviation or wanted}, got {came} ({found})"
            return Outcome(check.kind, check.name, False, message)
    if check.advice is not None and {base.phrases.get(name, name) for name in check.advice} != got.advice:
        given = " ".join(sorted(got.advice)) or "none"
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
