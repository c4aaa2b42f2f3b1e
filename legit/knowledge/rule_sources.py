"""The sources of single rules of a criterion: marks in comments above the rules, and how they are read.

    % @sources SOURCE, SOURCE
    % @sources if condition(value): SOURCE
    % @sources if condition(V): V
    meets(criterion) :- premise, premise.

The marks belong to the next rule for `meets`. A mark without a condition counts whenever the rule fires. A mark with a
condition counts only if the condition holds in the case too. A condition may have one variable as its last argument;
the same variable among the sources stands for each value with which the condition holds: a right with the clauses
under which it may be limited, or a value of an attribute table with its sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from legit.errors import Problem
from legit.knowledge.rules.forbidden_syntax import without_block_comments, without_comments

RULE_MET = "met_by"
"""`met_by(Criterion,Number)` holds where the rule of that number meets the criterion."""

_MARK = re.compile(r"%\s*@sources\b(?:\s+if\b(?P<condition>[^:]*):)?(?P<refs>.*)")
_CONDITION = re.compile(r"(?P<name>[a-z]\w*)(?:\((?P<args>\w+(?:,\w+)*)\))?")
_HEAD = re.compile(r"meets\((?P<id>\w+)\)(?=\s*(?::-|\.))")


class SourceMark(BaseModel):
    """The sources that one line gives to a rule. `rule` is the number of the rule in its file, from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: int
    sources: tuple[str, ...]
    condition: str = ""
    line: int = 0

    @property
    def variable(self) -> str:
        """The variable of the condition; empty when it has none."""
        match = _CONDITION.fullmatch(self.condition)
        last = (match["args"] or "").rpartition(",")[2] if match else ""
        return last if last[:1].isupper() else ""

    @property
    def predicate(self) -> str:
        """The predicate of the condition."""
        return self.condition.partition("(")[0]

    @property
    def names_variable(self) -> bool:
        """Whether the sources of the values of the variable are meant."""
        return bool(self.variable) and self.variable in self.sources

    @property
    def refs(self) -> tuple[str, ...]:
        """The sources that are named, without the variable."""
        return tuple(ref for ref in self.sources if ref != self.variable)


def is_condition(text: str) -> bool:
    """Whether a text has the form of a condition of a source mark."""
    return _CONDITION.fullmatch(text) is not None


def read_source_marks(text: str, path: str, first_line: int) -> tuple[tuple[SourceMark, ...], list[Problem]]:
    """The marks of a text of rules. Problems: K404 a mark that has no form, no source or no rule after it."""
    found: list[SourceMark] = []
    problems: list[Problem] = []
    number, waiting = 0, 0
    for line, written in enumerate(_lines(text), first_line):
        if _HEAD.match(written):
            number += 1
            waiting = 0
        match = _MARK.match(written.strip())
        if match is None:
            continue
        waiting = line
        condition = re.sub(r"\s*,\s*", ",", (match["condition"] or "").strip())
        sources = tuple(ref for ref in (part.strip() for part in match["refs"].split(",")) if ref)
        if not sources or (match["condition"] is not None and not _CONDITION.fullmatch(condition)):
            help_ = "write `% @sources FD-24, echr 13`, or `% @sources if authority(platform): dsa 17`"
            problems.append(Problem("K404", "the sources of the rule cannot be read", line, 1, path, help=help_))
            continue
        found.append(SourceMark(rule=number + 1, sources=sources, condition=condition, line=line))
    if waiting:
        problems.append(Problem("K404", "no rule for `meets` follows these sources", waiting, 1, path))
    return tuple(found), problems


def _lines(text: str) -> list[str]:
    """The lines of a text of rules as the parser counts them; a rule in a block comment is none."""
    return without_block_comments(text).split("\n")


def header_with_marks(header: Mapping[str, Any], marks: Iterable[SourceMark]) -> dict[str, Any]:
    """The header of a criterion, in which `sources` has those of the rules too and `common_sources` those without."""
    common = header.get("sources", ())
    if not isinstance(common, list | tuple):
        return dict(header)
    every = dict.fromkeys([*common, *(ref for mark in marks for ref in mark.refs)])
    return {**header, "sources": tuple(every), "common_sources": tuple(common)}


def count_rules(text: str) -> int:
    """The number of rules for `meets` in a text."""
    return sum(1 for line in _lines(text) if _HEAD.match(line))


def met_by_rules(criterion: str, text: str, marks: Iterable[SourceMark]) -> str:
    """A rule for `met_by` beside each rule of the text that has marks."""
    marked = {mark.rule for mark in marks}
    found, number, open_rule = [], 0, False
    for line in without_comments(text).split("\n"):
        match = _HEAD.match(line)
        if match:
            number += 1
            open_rule = number in marked
            line = f"{RULE_MET}({criterion},{number}){line[match.end() :]}"
        if open_rule and line.strip():
            found.append(line)
            open_rule = not line.rstrip().endswith(".")
    return "\n".join(found)
