"""Runs the cases of a knowledge base: the examples of its criteria and the decided cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from legit.catalogue.precedents import Precedent, load_precedents
from legit.engine.decided_case import DecidedCase
from legit.errors import LegitError
from legit.explain.routes import find_routes
from legit.judge import TIME_LIMIT, Judge
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.criteria import Criterion, Example, JudgementFile, RuleFileBase
from legit.messages import message
from legit.model.assessment import Assessment, Effect


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: its name, whether it passed, and otherwise the actual result."""

    kind: str
    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedCase:
    """One case that a knowledge base states of itself, with what is expected of it.

    An expectation that is empty (None for the advice) is not checked. With a `profile` the case is judged under that
    profile. `why` says what the case shows.

    `criterion` must apply, or must not where `applies` is false. `route` must fit. `deviation` is the verdict that the
    engine gives instead, if this is known; `note` then gives the reason.
    """

    kind: str
    name: str
    text: str
    criterion: str = ""
    applies: bool = True
    verdict: str = ""
    scope: str = ""
    consequence: str = ""
    guidance: str = ""
    harm: str = ""
    advice: tuple[str, ...] | None = None
    deviation: str = ""
    note: str = ""
    title: str = ""
    profile: str = ""
    why: str = ""
    path: str = ""
    line: int = 0
    route: str = ""


def expected_cases(base: KnowledgeBase, *, own_only: bool = False) -> Iterator[ExpectedCase]:
    """All examples and precedents of a knowledge base; with `own` without those of a base that it extends."""
    for found in _all_expected_cases(base):
        if not own_only or base.owns_path(found.path):
            yield found


def _all_expected_cases(base: KnowledgeBase) -> Iterator[ExpectedCase]:
    for criterion in base.criteria.values():
        yield from criterion_cases(criterion)
    for file in base.judgement_files.values():
        yield from judgement_file_cases(file)
    yield from route_cases(base)
    for precedent in load_precedents(base.layers):
        yield precedent_case(precedent)


def route_cases(base: KnowledgeBase) -> Iterator[ExpectedCase]:
    """The example of each route that has one: the route must fit."""
    for name, route in base.routes.items():
        if route.example:
            yield ExpectedCase(
                kind="example", name=f"{name} route", text=route.example, route=name, path=route.path, line=route.line
            )


def criterion_cases(criterion: Criterion) -> Iterator[ExpectedCase]:
    """Every example of a criterion: its examples must meet it, its counterexamples must not."""
    for sort, examples in (("example", criterion.examples), ("counterexample", criterion.counterexamples)):
        for number, example in enumerate(examples, start=1):
            found = _example_case(f"{criterion.id} {sort} {number}", example, criterion.path)
            line = _line(criterion, f"{sort}s", number)
            yield replace(found, criterion=criterion.id, applies=sort == "example", line=line)


def judgement_file_cases(file: JudgementFile) -> Iterator[ExpectedCase]:
    """The examples of a file of the judgement."""
    for number, example in enumerate(file.examples, start=1):
        found = _example_case(f"{file.id} example {number}", example, file.examples_path)
        yield replace(found, line=_line(file, "examples", number))


def _example_case(name: str, example: Example, path: str) -> ExpectedCase:
    return ExpectedCase(
        kind="example", name=name, text=example.text, verdict=example.verdict, scope=example.scope,
        consequence=example.consequence, guidance=example.guidance,
        harm=example.method_harm, advice=example.advice, profile=example.profile, why=example.why, path=path,
    )  # fmt: skip


def _line(file: RuleFileBase, sort: str, number: int) -> int:
    """The line on which the table of an example begins, 0 where the file writes its examples in another way."""
    lines = file.example_lines.get(sort, ())
    return lines[number - 1] if number <= len(lines) else 0


