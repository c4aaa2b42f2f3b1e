"""Files of rules: a header with the meaning of the rules, and the rules themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import Problem
from legit.knowledge.base_files import BaseFile
from legit.knowledge.rule_sources import SourceMark, header_with_marks, read_source_marks
from legit.knowledge.toml_files import parse_toml, read_text, toml_line, validation_problems
from legit.model.assessment import Verdict

_HEADER = re.compile(r"\A\s*%\*\n(.*?)\*%", re.DOTALL)
MAX_RULE_FILE_CHARACTERS = 400_000
_EXAMPLE_TABLE = re.compile(r"(?m)^[ \t]*\[\[[ \t]*(examples|counterexamples)[ \t]*\]\]")
POSITIVE_LAW = "positive_law"
EXAMPLES_SUFFIX = ".examples.toml"


class Example(BaseModel):
    """A case in controlled English, with the result that is expected of it.

    `verdict`, `scope`, `consequence`, `guidance`, `method_harm` and `advice` (the complete set) are expected of the
    assessment under `profile`, by default under the default profile. An expectation that is left out is not checked.
    `why` says what an example shows, or why a counterexample does not meet its criterion.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    why: str = ""
    verdict: Verdict | Literal[""] = ""
    scope: str = ""
    consequence: str = ""
    guidance: str = ""
    method_harm: str = ""
    advice: tuple[str, ...] | None = None
    profile: str = ""


class RuleFileBase(BaseModel):
    """The common part of every file of rules: a header and the rules.

    `glosses` maps an atom with named arguments, as `outranks(norm)`, to a clause that holds each name in braces.
    The loader sets the fields in `loader_fields`; a header may not have them. `first_line` is the line on which the
    rules begin, `key_lines` has the lines of the keys of the header, `example_lines` those of the example tables by
    the name of their list.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    loader_fields: ClassVar[frozenset[str]] = frozenset(
        {"rule_text", "path", "first_line", "key_lines", "example_lines"}
    )

    id: str
    title: str
    statement: str
    sources: tuple[str, ...]
    glosses: dict[str, str] = {}
    rule_text: str = ""
    path: str = ""
    first_line: int = 1
    key_lines: dict[str, int] = {}
    example_lines: dict[str, tuple[int, ...]] = {}


RuleFileT = TypeVar("RuleFileT", bound=RuleFileBase)


class JudgementFile(RuleFileBase):
    """A file of rules that is no criterion: derived concepts, weighing, the verdict, guidance.

    `mandatory_questions` has the question of each mandatory topic, `mandatory_topics` a phrase for it. `caution_order`
    orders the values of a result from the most cautious: where open inputs leave several possible, the first counts.
    `advice_evidence` names for a piece of advice the predicates whose facts are its evidence. `balance_measures` are
    the measures of the weighing that an answer shows, each with the predicate that has its value. `examples` stand in
    the file `examples_path` beside this one.
    """

    loader_fields: ClassVar[frozenset[str]] = RuleFileBase.loader_fields | {"examples", "examples_path"}

    caution_order: dict[str, tuple[str, ...]] = {}
    phrases: dict[str, str] = {}
    mandatory_questions: dict[str, str] = {}
    mandatory_topics: dict[str, str] = {}
    counterfactual_goals: dict[str, tuple[str, ...]] = {}
    advice_evidence: dict[str, tuple[str, ...]] = {}
    balance_measures: dict[str, str] = {}
    examples: tuple[Example, ...] = ()
    examples_path: str = ""


class ExamplesFile(BaseModel):
    """The examples of a judgement file: `weighing.examples.toml` has those of `weighing.lp`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    examples: tuple[Example, ...]


