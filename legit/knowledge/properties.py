"""Properties: conditions that must hold of all cases under a base. Each has a file in `properties/`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import RuleFileBase, load_rule_file
from legit.knowledge.layers import duplicate_problem, layer_files, layer_of
from legit.knowledge.rules.measures import check_comparisons, infer_kinds
from legit.knowledge.rules.rule_parser import parse_rules
from legit.knowledge.vocabulary import IDENTIFIER

FOLDER = "properties"


class Property(RuleFileBase):
    """A property as its file states it.

    The rules derive `found` or `found(X)` in the cases that are searched for. With `answer = "no"` no such case may
    exist; with `answer = "yes"` one must exist for each X of `asked(X)`. With `compares` the rules read two cases,
    `before(...)` and `after(...)`, which state the same facts except for what `may_add(F)`, `may_remove(F)` and
    `becomes(F,G)` allow. `exceptions` gives the reason for each X whose answer is known to be the other one.

    `about` is what is searched: `cases`, or `opinions`, whose sentences must add no fact.
    """

    question: str
    sources: tuple[str, ...] = ()
    answer: Literal["yes", "no"] = "no"
    compares: bool = False
    about: Literal["cases", "opinions"] = "cases"
    exceptions: dict[str, str] = Field(default_factory=dict)


def load_properties(base: KnowledgeBase) -> list[Property]:
    """The properties of a knowledge base. Raises KnowledgeBaseError with every problem of every file."""
    found: list[Property] = []
    problems: list[Problem] = []
    kinds = infer_kinds(base.rules, base.given_kinds())
    for path, shown in layer_files(base.layers, f"{FOLDER}/**/*.lp"):
        loaded = load_rule_file(path, shown, Property)
        if isinstance(loaded, list):
            problems += loaded
            continue
        known = next((other.path for other in found if other.id == loaded.id), shown)
        if layer_of(known) != layer_of(shown):
            problems.append(duplicate_problem("property", loaded.id, shown, known))
        elif not IDENTIFIER.match(loaded.id) or any(loaded.id == other.id for other in found):
            problems.append(Problem("K204", f"id `{loaded.id}` is used twice or not in snake case", source=shown))
        problems += base.bibliography.unresolved_problems(
            loaded.id, loaded.sources, shown, loaded.key_lines.get("sources", 0)
        )
        rules, unread = parse_rules(loaded.rule_text, shown, loaded.first_line)
        problems += unread or check_comparisons([(loaded, rules)], infer_kinds([(loaded, rules)], kinds), base.scales)
        found.append(loaded)
    if problems:
        raise KnowledgeBaseError(*problems)
    return found
