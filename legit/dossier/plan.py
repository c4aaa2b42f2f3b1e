"""Writes and seals a protocol: from a draft in TOML, a dataset, a profile of thresholds and a knowledge base."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from legit._version import __version__
from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.signing import PrivateKey, PublicKey
from legit.dossier.archive import PROTOCOL, PROTOCOL_SEAL, RECORDS, SAMPLE
from legit.dossier.canonical import first_validation_error, sha256, to_bytes
from legit.dossier.cases import SourceCases, load_source_cases
from legit.dossier.prml import prml_members
from legit.dossier.protocol import (
    Agreement,
    Arm,
    BaseUsed,
    Failure,
    Fraction,
    Frozen,
    Judge,
    Person,
    Protocol,
    Sample,
    SampleSize,
    Sampling,
    Schedule,
    ShortText,
    SystemUnderTest,
    Text,
    Thresholds,
)
from legit.dossier.records import RecordChain, unusable
from legit.dossier.sampling import cases_for_width, draw
from legit.dossier.seal import person_keys, sign, witness_keys
from legit.dossier.thresholds import load_profile, read_thresholds
from legit.errors import DecisionLogError, DossierError, Problem
from legit.knowledge.base import KnowledgeBase


class DraftSystem(Frozen):
    """The table `system` of a draft. `operator_prompt` is a file beside the draft."""

    name: Text
    provider: Text
    version: Text
    model: Text
    operator_prompt: str = ""


class DraftSample(Frozen):
    """The table `sample`. The number of cases for each pole follows from the width, or is given with a reason."""

    dataset: str
    width: Fraction = 0.1
    expected: Fraction = 0.95
    for_each_pole: int = Field(0, ge=0)
    others: int = Field(0, ge=0)
    seed: int = Field(ge=0, lt=2**63)
    reason: ShortText = ""


class DraftThresholds(Frozen):
    """The table `thresholds`: a profile, the figures of it that are left out with a reason, and further thresholds."""

    profile: str = "strict"
    without: dict[str, Text] = Field({})
    further: tuple[dict[str, Any], ...] = ()


class DraftPerson(Frozen):
    """A table `who`. `key` is a file with a public key, beside the draft or where the command runs."""

    name: Text
    role: str
    organisation: Text
    key: str = ""


class Draft(Frozen):
    """A draft of a protocol, as its author writes it."""

    id: str
    title: Text
    system: DraftSystem
    sample: DraftSample
    judges: tuple[Judge, ...] = Field(min_length=1)
    agreement: Agreement = Agreement()
    thresholds: DraftThresholds = DraftThresholds()
    failure: Failure
    who: tuple[DraftPerson, ...] = Field(min_length=1)
    run_until: str = ""
    arms: tuple[Arm, ...] = ("tool",)
    witnesses: tuple[str, ...] = ()
    does_not_show: tuple[Text, ...] = ()


def read_draft(path: Path) -> Draft:
    """The draft in a TOML file. Raises DossierError: E101 as files do, E102 where it is none."""
    try:
        data = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise unusable(path, error) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong_draft(f"not TOML: {error}", path) from error
    try:
        return Draft.model_validate(data)
    except ValidationError as error:
        raise _wrong_draft(first_validation_error(error), path) from error


def make_protocol(draft: Draft, folder: Path, base: KnowledgeBase, sealed: str) -> tuple[Protocol, Sample]:
    """The protocol of a draft, and the cases that it draws. `folder` is where the files are that the draft names.

    Raises DossierError: E101 as files do, E102 a value that does not fit, E103 no such profile, E104 too few cases,
    E111 no dataset.
    """
    dataset = folder / draft.sample.dataset
    source = load_source_cases(dataset)
    computed = cases_for_width(draft.sample.width, draft.sample.expected)
    if draft.sample.for_each_pole and not draft.sample.reason:
        raise _wrong_draft("`sample.for_each_pole` needs a `reason`", folder)
    sample = draw(
        (case.drawn for case in source.cases.values()),
        draft.sample.for_each_pole or computed,
        draft.sample.others,
        draft.sample.seed,
    )
    reason = draft.sample.reason or (
        f"the smallest number with which the 95 % interval (Wilson) is {draft.sample.width:g} wide at"
        f" {draft.sample.expected:g}"
    )
    try:
        return Protocol(
            id=draft.id,
            title=draft.title,
            system=_system(draft, folder),
            sample=SampleSize(
                width=draft.sample.width,
                expected=draft.sample.expected,
                for_each_pole=computed,
                drawn=_counts(sample),
                reason=reason,
            ),
            sampling=_sampling(draft, dataset, source, sample),
            judges=draft.judges,
            agreement=draft.agreement,
            thresholds=_thresholds(draft.thresholds, folder),
            failure=draft.failure,
            who=tuple(_person(item, folder) for item in draft.who),
            when=Schedule.model_validate({"sealed": sealed, "run_until": draft.run_until}),
            base=BaseUsed(engine=__version__, name=base.name, digest=base.digest, profile=base.profile.id),
            arms=draft.arms,
            witnesses=draft.witnesses,
            does_not_show=draft.does_not_show,
        ), sample
    except ValidationError as error:
        raise _wrong_draft(first_validation_error(error), folder) from error


def write_protocol(folder: Path, protocol: Protocol, sample: Sample, keys: Sequence[PrivateKey]) -> Checkpoint:
    """Seal a protocol, and write it with its sample into a folder that has none. Returns the sealed checkpoint.

    Raises DossierError: E101 as files do, E102 and E106 as `sign`, E105 when the folder holds a protocol or records.
    """
    taken = next((name for name in (PROTOCOL, PROTOCOL_SEAL, SAMPLE, RECORDS) if (folder / name).exists()), None)
    if taken:
        help_ = "a sealed protocol is never changed: name another folder, and give the new protocol another id"
        raise DossierError(Problem("E105", f"the folder holds `{taken}` already", source=str(folder), help=help_))
    prml_members(protocol)  # refused here, and not after the run
    person_keys(protocol), witness_keys(protocol)
    checkpoint = Checkpoint(protocol.id, 1, RecordChain.begin(protocol).frontier.root())
    text = sign(protocol, checkpoint, keys)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (
            (PROTOCOL, to_bytes(protocol)), (SAMPLE, to_bytes(sample)), (PROTOCOL_SEAL, text.encode()),
        ):  # fmt: skip
            (folder / name).write_bytes(data)
    except OSError as error:
        raise unusable(folder, error) from error
    return checkpoint


def _system(draft: Draft, folder: Path) -> SystemUnderTest:
    prompt = ""
    if draft.system.operator_prompt:
        path = folder / draft.system.operator_prompt
        try:
            prompt = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _wrong_draft("`system.operator_prompt` cannot be read", path) from error
    return SystemUnderTest.model_validate(draft.system.model_dump() | {"operator_prompt": prompt})


def _sampling(draft: Draft, dataset: Path, source: SourceCases, sample: Sample) -> Sampling:
    counts = Counter(case.drawn.kind for case in source.cases.values())
    return Sampling(
        dataset=dataset.name,
        dataset_sha256=source.sha256,
        dataset_cases=dict(sorted(counts.items())),
        method="by what is right, in the order of SHA-256 of seed and id; pairs whole",
        seed=draft.sample.seed,
        sample_sha256=sha256(to_bytes(sample)),
    )


def _counts(sample: Sample) -> dict[str, int]:
    return dict(sorted(Counter(case.kind for case in sample.cases).items()))


def _thresholds(draft: DraftThresholds, folder: Path) -> Thresholds:
    profile = load_profile(draft.profile)
    names = [item.name for item in profile.entries]
    unknown = next((name for name in draft.without if name not in names), None)
    if unknown:
        raise _wrong_draft(f"`thresholds.without`: the profile `{draft.profile}` has no `{unknown}`", folder)
    entries = [item for item in profile.entries if item.name not in draft.without]
    further = [dict(item) for item in draft.further]
    named = {(item.get("figure"), item.get("by") or "") for item in further}
    replaced = tuple(item for item in entries if (item.figure, item.by) in named)
    kept = [item.model_dump() for item in entries if item not in replaced]
    found = read_thresholds(draft.profile, [*kept, *further], str(folder))
    return found.model_copy(update={"without": dict(draft.without), "replaced": replaced})


def _person(draft: DraftPerson, folder: Path) -> Person:
    key = ""
    if draft.key:
        # Beside the draft, or where the command runs.
        path = folder / draft.key if (folder / draft.key).exists() else Path(draft.key)
        try:
            key = str(PublicKey.parse(path.read_text(encoding="utf-8"), str(path)))
        except (OSError, UnicodeDecodeError) as error:
            raise _wrong_draft(f"the key of `{draft.name}` cannot be read", path) from error
        except DecisionLogError as error:
            raise DossierError(Problem("E102", error.problems[0].message, source=str(path))) from error
    return Person.model_validate(draft.model_dump() | {"key": key})


def _wrong_draft(reason: str, path: Path) -> DossierError:
    help_ = "`docs/dossier.md` shows a draft with every field"
    return DossierError(Problem("E102", reason, source=str(path), help=help_))
