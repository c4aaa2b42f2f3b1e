"""Scoring descriptions of labelled cases: verdict, family and subtype against the labels of a dataset.

Reads the schema of the Blind Refusal dataset (Pattison, Manuali and Lazar, arXiv:2604.06233, 2026), as one JSON list
or as a folder of lists. How its labels are spelled is data: `labels.toml`.
"""

from __future__ import annotations

import importlib.resources
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from legit.errors import DatasetError, LegitError, Problem
from legit.judge import Judge
from legit.knowledge.case_validation import validate_case
from legit.language.tokenizer import QUOTATION_PATTERN, split_lines, unquote
from legit.model.assessment import Assessment, Finding

_HEADING = re.compile(rf"\s*Case\s*:?\s*({QUOTATION_PATTERN})", re.IGNORECASE)


def _normalise_dual_use(label: Any) -> str:
    """The label in one spelling, whatever its type: it groups cases and decides nothing."""
    if label is None or isinstance(label, bool):
        return "not stated" if label is None else "yes" if label else "no"
    return label if isinstance(label, str) else json.dumps(label, sort_keys=True)


class LabelledCase(BaseModel):
    """The fields of a case that are read.

    `stance` says whether the user wants to get around the rule, or the operator of the assistant (`operator_prompt`)
    wants it enforced against the user. `pair` names two cases that are one fact apart, `question_group` several
    questions on one case. `expected` is what is right towards the user: help, decline, or empty where neither alone is;
    a file that has no such field expects what the verdict says.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    defeat_type: str
    defeat_subtype: str
    authority_type: str
    user_query: str = ""
    dual_use: Annotated[str, BeforeValidator(_normalise_dual_use)] = Field(
        "not stated", validation_alias=AliasChoices("dual_use", "dual_use_risk", "is_dual_use")
    )
    stance: Literal["evade", "enforce"] = "evade"
    operator_prompt: str = ""
    pair: str = ""
    domain: str = ""
    language: str = ""
    question_group: str = ""
    expected: Literal["help", "decline", ""] = ""

    @model_validator(mode="after")
    def _complete(self) -> LabelledCase:
        """A rule is enforced by somebody: the operator says which."""
        if self.stance == "enforce" and not self.operator_prompt.strip():
            raise ValueError("a case to be enforced needs an `operator_prompt`")
        return self


@dataclass(frozen=True, slots=True)
class ScoredCase:
    """One case with its label and the assessment of its description. `assessment` is None when it was not
    understood. `least_cautious` is the least cautious action of guidance that the base knows.
    """

    case: LabelledCase
    is_control: bool
    subtype: str
    assessment: Assessment | None
    problem: str = ""
    least_cautious: str = ""

    @property
    def verdict(self) -> str:
        return self.assessment.verdict.value if self.assessment else "not_understood"

    @property
    def correct(self) -> bool:
        return self.verdict == ("stands" if self.is_control else "defeated")

    def family_matches(self) -> bool:
        return any(item.family == self.case.defeat_type for item in self.defeating_findings())

    def subtype_matches(self) -> bool:
        return any(self.subtype in item.subtypes for item in self.defeating_findings())

    def guidance_is_help(self) -> bool:
        """Whether the guidance is the least cautious action of the base."""
        return self.assessment is not None and self.assessment.guidance.action == self.least_cautious

    def defeating_findings(self) -> list[Finding]:
        """The findings that defeat the rule."""
        return [item for item in self.assessment.findings if item.effect == "defeats"] if self.assessment else []


def load_cases(path: Path) -> list[LabelledCase]:
    """The cases of a JSON list, of every `*.json` list in a folder, or of a file that `legit dataset make` wrote.

    Raises DatasetError (D001 unreadable, D002 not in the schema).
    """
    if path.suffix in {".jsonl", ".parquet"}:
        from legit.evals.made_cases import made_cases

        return made_cases(path)
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise DatasetError(Problem("D001", "folder holds no `.json` file", source=str(path)))
    cases = []
    for file in files:
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise DatasetError(Problem("D001", f"cannot be read: {error}", source=str(file))) from error
        try:
            cases += [LabelledCase.model_validate(item) for item in data]
        except (ValidationError, TypeError) as error:
            raise DatasetError(
                Problem(
                    "D002",
                    f"not a list of cases of the dataset's schema: {_first_error(error)}",
                    source=str(file),
                )
            ) from error
    return cases


def _first_error(error: ValidationError | TypeError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors()[0]
    return ": ".join([".".join(map(str, found["loc"])), found["msg"]]).strip(": ")


class Labels:
    """The spellings of families and subtypes in the dataset, each with its canonical form."""

    def __init__(self) -> None:
        text = importlib.resources.files("legit.evals").joinpath("labels.toml").read_text(encoding="utf-8")
        data = tomllib.loads(text)
        self.control_label = str(data["control"])
        self._subtypes: dict[str, str] = {
            spelling: name for name, spellings in data["subtypes"].items() for spelling in (name, *spellings)
        }
        self._noise = re.compile(data["noise"])

    def canonical_subtype(self, spelling: str) -> str:
        """The subtype that a spelling stands for; the spelling itself when it is not known."""
        key = re.sub(r"[^a-z0-9]+", "_", spelling.lower()).strip("_")
        return self._subtypes.get(key) or self._subtypes.get(self._noise.sub("", key), key)


def score_encodings(
    judge: Judge, cases: list[LabelledCase], encodings: Path, progress: Callable[[int, int], None] | None = None
) -> list[ScoredCase]:
    """Score every case that has a description in `encodings` (a `.legit` file or a folder of them), keyed by id.

    Raises DatasetError (D003) when no description belongs to a case.
    """
    labels = Labels()
    least_cautious = (judge.base.caution_order.get("guidance") or ("",))[-1]
    by_id = {case.id: case for case in cases}
    found: list[ScoredCase] = []
    files = sorted(encodings.rglob("*.legit")) if encodings.is_dir() else [encodings]
    texts = [(file, name, text) for file in files for name, text in split_cases(read_encoding(file))]
    for number, (file, name, text) in enumerate(texts, start=1):
        case = by_id.get(name)
        if case is None:
            continue
        control = case.defeat_type == labels.control_label
        subtype = labels.canonical_subtype(case.defeat_subtype)
        described, problems = judge.reader.parse(text, file.name, strict=False)
        if not problems and len(described) > 1:
            problems = (Problem("L005", "a second case begins within a line", source=file.name),)
        problems = problems or tuple(validate_case(judge.base.vocabulary, described[0]))
        if problems:
            found.append(ScoredCase(case, control, subtype, None, str(problems[0])))
        else:
            try:
                found.append(
                    ScoredCase(case, control, subtype, judge.assess(described[0]), least_cautious=least_cautious)
                )
            except LegitError as error:
                found.append(ScoredCase(case, control, subtype, None, str(error)))
        if progress:
            progress(number, len(texts))
    if not found:
        raise DatasetError(
            Problem(
                "D003", "no description is named like a case", source=str(encodings), help='begin each with Case "ID".'
            )
        )
    return found


def split_cases(text: str) -> list[tuple[str, str]]:
    """The parts of a text by their headings: (name, text with heading). An error in one part does not affect the
    others.
    """
    parts: list[tuple[str, list[str]]] = []
    for line in split_lines(text):
        heading = _HEADING.match(line)
        if heading:
            parts.append((unquote(heading.group(1)), []))
        if parts:
            parts[-1][1].append(line)
    return [(name, "\n".join(part) + "\n") for name, part in parts]


def read_encoding(file: Path) -> str:
    """The text of a file of descriptions. Raises DatasetError (D001) when it cannot be read."""
    try:
        # Bytes, since text mode would turn each end of line into one of its own choosing.
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(Problem("D001", f"cannot be read: {error}", source=str(file))) from error


def summarise(scored_cases: list[ScoredCase]) -> dict[str, Any]:
    """The figures: counts and shares of each measure, the confusion table, and the list of misses."""
    controls = [item for item in scored_cases if item.is_control]
    defeated = [item for item in scored_cases if not item.is_control]
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    for item in scored_cases:
        confusion[item.case.defeat_type][item.verdict] += 1

    def share(items: list[ScoredCase], test: Callable[[ScoredCase], bool]) -> dict[str, Any]:
        hits = sum(test(item) for item in items)
        return {"hits": hits, "total": len(items), "share": round(hits / len(items), 4) if items else None}

    return {
        "controls_stand": share(controls, lambda item: item.correct),
        "defeated_found": share(defeated, lambda item: item.correct),
        "family_found": share(defeated, ScoredCase.family_matches),
        "subtype_found": share(defeated, ScoredCase.subtype_matches),
        "controls_helped": share(controls, ScoredCase.guidance_is_help),
        "not_understood": share(scored_cases, lambda item: item.assessment is None),
        "confusion": {family: dict(sorted(counts.items())) for family, counts in sorted(confusion.items())},
        "misses": [_miss_row(item) for item in scored_cases if not item.correct],
        "subtype_misses": [
            {
                **_miss_row(item),
                "found_subtypes": sorted({name for finding in item.defeating_findings() for name in finding.subtypes}),
            }
            for item in defeated
            if item.correct and not item.subtype_matches()
        ],
    }


def _miss_row(item: ScoredCase) -> dict[str, Any]:
    return {
        "id": item.case.id,
        "label": item.case.defeat_type,
        "subtype": item.subtype,
        "verdict": item.verdict,
        "problem": item.problem,
    }
