"""Cases that a search found, as sentences, and the check that judging them gives the same result."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from legit.assurance.case_search import CaseModel
from legit.assurance.case_space import CaseSpace
from legit.engine.scenarios import parse_atom
from legit.judge import Judge
from legit.messages import message


class ConcreteCase(BaseModel):
    """One case in controlled English, or two that are compared.

    `text` is read by `legit assess`; `says` gives the result of each case. `replayed` says whether judging the text
    gave the result of the search.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    outcomes: tuple[str, ...]
    replayed: bool


def build_concrete_case(
    judges: Sequence[Judge], spaces: Sequence[CaseSpace], model: CaseModel, names: Sequence[str]
) -> ConcreteCase:
    """The witness of a model, one case for each copy, written and judged by the judge of that copy."""
    texts = []
    says = []
    replayed = True
    copies = zip(judges, spaces, names, model.inputs, model.ordering, model.results, strict=True)
    for judge, space, name, inputs, ordering, results in copies:
        text = judge.writer.case(space.case(inputs, name, ordering))
        found = _model_outcome(results)
        comments = (message("assurance.case_assumes", item=item) for item in found.assumed)
        texts.append(text + "".join(f"# {comment}\n" for comment in comments))
        says.append(message("assurance.case_outcome", verdict=found.verdict, guidance=found.action, harm=found.harm))
        replayed = replayed and _reproduces(judge, text, found)
    return ConcreteCase(text="\n".join(texts), outcomes=tuple(says), replayed=replayed)


class _ModelOutcome(BaseModel):
    verdict: str
    action: str
    harm: str
    applicable: frozenset[str]
    assumed: tuple[str, ...]
    needs_corroboration: bool
    needs_attestation: bool


def _model_outcome(results: frozenset[str]) -> _ModelOutcome:
    read = [parse_atom(text) for text in sorted(results)]

    def of(name: str) -> list[str]:
        return [", ".join(args) for found, args in read if found == name]

    verdicts = of("verdict")
    return _ModelOutcome(
        verdict=_joined(verdicts) or message("assurance.no_verdict"),
        action=_joined([args[1] for name, args in read if name == "guidance" and args[0] in verdicts])
        or message("assurance.no_guidance"),
        harm=_joined(of("method_harm_level")) or message("assurance.no_harm_level"),
        applicable=frozenset(of("applies")),
        assumed=tuple(of("assumed")),
        needs_corroboration=any(int(number) > 1 for number in of("requires_witnesses")),
        needs_attestation=bool(of("requires_attestation")),
    )


def _joined(names: Sequence[str]) -> str:
    """Names as one phrase; empty if there is none."""
    if len(names) < 2:
        return "".join(names)
    return message("assurance.several", first=names[0], rest=_joined(names[1:]))


def _reproduces(judge: Judge, text: str, expected: _ModelOutcome) -> bool:
    """Whether a text is judged as the search found: the same verdict, harm and criteria.

    Where a mandatory topic is unanswered, the criteria remain possible. If the profile demands a second speaker,
    one speaker's text leaves the verdict undetermined. If a harm is set aside by what needs attestation, one speaker's
    text leaves it possible.
    """
    decision = judge.decide(text)
    harm = decision.method_harm if expected.needs_attestation else expected.harm
    weighed = {name for name in expected.applicable if judge.base.criteria[name].standard_of_review}
    if expected.needs_corroboration and not expected.assumed:
        applying = {name for name, effect in decision.findings if effect != "possible"}
        return decision.verdict == "undetermined" and decision.method_harm == harm and applying == weighed
    if expected.assumed:
        possible = {name for name, _ in decision.findings}
        return decision.verdict in (expected.verdict, "undetermined") and weighed <= possible
    return (decision.verdict, decision.method_harm, {name for name, _ in decision.findings}) == (
        expected.verdict, harm, weighed,
    )  # fmt: skip
