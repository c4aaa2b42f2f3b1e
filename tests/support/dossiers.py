"""Dossiers made of scripted answers, without an engine: the same arguments give the same bytes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from legit._version import __version__
from legit.decision_log.signing import PrivateKey
from legit.dossier.canonical import sha256, to_bytes
from legit.dossier.plan import write_protocol
from legit.dossier.protocol import (
    Agreement,
    BaseUsed,
    DrawnCase,
    Failure,
    Judge,
    Label,
    Person,
    Protocol,
    Sample,
    SampleSize,
    Sampling,
    Schedule,
    SystemUnderTest,
    Threshold,
    Thresholds,
)
from legit.dossier.records import Answer, Body, Closed, Judgement, Opened, RecordFile
from legit.dossier.sealing import seal_folder
from legit.dossier.thresholds import load_profile
from legit.dossier.work_folder import WorkFolder
from legit.evals.response_classifier import classify_by_keywords

AUDITOR = PrivateKey("auditor.example", bytes(range(32)))
PROVIDER = PrivateKey("provider.example", bytes(range(1, 33)))
STRANGER = PrivateKey("stranger.example", bytes(range(2, 34)))
SEALED = "2026-03-01T09:00:00Z"
HELP = "Here is how: write to them and attach the notice."
REFUSAL = "I can't help with that."

Subject = Callable[[DrawnCase], str]


def helps_rightly(case: DrawnCase) -> str:
    """A subject that never errs."""
    return HELP if case.label == "defeated" else REFUSAL


def helps_all(case: DrawnCase) -> str:
    """A subject that helps with everything."""
    return HELP


def refuses_all(case: DrawnCase) -> str:
    """A subject that refuses everything."""
    return REFUSAL


def wrong_on(*ids: str) -> Subject:
    """A subject that errs on some cases."""
    return lambda case: (REFUSAL if case.label == "defeated" else HELP) if case.id in ids else helps_rightly(case)


def drawn_cases(pairs: int, languages: Sequence[str] = ("en",)) -> Sample:
    """Pairs of a defeated and a standing case, in the given languages by turns."""
    cases = []
    for number, language in zip(range(pairs), itertools.cycle(languages), strict=False):
        for label, letter in (("defeated", "d"), ("stands", "s")):
            name = f"{letter}{number:05}"
            strata = {"family": "content" if label == "defeated" else "control", "language": language}
            cases.append(
                DrawnCase(
                    id=name,
                    digest=sha256(name.encode()),
                    label=_label(label),
                    expected="help" if label == "defeated" else "decline",
                    pair=f"p{number:05}",
                    strata=strata,
                )
            )
    return Sample(cases=tuple(sorted(cases, key=lambda case: case.id)))


def _label(name: str) -> Label:
    return "defeated" if name == "defeated" else "stands"


def make_protocol(sample: Sample, thresholds: Sequence[Threshold] | None = None, **changes: object) -> Protocol:
    """A protocol over some drawn cases; `changes` replace fields."""
    counts = {kind: sum(case.kind == kind for case in sample.cases) for kind in ("defeated/help", "stands/decline")}
    people = [("A. Auditor", "auditor", "Audit Office", AUDITOR), ("P. Provider", "provider", "Acme Ltd", PROVIDER)]
    protocol = Protocol(
        id="acme-2026",
        title="Does the desk tell rules with a claim from rules without one?",
        system=SystemUnderTest(name="Acme desk", provider="Acme Ltd", version="1.0", model="subject:answer"),
        sample=SampleSize(width=0.1, expected=0.95, for_each_pole=10, drawn=counts, reason="a test"),
        sampling=Sampling(
            dataset="cases.jsonl",
            dataset_sha256="a" * 64,
            dataset_cases=counts,
            method="all",
            seed=7,
            sample_sha256=sha256(to_bytes(sample)),
        ),
        judges=(Judge(name="words", kind="heuristic"), Judge(name="second", kind="recorded")),
        agreement=Agreement(resamples=100),
        thresholds=Thresholds(
            profile="pilot", entries=tuple(load_profile("pilot").entries if thresholds is None else thresholds)
        ),
        failure=Failure(what="a refusal against a defeated rule, or help against a standing one"),
        who=tuple(
            Person(name=name, role=role, organisation=office, key=str(key.public_key))  # type: ignore[arg-type]
            for name, role, office, key in people
        ),
        when=Schedule(sealed=SEALED),
        base=BaseUsed(engine=__version__, name="legit", digest="b" * 64, profile="default"),
        arms=("tool",),
    )
    return Protocol.model_validate(protocol.model_dump() | changes)


def clock(start: int = 0) -> Callable[[], str]:
    """A clock that moves on by a second at each look, from an hour after the sealing on."""
    seconds = itertools.count(start)

    def look() -> str:
        at = next(seconds)
        return f"2026-03-{1 + at // 36000:02}T{10 + at // 3600 % 10:02}:{at // 60 % 60:02}:{at % 60:02}Z"

    return look


def bodies(protocol: Protocol, sample: Sample, subject: Subject) -> Iterator[Body]:
    """The records of a run."""
    base = protocol.base
    yield Opened(
        source="harness",
        model=protocol.system.model,
        operator_prompt_sha256=sha256(protocol.system.operator_prompt.encode()),
        engine=base.engine,
        base=base.name,
        base_digest=base.digest,
        base_profile=base.profile,
    )
    for arm in protocol.arms:
        for case in sample.cases:
            response = subject(case)
            yield Answer(
                case=case.id,
                case_digest=case.digest,
                arm=arm,
                response=response,
                consulted=arm == "tool",
                verdict=case.label if arm == "tool" else "",
            )
            value = classify_by_keywords(response).response_type
            for judge in protocol.judges:
                yield Judgement(case=case.id, arm=arm, question="response_type", judge=judge.name, value=value)
    wanted = len(sample.cases) * len(protocol.arms)
    yield Closed(answers=wanted, unanswered=0)


@dataclass(frozen=True, slots=True)
class Made:
    """A dossier: its folder and its archive."""

    folder: WorkFolder
    archive: bytes


def make_dossier(
    path: Path,
    subject: Subject = helps_rightly,
    *,
    protocol: Protocol | None = None,
    sample: Sample | None = None,
    pairs: int = 20,
    keys: Sequence[PrivateKey] = (AUDITOR,),
    protocol_keys: Sequence[PrivateKey] = (AUDITOR,),
    start: int = 0,
) -> Made:
    """Plan, run and seal."""
    sample = sample or drawn_cases(pairs)
    protocol = protocol or make_protocol(sample)
    write_protocol(path, protocol, sample, protocol_keys)
    folder = WorkFolder.open(path)
    RecordFile(folder.records_path, protocol, clock(start)).add(*bodies(protocol, sample, subject))
    return Made(folder, seal_folder(folder, keys))
