"""Invariants that hold of any knowledge base."""

from __future__ import annotations

from functools import lru_cache

from legit.errors import LegitError
from legit.explain.case_edit import apply_edits
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.case_validation import validate_case
from legit.model.assessment import Decision, Verdict
from legit.model.facts import Case, Fact, Opinion, Truth, fold_text
from legit.testing.generate import TEXTS, CaseDraft, CaseGenerator, Choices
from legit.testing.invariants.invariant import Invariant
from legit.testing.oracle.rule_ast import Literal, parse_rules

_MAX_ROUNDS = 6


def _differs(judge: Judge, case: Case, other: Case, what: str) -> str:
    one, two = judge.decide(case), judge.decide(other)
    return "" if one == two else f"{what} turns {_decision_text(one)} into {_decision_text(two)}"


def _decision_text(decision: Decision) -> str:
    found = ", ".join(f"{name} {effect}" for name, effect in decision.findings) or "no finding"
    return f"`{decision.verdict}, {decision.action}, harm {decision.method_harm}` ({found})"


def _with_facts(case: Case, facts: list[Fact] | tuple[Fact, ...]) -> Case:
    return case.model_copy(update={"facts": tuple(facts)})


def _order(judge: Judge, case: Case, choices: Choices) -> str:
    left, facts = list(case.facts * 2), []
    while left:
        facts.append(left.pop(choices.integer(0, len(left) - 1)))
    return _differs(judge, case, _with_facts(case, facts), "another order, with repetitions,")


def _names(judge: Judge, case: Case, choices: Choices) -> str:
    predicates = judge.base.vocabulary.predicates
    new: dict[str, str] = {}

    def named(fact: Fact) -> Fact:
        args = [
            new.setdefault(fold_text(str(value)), f"Z{choices.integer(0, 9)} {len(new)}")
            if argument.type == "name"
            else value
            for argument, value in zip(predicates[fact.predicate].args, fact.args, strict=True)
        ]
        return fact.model_copy(update={"args": tuple(args)})

    return _differs(judge, case, _with_facts(case, [named(fact) for fact in case.facts]), "renaming")


def _details(judge: Judge, case: Case, choices: Choices) -> str:
    facts = [fact.model_copy(update={"detail": choices.pick(TEXTS) if fact.detail else None}) for fact in case.facts]
    return _differs(judge, case, _with_facts(case, facts), "another detail")


def _opinions(judge: Judge, case: Case, choices: Choices) -> str:
    other = case.model_copy(update={"opinions": (*case.opinions, Opinion(text=choices.pick(TEXTS)))})
    return _differs(judge, case, other, "an opinion")