def precedent_case(precedent: Precedent) -> ExpectedCase:
    """A decided case is decided as expected, or deviates as its note argues."""
    return ExpectedCase(
        kind="precedent", name=precedent.id, text=precedent.facts, verdict=precedent.expected,
        deviation=precedent.deviation, note=precedent.note, title=precedent.title, path=precedent.path,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """The result of a case, for comparison with an expected case.

    `applicable` has the criteria that apply, with any effect. `findings` has those that bear on the verdict, each with
    its effect.
    """

    verdict: str
    scope: str
    consequence: str
    guidance: str
    harm: str
    applicable: frozenset[str]
    findings: tuple[tuple[str, Effect], ...]
    advice: frozenset[str]
    routes: tuple[str, ...] = ()


def outcome_of(assessment: Assessment) -> CaseOutcome:
    """The results of an assessment that a check can compare."""
    return CaseOutcome(
        assessment.verdict.value, assessment.scope, assessment.consequence,
        assessment.guidance.action, assessment.method_harm.level,
        _applicable_criteria(assessment),
        tuple((item.criterion, item.effect) for item in assessment.findings), frozenset(assessment.guidance.advice),
        assessment.routes,
    )  # fmt: skip


def applies(assessment: Assessment, criterion: str) -> bool:
    """Whether a criterion applies in an assessment, with any effect."""
    return criterion in _applicable_criteria(assessment)


def _applicable_criteria(assessment: Assessment) -> frozenset[str]:
    found = {item.criterion for item in assessment.findings if item.effect != "possible"}
    found |= {item.criterion for item in assessment.justifications}
    return frozenset(found | {item.criterion for item in assessment.method_harm.reasons})


def outcome_of_decision(judged: DecidedCase) -> CaseOutcome:
    """The same results of a decided case, without building its assessment."""
    phrases = judged.base.phrases
    findings = tuple(judged.effects())
    applying = {name for name, effect in findings if effect != "possible"}
    applying |= {args[0] for args in judged.cautious("speaks_for")} | {args[0] for args in judged.brave("harm_finding")}
    advice = frozenset(phrases[args[0]] for args in judged.cautious("advice") if args[0] in phrases)
    return CaseOutcome(
        judged.verdict.value, judged.scope, judged.consequence, judged.action, judged.harm_level,
        frozenset(applying), findings, advice, find_routes(judged, findings),
    )  # fmt: skip


def under_profile(judge: Judge, expected: ExpectedCase) -> tuple[Judge, ExpectedCase]:
    """The judge for the profile of a check, and the check with what can be expected under it.

    An example without a profile states its expectations of the whole case for the default weights. Raises
    KnowledgeBaseError when the base has no such profile.
    """
    if expected.profile:
        return judge.with_profile(expected.profile), expected
    if expected.kind == "example" and judge.base.profile.id != DEFAULT_PROFILE:
        return judge, replace(expected, verdict="", scope="", consequence="", guidance="", harm="", advice=None)
    return judge, expected


def run_case(judge: Judge, expected: ExpectedCase) -> CheckResult:
    """The result of one check."""
    try:
        case = judge.parse_case(expected.text)
        judge, expected = under_profile(judge, expected)
        judged = judge._decide_case(case, TIME_LIMIT)
        return compare_outcome(expected, outcome_of_decision(judged), judge.base)
    except LegitError as error:
        return CheckResult(expected.kind, expected.name, False, str(error))


def compare_outcome(expected: ExpectedCase, actual: CaseOutcome, base: KnowledgeBase) -> CheckResult:
    """Whether the result of a case is the one that a check expects."""
    found = ", ".join(f"{name} {effect}" for name, effect in actual.findings) or message("assurance.no_finding")
    title = f"{expected.title}: " if expected.title else ""
    if expected.criterion and (expected.criterion in actual.applicable) != expected.applies:
        wanted = "wanted" if expected.applies else "unwanted"
        reason = message(f"assurance.applies_{wanted}", criterion=expected.criterion, findings=found)
        return CheckResult(expected.kind, expected.name, False, reason)
    if expected.route and expected.route not in actual.routes:
        fitting = ", ".join(actual.routes) or message("assurance.no_route")
        reason = message("assurance.route_wanted", route=expected.route, routes=fitting)
        return CheckResult(expected.kind, expected.name, False, reason)
    if expected.deviation and expected.note and actual.verdict == expected.deviation:
        reason = message("assurance.deviates_as_argued", note=expected.note)
        return CheckResult(expected.kind, expected.name, True, reason)
    for what in ("verdict", "scope", "consequence", "guidance", "harm"):
        wanted, came = getattr(expected, what), getattr(actual, what)
        if (wanted and came != wanted) or (expected.deviation and what == "verdict"):
            values = {"expected": expected.deviation or wanted, "actual": came, "findings": found}
            reason = title + message(f"assurance.expected_{what}", **values)
            return CheckResult(expected.kind, expected.name, False, reason)
    if expected.advice is not None and {base.phrases.get(name, name) for name in expected.advice} != actual.advice:
        given = " ".join(sorted(actual.advice)) or message("assurance.no_advice")
        reason = message("assurance.expected_advice", expected=", ".join(expected.advice), actual=given)
        return CheckResult(expected.kind, expected.name, False, reason)
    return CheckResult(expected.kind, expected.name, True)


def run_criterion_cases(judge: Judge, criterion: Criterion) -> Iterator[CheckResult]:
    """The results of all examples of a criterion."""
    for check in criterion_cases(criterion):
        yield run_case(judge, check)


def run_precedent(judge: Judge, precedent: Precedent) -> CheckResult:
    """The result of a precedent."""
    return run_case(judge, precedent_case(precedent))


def run_cases(judge: Judge) -> Iterator[CheckResult]:
    """The results of all examples and precedents of the judge's knowledge base."""
    for check in expected_cases(judge.base):
        yield run_case(judge, check)
