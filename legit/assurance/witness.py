"""Cases that a search found, as sentences, and whether they come out the same when they are judged."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from legit.assurance.case_search import Model
from legit.assurance.case_space import CaseSpace
from legit.engine.scenarios import reading
from legit.judge import Judge


class Witness(BaseModel):
    """One case in controlled English, or two that are compared.

    `text` is read by `legit assess`; `says` what comes of each case; `replayed` whether judging the text gave what the
    search found.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    says: tuple[str, ...]
    replayed: bool


def witness(judges: Sequence[Judge], spaces: Sequence[CaseSpace], model: Model, names: Sequence[str]) -> Witness:
    """The witness of a model, one case for each copy, written and judged by the judge of that copy."""
    texts = []
    says = []
    replayed = True
    for judge, space, name, inputs, results in zip(judges, spaces, names, model.inputs, model.results, strict=True):
        text = judge.writer.case(space.case(inputs, name))
        found = _outcome(results)
        texts.append(text + "".join(f"# assumed here: {item}\n" for item in found.assumed))
        says.append(f"{found.verdict}, guidance {found.action}, harm {found.harm}")
        replayed = replayed and _comes_out(judge, text, found)
    return Witness(text="\n".join(texts), says=tuple(says), replayed=replayed)


class _Outcome(BaseModel):
    verdict: str
    action: str
    harm: str
    applying: frozenset[str]
    assumed: tuple[str, ...]
    corroborated: bool


def _outcome(results: frozenset[str]) -> _Outcome:
    read = [reading(text) for text in sorted(results)]

    def of(name: str) -> list[str]:
        return [", ".join(args) for found, args in read if found == name]

    verdicts = of("verdict")
    return _Outcome(
        verdict=" and ".join(verdicts) or "no verdict",
        action=" and ".join(args[1] for name, args in read if name == "guidance" and args[0] in verdicts) or "none",
        harm=" and ".join(of("harm")) or "of no level",
        applying=frozenset(of("applies")),
        assumed=tuple(of("assumed")),
        corroborated=any(int(number) > 1 for number in of("demands_speakers")),
    )


def _comes_out(judge: Judge, text: str, found: _Outcome) -> bool:
    """Whether a text is judged as the search found: the same verdict, harm and criteria.

    Where a mandatory question is left open, the criteria remain possible. Where the profile demands a second speaker,
    one speaker's text leaves the verdict undetermined.
    """
    decision = judge.decide(text)
    weighed = {name for name in found.applying if judge.base.criteria[name].weighing}
    if found.corroborated and not found.assumed:
        applying = {name for name, effect in decision.findings if effect != "possible"}
        return decision.verdict == "undetermined" and decision.harm == found.harm and applying == weighed
    if found.assumed:
        possible = {name for name, _ in decision.findings}
        return decision.verdict in (found.verdict, "undetermined") and weighed <= possible
    return (decision.verdict, decision.harm, {name for name, _ in decision.findings}) == (
        found.verdict, found.harm, weighed,
    )  # fmt: skip
