"""The differences between engine and oracle on a case, as sentences; and the smallest case on which they still
differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from legit.judge import Judge
from legit.model.assessment import Assessment, Evidence
from legit.model.facts import Case, Truth
from legit.testing.oracle.answer import MAX_ANSWER_SETS, Oracle, OracleAnswer
from legit.testing.oracle.rule_ast import Atom


def disagreements(judge: Judge, oracle: Oracle, case: Case, limit: int = MAX_ANSWER_SETS) -> list[str]:
    """The differences between the answers of the engine and the oracle to a case; empty if they agree.

    The comparison covers the verdict with its scope and consequence, the findings with their effects, undercut
    criteria, justifications, rights, harm, guidance, and the questions with their decisiveness. It also checks that the
    evidence of each conclusion is sufficient. Raises TooManyAnswerSetsError when the case can be completed in more than
    `most` ways.
    """
    answer = oracle.answer(case, limit)
    return list(_disagreement_texts(judge, judge.assess(case, time_limit=600.0), answer, case))


def _disagreement_texts(judge: Judge, found: Assessment, answer: OracleAnswer, case: Case) -> Iterator[str]:
    base = judge.base
    topics = {str(args[0]) for args in answer.brave("unanswered")}
    decisive = answer.decisive
    names = {(fact.predicate, fact.args): atom for atom, facts in answer.inputs.facts.items() for fact in facts}
    asked = {q.topic or (names[q.fact.atom] if q.fact else ""): q.decisive for q in found.questions}
    phrases = base.phrases
    compared: list[tuple[str, object, object]] = [
        ("verdict", found.verdict.value, answer.verdict),
        ("scope", found.scope, answer.scope),
        ("consequence", found.consequence, answer.consequence),
        ("effects", {item.criterion: item.effect for item in found.findings}, answer.effects),
        ("stance", found.guidance.stance, answer.stance),
        ("guidance", found.guidance.action, answer.action),
        (
            "advice",
            set(found.guidance.advice),
            {phrases[str(a[0])] for a in answer.cautious("advice") if a[0] in phrases},
        ),
        ("harm", found.method_harm.level, answer.harm),
        ("harms", {item.criterion for item in found.method_harm.reasons}, _names(answer.brave("harm_finding"))),
        (
            "speaks for the rule",
            {item.criterion for item in found.justifications},
            _names(answer.cautious("speaks_for")),
        ),
        ("rights", {item.right.lower() for item in found.rights_touched}, _names(answer.cautious("touches"))),
        ("saved", {item.criterion: len(item.undercutters) for item in found.undercut}, _undercut_counts(answer)),
        ("open points", set(asked), topics | _stated_open_facts(answer)),
        ("decisive points", {point for point, is_decisive in asked.items() if is_decisive}, decisive),
    ]
    # Who attests what sets a harm aside is no matter of the rules: the engine sees to it after them.
    apart = {"harm", "harms", "guidance", "advice"} if answer.brave("requires_attestation") else set()
    for what, engine, oracle in compared:
        if engine != oracle and what not in apart:
            yield f"{what}: the engine says {_display(engine)}, the oracle {_display(oracle)}"
    sentences: dict[str, list[Atom]] = {}
    for atom, facts in answer.inputs.facts.items():
        for fact in facts:
            if fact.truth is Truth.TRUE:
                sentences.setdefault(judge.writer.sentence(fact), []).append(atom)
    rests = [(item.criterion, item.evidence) for item in found.findings]
    rests += [(item.criterion, item.evidence) for item in found.justifications]
    rests += [(item.criterion, item.evidence) for item in found.method_harm.reasons]
    for criterion, grounds in rests:
        yield from _evidence_problems(criterion, grounds, sentences, answer)


def _evidence_problems(
    criterion: str, evidence: tuple[Evidence, ...], sentences: dict[str, list[Atom]], answer: OracleAnswer
) -> Iterator[str]:
    """The errors in the evidence of a criterion."""
    foreign = [ground.sentence for ground in evidence if ground.sentence not in sentences]
    if foreign:
        yield f"`{criterion}` is said to rest on `{foreign[0]}`, which the case does not state"
        return
    goal = ("meets", criterion)
    said = {atom for ground in evidence for atom in sentences[ground.sentence]} & answer.inputs.true
    said |= {atom for atom in answer.inputs.true if atom not in answer.inputs.facts}
    if not answer.derives(said, goal) and (evidence or answer.derives(answer.inputs.true, goal)):
        shown = _display({ground.sentence for ground in evidence})
        yield f"`{criterion}` does not follow from what it is said to rest on: {shown}"


def _names(found: set[tuple[int | str, ...]]) -> set[str]:
    return {str(args[0]) for args in found}


def _undercut_counts(answer: OracleAnswer) -> dict[str, int]:
    met = answer.cautious("meets")
    found: dict[str, int] = {}
    for name, _ in answer.cautious("undercut"):
        if (name,) in met:
            found[str(name)] = found.get(str(name), 0) + 1
    return found


def _stated_open_facts(answer: OracleAnswer) -> set[Atom]:
    """The open facts that the case mentions; none if nothing is open in the case."""
    return {atom for atom in answer.inputs.open if atom in answer.inputs.facts}


def _display(value: object) -> str:
    if isinstance(value, (set, frozenset)):
        return ", ".join(sorted(map(str, value))) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in sorted(value.items())) or "nothing"
    return str(value) or "nothing"


def shrink(case: Case, still_fails: Callable[[Case], bool]) -> Case:
    """A case of as few facts as one gets by leaving out one after another while it stays wrong."""
    again = True
    while again:
        again = False
        for number in reversed(range(len(case.facts))):
            shorter = case.model_copy(update={"facts": (*case.facts[:number], *case.facts[number + 1 :])})
            if still_fails(shorter):
                case, again = shorter, True
    bare = case.model_copy(update={"name": "", "opinions": ()})
    return bare if still_fails(bare) else case