@lru_cache(maxsize=8)
def _read_by_rules(digest: str, texts: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The predicates that rules read, and the values that they name. `digest` is the cache key of the rule `texts`."""
    predicates: set[str] = set()
    named: set[str] = set()
    for text in texts:
        for rule in parse_rules(text):
            literals = [part for part in rule.body if isinstance(part, Literal)]
            predicates.update(literal.name.partition("/")[0] for literal in literals)
            literals += [head.literal for head in rule.heads]
            named.update(str(term) for literal in literals for term in literal.args if isinstance(term, str))
            for part in rule.body:
                if not isinstance(part, Literal):
                    named.update(str(term) for term in part[:3] if isinstance(term, str))
    return frozenset(predicates), frozenset(named)


def read_by_rules(base: KnowledgeBase) -> tuple[frozenset[str], frozenset[str]]:
    """The predicates that some rule of a base reads, and the values that some rule names."""
    return _read_by_rules(base.digest, tuple(item.rule_text for item in base.rule_files))


def _unread(judge: Judge, case: Case, choices: Choices) -> str:
    vocabulary = judge.base.vocabulary
    known = read_by_rules(judge.base)[0]
    law = judge.base.manifest.in_force  # where a case arises says which law is applied, though no rule reads it
    known |= {law.place_predicate} if law else set()
    informational = {name for name, item in vocabulary.predicates.items() if item.informational} - known
    unread = sorted(informational | (vocabulary.predicates.keys() - known))
    if not unread:
        return ""
    fact = CaseGenerator(vocabulary, predicates=unread).fact(choices)
    other = _with_facts(case, (*case.facts, fact))
    if validate_case(vocabulary, other):
        return ""
    return _differs(judge, case, other, f"`{judge.writer.sentence(fact)}`, which no rule reads,")


def _equivalent_values(judge: Judge, case: Case, choices: Choices) -> str:
    base = judge.base
    named = read_by_rules(base)[1]
    law = base.manifest.in_force
    of_law = {law.place_predicate, law.date_predicate} if law else set()
    weighed = {str(key) for table in base.profile.tables.values() for key in table.values}
    used = [
        (argument.type, str(value))
        for fact in case.facts
        for argument, value in zip(base.vocabulary.predicates[fact.predicate].args, fact.args, strict=True)
        if base.vocabulary.values(argument.type) and value not in named and value not in weighed
        if fact.predicate not in of_law
    ]
    if not used:
        return ""
    type_name, value = choices.pick(used)
    says = _attributes_of_value(base, type_name, value)
    others = [
        other
        for other in sorted(base.vocabulary.values(type_name))
        if other not in named
        and other not in weighed
        and other != value
        and _attributes_of_value(base, type_name, other) == says
    ]
    return swap_violation(judge, case, type_name, value, choices.pick(others)) if others else ""


def _attributes_of_value(
    base: KnowledgeBase, type_name: str, value: str
) -> tuple[dict[str, object], set[tuple[str, str]]]:
    """The attributes of a value, and the attributes of other values that name it."""
    table = base.attributes.get(type_name, {}).get(value, {})
    own = {key: said for key, said in table.items() if key not in ("sources", "why")}
    named = {
        (other, key)
        for values in base.attributes.values()
        for other, attributes in values.items()
        for key, said in attributes.items()
        if value in (said if isinstance(said, list) else [said])
    }
    return own, named


def swap_violation(judge: Judge, case: Case, type_name: str, one: str, other: str) -> str:
    """The change of the decision when two values of a type are exchanged; empty if the decision stays the same."""
    predicates = judge.base.vocabulary.predicates
    turn = {one: other, other: one}

    def turned(fact: Fact) -> Fact:
        args = [
            turn.get(str(value), value) if argument.type == type_name else value
            for argument, value in zip(predicates[fact.predicate].args, fact.args, strict=True)
        ]
        return fact.model_copy(update={"args": tuple(args)})

    return _differs(
        judge, case, _with_facts(case, [turned(fact) for fact in case.facts]), f"exchanging {one} and {other}"
    )


def _learning(judge: Judge, case: Case, choices: Choices) -> str:
    before = judge.decide(case).verdict
    unknown = [fact for fact in case.facts if fact.truth is Truth.UNKNOWN]
    if before is Verdict.UNDETERMINED or not unknown:
        return ""
    fact = choices.pick(unknown).model_copy(update={"truth": choices.pick((Truth.TRUE, Truth.FALSE))})
    other = apply_edits(judge.base.vocabulary, case, [fact])
    # The learnt fact must not replace another fact: the number of facts stays the same.
    if validate_case(judge.base.vocabulary, other) or len(other.facts) != len(case.facts):
        return ""
    after = judge.decide(other).verdict
    return "" if after is before else f"learning `{judge.writer.sentence(fact)}` turns {before} into {after}"


def _answering(judge: Judge, case: Case, choices: Choices) -> str:
    before = judge.assess(case)
    topics = [question.topic for question in before.questions if question.topic]
    if before.verdict is Verdict.UNDETERMINED or not topics:
        return ""
    answer = _topic_answer(judge, choices, choices.pick(topics))
    other = _with_facts(case, (*case.facts, answer))
    if introduces_contradiction(judge, case, other):
        return ""
    after = judge.decide(other).verdict
    same = after is before.verdict
    return "" if same else f"the answer `{judge.writer.sentence(answer)}` turns {before.verdict} into {after}"


def _topic_answer(judge: Judge, choices: Choices, topic: str) -> Fact:
    """A fact that answers a mandatory topic."""
    vocabulary = judge.base.vocabulary
    answering = [item for item in vocabulary.predicates.values() if item.spec.answers_topic == topic]
    fact = CaseGenerator(vocabulary).fact(choices, choices.pick(answering))
    return fact.model_copy(update={"truth": Truth.TRUE})


def _decisive_questions(judge: Judge, case: Case, choices: Choices) -> str:
    vocabulary = judge.base.vocabulary
    for _ in range(_MAX_ROUNDS):
        found = judge.assess(case)
        decisive = [question for question in found.questions if question.decisive]
        if (found.verdict is Verdict.UNDETERMINED) is not bool(decisive):
            return f"the verdict is {found.verdict}, with {len(decisive)} decisive questions"
        if not decisive:
            return ""
        for question in found.questions:
            if question.fact:
                truth = choices.pick((Truth.TRUE, Truth.FALSE))
                answer = question.fact.model_copy(update={"truth": truth})
            else:
                answer = _topic_answer(judge, choices, question.topic)
            case = apply_edits(vocabulary, case, [answer])
    return f"{_MAX_ROUNDS} rounds of answers to all questions leave the verdict undetermined"


def _gravest_harm_guidance(judge: Judge, case: Case, choices: Choices) -> str:
    careful = judge.base.caution_order
    if not careful.get("method_harm_level") or not careful.get("guidance"):
        return ""
    decision = judge.decide(case)
    if decision.method_harm == careful["method_harm_level"][0] and decision.action == careful["guidance"][-1]:
        return f"harm is {decision.method_harm} and guidance {decision.action}"
    return ""


def _evidence_is_stated(judge: Judge, case: Case, choices: Choices) -> str:
    found = judge.assess(case)
    stated = {(judge.writer.sentence(fact), fact.truth, fact.speaker) for fact in case.facts}
    grounds = [ground for finding in found.findings for ground in finding.evidence]
    grounds += [ground for reason in found.justifications for ground in reason.evidence]
    grounds += [ground for reason in found.method_harm.reasons for ground in reason.evidence]
    for ground in grounds:
        if (ground.sentence, ground.truth, ground.speaker) not in stated:
            return f"an answer rests on `{ground.sentence}`, which is not stated"
    return ""


def _round_trip(judge: Judge, case: Case, choices: Choices) -> str:
    text = judge.writer.case(case)
    if not text:
        return ""
    try:
        found = judge.parse_cases(text)
    except LegitError as error:
        return f"it does not read back: {error.problems[0]}"
    return "" if found == (case,) else f"it reads back as\n{''.join(map(judge.writer.case, found))}"


def introduces_contradiction(judge: Judge, case: Case, other: Case) -> bool:
    """Whether a new fact of `other` contradicts a fact of `case`: such a pair differs in more than the new facts."""
    new = [fact for fact in other.facts if fact not in case.facts]
    rest = _with_facts(case, [fact for fact in case.facts if fact in other.facts])
    kept = apply_edits(judge.base.vocabulary, rest, new)
    return len(kept.facts) != len(rest.facts) + len(new) or bool(validate_case(judge.base.vocabulary, other))


def _premises(judge: Judge, case: Case, choices: Choices) -> str:
    if judge.decide(case).verdict is not Verdict.DEFEATED:
        return ""
    criteria = [item for item in judge.base.criteria.values() if item.standard_of_review and item.examples]
    if not criteria:
        return ""
    criterion = choices.pick(criteria)
    example = judge.parse_case(choices.pick(criterion.examples).text)
    found = next((item for item in judge.assess(example).findings if item.criterion == criterion.id), None)
    grounds = {ground.sentence for ground in found.evidence} if found else set()
    draft = CaseDraft(judge.base.vocabulary)
    for fact in case.facts:
        draft.add(fact)
    added = [fact for fact in example.facts if judge.writer.sentence(fact) in grounds and draft.add(fact)]
    other = _with_facts(case, draft.facts)
    if introduces_contradiction(judge, case, other) or judge.decide(other).verdict is Verdict.DEFEATED:
        return ""
    before, after = judge.assess(case), judge.assess(other)
    excused = {item.criterion for item in after.justifications} > {item.criterion for item in before.justifications}
    if excused or {item.criterion for item in after.undercut} - {item.criterion for item in before.undercut}:
        return ""
    sentences = " ".join(judge.writer.sentence(fact) for fact in added)
    return f"`{sentences}`, which meets {criterion.id}, turns defeated into {after.verdict}"


GENERAL_INVARIANTS = (
    Invariant(
        "order",
        "Order and repetition of the facts change nothing.",
        "The verdict depends on the facts, not on their order.",
        _order,
    ),
    Invariant("names", "Other names change nothing.", "A verdict must not depend on names.", _names),
    Invariant(
        "details",
        "The words of a detail change nothing.",
        "A quotation is kept for people to read, and no rule reads it.",
        _details,
    ),
    Invariant("opinions", "An opinion changes nothing.", "A belief is no fact about the rule.", _opinions),
    Invariant(
        "unread",
        "A fact that no rule reads changes nothing.",
        "A fact counts only through a rule.",
        _unread,
    ),
    Invariant(
        "equivalent values",
        "Values of which the base says the same, and which no rule names, are interchangeable.",
        "Two values with the same attributes must lead to the same verdict.",
        _equivalent_values,
    ),
    Invariant(
        "learning",
        "Learning a fact that was unknown never changes a determined verdict.",
        "A verdict is determined only if every completion of the unknown facts leads to it.",
        _learning,
    ),
    Invariant(
        "answering",
        "Answering a mandatory topic never changes a verdict that was determined without the answer.",
        "When a case is silent on a topic, every answer is considered, also the true one.",
        _answering,
    ),
    Invariant(
        "questions",
        "A verdict has a decisive question exactly when it is undetermined; all answers together determine it.",
        "If facts are missing, the answer must name them, and no further fact may be needed.",
        _decisive_questions,
    ),
    Invariant(
        "gravest harm",
        "The gravest harm never goes with the least cautious guidance.",
        "A defeated rule does not make a harmful method harmless.",
        _gravest_harm_guidance,
    ),
    Invariant(
        "evidence",
        "An answer rests on facts of the case alone.",
        "A reason must be a fact that somebody stated.",
        _evidence_is_stated,
    ),
    Invariant(
        "round trip", "A written case is parsed to the same case.", "Writing must not change a fact.", _round_trip
    ),
    Invariant(
        "premises",
        "Facts that meet a criterion never save a defeated rule, unless they justify it or undercut a criterion.",
        "A further fault of a rule is no reason to obey it.",
        _premises,
    ),
)