class Criterion(RuleFileBase):
    """A criterion: its statement, its sources, the premises that meet it, examples and counterexamples.

    `family` groups criteria; `standard_of_review` names how the rule's protection is weighed against the criterion;
    `harm_level` is the level of a harm. `scope` is what the criterion defeats, and `consequence` what follows for the
    user; the rules of the judgement may say both for a whole family. Their values belong to the knowledge base.
    A criterion of `positive_law` rests on a duty that only a source in force can impose; its rules undercut it where
    none binds. `specificity` orders findings: without it a criterion is of the first step of the base, the most
    specific.

    `sources` has every source. `common_sources` are those of the header, which belong to each rule, and `source_marks`
    give further ones to single rules.
    """

    loader_fields: ClassVar[frozenset[str]] = RuleFileBase.loader_fields | {"common_sources", "source_marks"}

    family: str
    subtypes: tuple[str, ...] = ()
    standard_of_review: str = ""
    harm_level: str = ""
    scope: str = ""
    consequence: str = ""
    specificity: str = ""
    positive_law: bool = False
    undercutters: dict[str, str] = {}
    common_sources: tuple[str, ...] = ()
    source_marks: tuple[SourceMark, ...] = ()
    examples: tuple[Example, ...] = ()
    counterexamples: tuple[Example, ...] = ()

    @property
    def header_facts(self) -> Iterator[tuple[str, ...]]:
        """What the header gives to the rules: names of predicates of the protocol, each with its arguments."""
        yield "criterion", self.id
        yield "in_family", self.id, self.family
        for name, value in (
            ("standard_of_review", self.standard_of_review),
            ("harm_level", self.harm_level),
            ("criterion_scope", self.scope),
            ("criterion_consequence", self.consequence),
            ("specificity", self.specificity),
        ):
            if value:
                yield name, self.id, value
        if self.positive_law:
            yield POSITIVE_LAW, self.id


def load_rule_file(file: BaseFile, display_path: str, model: type[RuleFileT]) -> RuleFileT | list[Problem]:
    """Read one `.lp` file with its header.

    Problems: K102 too long, K104 no header, K201 wrong shape, K204 a file name that cannot stand in a program, K404
    sources of a rule that cannot be read, and those of reading.
    """
    if not re.fullmatch(r"[\w-]+\.lp", file.name):
        return [Problem("K204", "the file's name may hold letters, digits, _ and - only", source=display_path)]
    text = read_text(file, display_path)
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
    ours: dict[str, Any] = {
        "rule_text": rules.strip() + "\n",
        "path": display_path,
        "first_line": text[: match.end()].count("\n") + 1 + rules[: len(rules) - len(rules.lstrip())].count("\n"),
        "key_lines": lines,
        "example_lines": _example_lines(match.group(1), first),
    }
    reserved = [
        Problem("K201", f"{key}: there is no such key", lines[key], 1, display_path, help=_reserved_help(key, file))
        for key in header
        if key in model.loader_fields
    ]
    if issubclass(model, Criterion):
        marks, unread = read_source_marks(ours["rule_text"], display_path, ours["first_line"])
        reserved += unread
        header = {**header_with_marks(header, marks), "source_marks": marks} if not reserved else header
    try:
        return reserved or model.model_validate({**header, **ours})
    except ValidationError as error:
        return validation_problems(error, model, display_path, text=match.group(1), first_line=first)


def _reserved_help(key: str, file: BaseFile) -> str:
    if key == "examples":
        return f"put them into `{file.stem}{EXAMPLES_SUFFIX}` beside this file"
    return "the loader sets it: leave it out"


def _example_lines(text: str, first_line: int = 1) -> dict[str, tuple[int, ...]]:
    """The lines of the example tables of a TOML text by the name of their list."""
    found: dict[str, tuple[int, ...]] = {}
    for match in _EXAMPLE_TABLE.finditer(text):
        line = text.count("\n", 0, match.start(1)) + first_line
        found[match.group(1)] = (*found.get(match.group(1), ()), line)
    return found


def load_examples(examples_file: BaseFile, display_path: str, file: JudgementFile) -> JudgementFile | list[Problem]:
    """A judgement file with the examples of the file beside it.

    Problems: K201 wrong shape. Raises KnowledgeBaseError (K101 to K103) when the file cannot be read.
    """
    text = read_text(examples_file, display_path)
    try:
        examples = ExamplesFile.model_validate(parse_toml(text, display_path)).examples
    except ValidationError as error:
        return validation_problems(error, ExamplesFile, display_path, text=text)
    update = {"examples": examples, "examples_path": display_path, "example_lines": _example_lines(text)}
    return file.model_copy(update=update)
