"""Files of rules: a header that says what the rules mean, and the rules themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import Problem
from legit.knowledge.layers import Layers, duplicate_problem, layer_of
from legit.knowledge.toml_files import parse_toml, read_text, toml_line, validation_problems
from legit.knowledge.vocabulary import IDENTIFIER
from legit.model.assessment import Verdict

_HEADER = re.compile(r"\A\s*%\*\n(.*?)\*%", re.DOTALL)
MAX_RULE_FILE_CHARACTERS = 400_000
_CRITERION_FOLDERS = ("criteria", "functions", "harms")
_LOADER_FIELDS = frozenset({"rule_text", "path", "first_line", "key_lines"})


class Example(BaseModel):
    """A case in controlled English; `why` says why a near-miss is none, or what an example shows.

    `verdict`, `guidance`, `harm` and `advice` say what comes of the whole case (`advice` all of it) under `profile`;
    what is left out is not checked. Without a profile of its own an example speaks of the default one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    why: str = ""
    verdict: Verdict | Literal[""] = ""
    guidance: str = ""
    method_harm: str = ""
    advice: tuple[str, ...] | None = None
    profile: str = ""


class RuleFileBase(BaseModel):
    """What every file of rules has: a header and the rules.

    `says` are the words for what the rules derive: from an atom with named arguments, as `outranks(norm)`, to a clause
    that holds each name in braces.
    `first_line` is the line on which the rules begin, `lines` those of the keys of the header.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    statement: str
    sources: tuple[str, ...]
    glosses: dict[str, str] = {}
    rule_text: str = ""
    path: str = ""
    first_line: int = 1
    key_lines: dict[str, int] = {}


RuleFileT = TypeVar("RuleFileT", bound=RuleFileBase)


class JudgementFile(RuleFileBase):
    """A file of rules that is no criterion: shared concepts, weighing, the verdict, guidance.

    `questions` are the mandatory ones by topic, `topics` what each is about. `careful` orders the values of a result
    from the most careful: where what is unknown leaves several possible, the first counts. `shown_by` names for a piece
    of advice the predicates whose facts show what it is about. `examples` are cases that show what the rules do.
    """

    caution_order: dict[str, tuple[str, ...]] = {}
    phrases: dict[str, str] = {}
    mandatory_questions: dict[str, str] = {}
    mandatory_topics: dict[str, str] = {}
    counterfactual_goals: dict[str, tuple[str, ...]] = {}
    advice_evidence: dict[str, tuple[str, ...]] = {}
    examples: tuple[Example, ...] = ()


class Criterion(RuleFileBase):
    """A criterion: what it says, on which sources, which premises meet it, and examples for and against.

    `family` groups criteria; `weighing` names how the rule's protection is weighed against it; `level` is the level
    of a harm. Their values belong to the knowledge base.
    """

    family: str
    subtypes: tuple[str, ...] = ()
    standard_of_review: str = ""
    harm_level: str = ""
    undercutters: dict[str, str] = {}
    examples: tuple[Example, ...] = ()
    counterexamples: tuple[Example, ...] = ()


def load_rule_file(path: Path, display_path: str, model: type[RuleFileT]) -> RuleFileT | list[Problem]:
    """Read one `.lp` file with its header.

    Problems: K102 too long, K104 no header, K201 wrong shape, K204 a file name that cannot stand in a program, and
    those of reading.
    """
    if not re.fullmatch(r"[\w-]+\.lp", path.name):
        return [Problem("K204", "the file's name may hold letters, digits, _ and - only", source=display_path)]
    text = read_text(path, display_path)
    if len(text) > MAX_RULE_FILE_CHARACTERS:
        return [
            Problem("K102", f"a file of rules is longer than {MAX_RULE_FILE_CHARACTERS} letters", source=display_path)
        ]
    match = _HEADER.match(text)
    if not match:
        return [Problem("K104", "file does not begin with a header between `%*` and `*%`", 1, 1, display_path)]
    first = text[: match.start(1)].count("\n") + 1
    header = parse_toml(match.group(1), display_path, first)
    rules = text[match.end() :]
    lines = {key: toml_line(match.group(1), "", key) + first - 1 for key in header}
    ours = {
        "rule_text": rules.strip() + "\n",
        "path": display_path,
        "first_line": text[: match.end()].count("\n") + 1 + rules[: len(rules) - len(rules.lstrip())].count("\n"),
        "key_lines": lines,
    }
    reserved = [
        Problem("K201", f"{key}: there is no such key", lines[key], 1, display_path)
        for key in header
        if key in _LOADER_FIELDS
    ]
    try:
        return reserved or model.model_validate({**header, **ours})
    except ValidationError as error:
        return validation_problems(error, model, display_path, text=match.group(1), first_line=first)


def load_rule_files(layers: Layers) -> tuple[dict[str, Criterion], dict[str, JudgementFile], list[Problem]]:
    """The criteria and the judgement files of all layers, by id.

    Problems: those of `load_rule_file`, K204 an id used twice, K210 an id that an extension takes.
    """
    criteria: dict[str, Criterion] = {}
    files: dict[str, JudgementFile] = {}
    problems: list[Problem] = []
    places: dict[str, str] = {}
    for part, folder in ((part, folder) for part in layers for folder in (*_CRITERION_FOLDERS, "judgement")):
        for path, place in part.files(f"{folder}/**/*.lp"):
            loaded: Criterion | JudgementFile | list[Problem]
            if folder in _CRITERION_FOLDERS:
                loaded = load_rule_file(path, place, Criterion)
            else:
                loaded = load_rule_file(path, place, JudgementFile)
            if isinstance(loaded, list):
                problems += loaded
                continue
            there = places.setdefault(loaded.id, place)
            if layer_of(there) != part.display_name:
                problems.append(duplicate_problem("id", loaded.id, place, there))
            elif not IDENTIFIER.match(loaded.id) or loaded.id in criteria or loaded.id in files:
                problems.append(Problem("K204", f"id `{loaded.id}` is used twice or not in snake case", source=place))
            elif isinstance(loaded, Criterion):
                criteria[loaded.id] = loaded
            else:
                files[loaded.id] = loaded
    return criteria, files, problems
