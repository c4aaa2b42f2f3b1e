"""The sentences that the text and the page of an assessment or explanation share, made from the message catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from legit.messages import message, term
from legit.model.assessment import (
    WEIGHED_EFFECTS,
    ApplicableLaw,
    Assessment,
    BalancePart,
    Citation,
    DegreeTurn,
    Evidence,
    EvidenceBasis,
    MethodHarmReason,
    Question,
    RightTouched,
    UndercutCriterion,
)
from legit.model.explanation import ChangeSet, Counterfactual, Radius, RouteText, Sensitivity, WeightFlip

_NAMED_SPEAKERS = frozenset({"inferred", "user", "operator"})
_MAX_SOURCES = 4
_ROUTE_PARTS = ("who", "ask", "words", "by_when", "keep", "meanwhile", "avoid", "place")


def speaker_name(speaker: str) -> str:
    """The name of a source of evidence, as a reader knows it; a document or public record has its own name."""
    if speaker in _NAMED_SPEAKERS:
        return message(f"assessment.speaker_{speaker}")
    kind, _, reference = speaker.partition(" ")
    return f"{term('mark', kind)} {reference}".strip()


def speaker_names(speakers: Iterable[str]) -> str:
    """The sources of evidence of a case. Facts that the fact author inferred are evidence from nobody."""
    speakers = tuple(speakers)
    named = [speaker_name(name) for name in speakers if name != "inferred"]
    inferred = [message("assessment.some_inferred")] if "inferred" in speakers else []
    return "; ".join([", ".join(named) or message("assessment.nobody"), *inferred])


def attribution(evidence: Evidence) -> str:
    """The source of a stated fact, with its line where it has one."""
    speaker = speaker_name(str(evidence.speaker))
    place = message("assessment.attribution", speaker=speaker, line=evidence.line) if evidence.line else speaker
    if not evidence.written:
        return place
    return message("assessment.written_at", place=place, written=evidence.written.rstrip("."))


def line_references(evidence: Iterable[Evidence]) -> str:
    """The lines of stated facts, or their sentences where none has a line."""
    evidence = tuple(evidence)
    numbers = sorted({item.line for item in evidence if item.line})
    if not numbers:
        return "; ".join(item.sentence.rstrip(".") for item in evidence)
    return message("assessment.lines", count=len(numbers), numbers=", ".join(map(str, numbers)))


def stated_texts(evidence: Iterable[Evidence]) -> list[str]:
    """Each stated fact as its sentence, with its line where it has one."""
    return [
        f"{item.sentence.rstrip('.')} ({line_references([item])})" if item.line else item.sentence.rstrip(".")
        for item in evidence
    ]


def citation_texts(sources: Iterable[Citation]) -> list[str]:
    """Each cited source, marked where its pinpoint is not verified, and with its force where the case has a place."""
    return [_citation_text(source) for source in sources]


def _citation_text(source: Citation) -> str:
    text = source.text if source.verified else message("assessment.unverified_source", source=source.text)
    return message(f"in_force.marked_{source.force}", source=text) if source.force else text


def law_text(law: ApplicableLaw) -> str:
    """The law by which a case was judged: where, when, how many of its sources bind, and what was left out."""
    forces = Counter(source.force for source in law.sources)
    dates = dict.fromkeys((source.on, source.judged_at) for source in law.sources if source.judged_at)
    moments = [message("in_force.when_dated", date=on, event=event) for on, event in dates]
    when = ", ".join(moments) or message("in_force.when_as_of", date=law.as_of)
    counts = {"binding": forces["binding"], "persuasive": forces["persuasive"]}
    text = message("in_force.law", place=law.place_name, when=when, **counts)
    left_out = [item for item in law.sources if item.force == "not_applicable"]
    if not left_out:
        return text
    sources = ", ".join(message("in_force.left_out", source=item.text, why=item.why) for item in left_out)
    return message("in_force.law_left_out", law=text, sources=sources)


def cited(sources: tuple[Citation, ...], full: bool = False) -> str:
    """Cited sources on one line: the first four, or all of them."""
    texts = citation_texts(sources)
    shown = texts if full else texts[:_MAX_SOURCES]
    more = len(texts) - len(shown)
    return " · ".join([*shown, message("assessment.more_sources", count=more)] if more else shown)


def route_parts(route: RouteText) -> list[tuple[str, str]]:
    """The parts of a route in the order in which they are read: the heading of each, and its text."""
    parts = [(key, getattr(route, key)) for key in _ROUTE_PARTS]
    return [(message(f"explanation.route_{key}"), text) for key, text in parts if text]


def effect_name(effect: str | None) -> str:
    """The name of an effect; None is that of a criterion without an effect."""
    return message(f"assessment.effect_{effect or 'none'}")


def verdict_words(assessment: Assessment) -> str:
    """The verdict, with what qualifies it: "defeated as applied"."""
    return f"{term('verdict', assessment.verdict.value)} {assessment.qualifier}".strip()


def verdict_heading(assessment: Assessment) -> str:
    """The verdict in capitals, with what qualifies it: "DEFEATED as applied"."""
    return f"{term('verdict', assessment.verdict.value).upper()} {assessment.qualifier}".strip()


def consequence_text(assessment: Assessment) -> str:
    """What follows from a defeat, with its name; empty where the base names nothing."""
    if not assessment.consequence:
        return ""
    summary = assessment.consequence_summary
    name = term("consequence", assessment.consequence)
    return message("assessment.consequence", consequence=name[:1].upper() + name[1:], summary=summary)


def verdict_summary(assessment: Assessment) -> str:
    """The meaning of the verdict and the evidence on which it is based, without a full stop."""
    basis = assessment.evidence_basis.summary
    if assessment.undetermined_reason == "time":
        return message("assessment.undecided_in_time")
    if assessment.undetermined_reason == "corroboration":
        return message("assessment.needs_corroboration", basis=basis)
    if not basis:
        return assessment.verdict_summary
    return message("assessment.verdict_with_basis", summary=assessment.verdict_summary, basis=basis)


def no_justification_text(assessment: Assessment) -> str:
    """The sentence for a rule without a justification that the base names. Its protection may still be weighed."""
    if any(item.effect in WEIGHED_EFFECTS for item in assessment.findings):
        return message("assessment.no_justification_but_weighed")
    return message("assessment.no_justification")


def harm_label(reason: MethodHarmReason) -> str:
    """The level of a method harm, with a word that it depends on what was not said."""
    level = term("level", reason.level)
    label = level if reason.certain else message("assessment.perhaps", text=level)
    return label[:1].upper() + label[1:]


def no_method_harm_text(assessment: Assessment) -> str:
    """The sentence for a method without harm."""
    return message("assessment.no_method_harm")


def undercut_text(item: UndercutCriterion) -> str:
    """An undercut criterion with what undercuts it."""
    return message("assessment.undercut_criterion", criterion=item.title, undercutters="; ".join(item.undercutters))


def right_text(right: RightTouched) -> str:
    """A right with its class (absolute, qualified, ...)."""
    return message("assessment.right", name=right.name, right_class=term("right_class", right.right_class))


def question_text(question: Question) -> str:
    """An open question, marked where its answer cannot change the verdict."""
    if question.decisive:
        return question.text
    return message("assessment.question_not_decisive", question=question.text)


def evidence_summary(basis: EvidenceBasis) -> str:
    """On whose evidence the verdict is based, as a sentence."""
    return message("explanation.basis", summary=basis.summary)


def no_counterfactual_text(counterfactual: Counterfactual) -> str:
    """The sentence that no change of facts leads to the outcome, with the number of facts that were changed at once."""
    if not counterfactual.search_depth:
        return message("explanation.none_searched")
    return message("explanation.none_found", count=counterfactual.search_depth)


def change_set_text(change_set: ChangeSet, hint: bool = False) -> str:
    """The facts to change together. With `hint`, that `--exhaustive` writes out the equivalent sets."""
    texts = []
    for change in change_set.changes:
        sentence = change.sentence.rstrip(".")
        replaced = "; ".join(item.rstrip(".") for item in change.replaces)
        texts.append(message("explanation.replacing", sentence=sentence, replaced=replaced) if replaced else sentence)
    text = message("explanation.and").join(texts) + "."
    if not change_set.equivalents:
        return text
    if hint:
        return message("explanation.equivalents_all", text=text, count=change_set.equivalents)
    return message("explanation.equivalents", text=text, count=change_set.equivalents)


def sensitivity_summary(sensitivity: Sensitivity) -> str:
    """How many changes of weights were tried, and whether one changes the verdict."""
    summary = sensitivity.summary[:1].upper() + sensitivity.summary[1:]
    return message("explanation.tried", summary=summary, count=sensitivity.perturbations)


def weight_flip_text(flip: WeightFlip) -> str:
    """A change of one weight by one step, with the verdict that it leads to."""
    direction = "up" if flip.new_weight > flip.weight else "down"
    verdict = term("verdict", flip.verdict.value).upper()
    return message(
        f"explanation.flip_{direction}",
        weight=flip.summary,
        before=flip.weight,
        after=flip.new_weight,
        verdict=verdict,
    )


def balance_text(part: BalancePart) -> str:
    """A measure of the balance, with the lines of the facts that it is based on."""
    text = part.text[:1].upper() + part.text[1:]
    if not part.evidence:
        return f"{text}."
    return message("explanation.balance_part", text=text, lines=line_references(part.evidence))


def radius_summary(radius: Radius) -> str:
    """How many steps of the described degrees change the verdict."""
    if radius.distance:
        return message("explanation.radius", count=radius.distance)
    if not radius.shifts:
        return message("explanation.radius_no_degree")
    return message("explanation.radius_none", count=radius.searched)


def degree_turn_text(turn: DegreeTurn) -> str:
    """Shifted facts, each with what takes its place, and the verdict that follows."""
    shifted = (
        message("explanation.replacing", sentence=item.becomes.rstrip("."), replaced=item.evidence.sentence.rstrip("."))
        for item in turn.shifts
    )
    facts = message("explanation.and").join(shifted)
    return message("explanation.turn", facts=facts, verdict=term("verdict", turn.verdict.value).upper())
