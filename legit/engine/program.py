"""The answer-set program of a knowledge base: assembled as text once, grounded once, kept as ground rules.

Every input is an external atom, so that a case is decided by setting truth values and never by building program
text. Atoms that merely repeat inputs (all of their ground rules have one positive literal over inputs or over other
such atoms) are folded: their value is a disjunction that needs no solver, and the program that clingo solves for each
case shrinks from thousands of externals to some hundred. `docs/decisions/0003-folding.md` has the figures.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import clingo

from legit.cache import cached
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Headed
from legit.knowledge.vocabulary import IDENTIFIER, MEASURES, Vocabulary


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many different names and dates a case may hold in one grounding; most cases hold none.

    With `moving` the weights of the profile are inputs too, each at its value and one step to either side.
    """

    names: int = 0
    dates: int = 0
    moving: bool = False

    @classmethod
    def for_case(cls, names: int, dates: int) -> Bounds:
        """The bounds of the smallest grounding that holds a case: nothing, or six doubled as often as needed."""
        return cls(_room(names), _room(dates))


_LEAST = 6


class GroundRule(NamedTuple):
    """A ground rule over integer atoms: `heads` (more than one only for choices), `body` literals, a lower bound with
    weights where the body is a weighted sum."""

    choice: bool
    heads: tuple[int, ...]
    body: tuple[int, ...]
    weights: tuple[int, ...] = ()
    lower: int = 0


def add_rule(backend: clingo.Backend, rule: GroundRule, literal: Callable[[int], int]) -> None:
    """Add a ground rule to a control; `literal` gives the control's number of an atom."""
    body = [literal(atom) if atom > 0 else -literal(-atom) for atom in rule.body]
    heads = [literal(atom) for atom in rule.heads]
    if rule.weights:
        backend.add_weight_rule(heads, rule.lower, list(zip(body, rule.weights, strict=True)), rule.choice)
    else:
        backend.add_rule(heads, body, rule.choice)


def _is_simple(rule: GroundRule) -> bool:
    return not rule.choice and len(rule.heads) == 1 and len(rule.body) == 1 and rule.body[0] > 0 and not rule.weights


class _Collector(clingo.Observer):
    def __init__(self) -> None:
        self.rules: list[GroundRule] = []

    def rule(self, choice: bool, head: Sequence[int], body: Sequence[int]) -> None:
        self.rules.append(GroundRule(choice, tuple(head), tuple(body)))

    def weight_rule(self, choice: bool, head: Sequence[int], lower_bound: int, body: Sequence[tuple[int, int]]) -> None:
        literals = tuple(literal for literal, _ in body)
        weights = tuple(weight for _, weight in body)
        self.rules.append(GroundRule(choice, tuple(head), literals, weights, lower_bound))


class Program:
    """The ground program of a knowledge base within bounds, folded.

    `atoms` maps ground atoms, as text, to numbers; `inputs` are those that a case may set; `feeds` leads from inputs
    and folded atoms to the folded atoms that they make true; `kept` are the rules that are left to solve, and `gates`
    the folded atoms and inputs that they read.

    Raises KnowledgeBaseError (K501) when the rules are not a valid program, (K502) when a rule uses a predicate that
    nothing defines.
    """

    def __init__(self, base: KnowledgeBase, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._base = base
        self.key = f"{base.digest}:{self.bounds}"
        made = cached("program", self.key, self._make)
        self.atoms: dict[str, int] = made["atoms"]
        self.names = {number: text for text, number in self.atoms.items()}
        self.inputs: set[int] = made["inputs"]
        self.facts: set[int] = made["facts"]
        self.feeds: dict[int, list[int]] = made["feeds"]
        self.gates: set[int] = made["gates"]
        self.kept = [GroundRule(*rule) for rule in made["kept"]]

    @cached_property
    def rules(self) -> list[GroundRule]:
        """All ground rules, before folding."""
        made = cached("rules", self.key, lambda: [tuple(rule) for rule in self._ground()[2]])
        return [GroundRule(*rule) for rule in made]

    def _make(self) -> dict[str, Any]:
        atoms, inputs, rules = self._ground()
        return {"atoms": atoms, "inputs": inputs, **_fold(set(inputs), rules)}

    def _ground(self) -> tuple[dict[str, int], set[int], list[GroundRule]]:
        messages: list[tuple[clingo.MessageCode, str]] = []
        control = clingo.Control(["--warn=all"], logger=lambda code, text: messages.append((code, text)))
        collector = _Collector()
        control.register_observer(collector)
        program = program_text(self._base, self.bounds)
        try:
            control.add("base", [], program)
            control.ground([("base", [])])
        except RuntimeError as error:
            text = messages[0][1] if messages else str(error)
            raise KnowledgeBaseError(_located("K501", text, program)) from error
        undefined = [text for code, text in messages if code == clingo.MessageCode.AtomUndefined]
        if undefined:
            raise KnowledgeBaseError(*(_located("K502", text, program) for text in undefined))
        found = [(str(atom.symbol), atom.literal, atom.is_external) for atom in control.symbolic_atoms]
        atoms = {text: number for text, number, _ in found}
        inputs = {number for _, number, external in found if external}
        return atoms, inputs, collector.rules

    def closure(self, atoms: Iterable[int]) -> set[int]:
        """The given inputs and every folded atom that they make true."""
        found = set(atoms)
        stack = list(found)
        while stack:
            for head in self.feeds.get(stack.pop(), ()):
                if head not in found:
                    found.add(head)
                    stack.append(head)
        return found

    def signatures(self, *names: str) -> list[tuple[int, str]]:
        """All ground atoms of the named predicates with their text, in a fixed order."""
        wanted = {name: f"{name}(" for name in names}
        found = [
            (number, text)
            for text, number in self.atoms.items()
            if text in wanted or text.startswith(tuple(wanted.values()))
        ]
        return sorted(found, key=lambda item: item[1])


def _fold(inputs: set[int], rules: list[GroundRule]) -> dict[str, Any]:
    """Fold the atoms that only repeat inputs; see the module."""
    facts = {rule.heads[0] for rule in rules if not rule.choice and len(rule.heads) == 1 and not rule.body}
    simple: dict[int, list[int]] = defaultdict(list)
    other: set[int] = set()
    for rule in rules:
        if _is_simple(rule):
            simple[rule.heads[0]].append(rule.body[0])
        else:
            other.update(rule.heads)
    pure = set(simple) - other
    while True:
        bad = {head for head in pure if any(body not in inputs and body not in pure for body in simple[head])}
        if not bad:
            break
        pure -= bad
    # An atom that has other rules too is split: the part of it that repeats inputs is folded under a new number.
    top = max((abs(literal) for rule in rules for literal in (*rule.heads, *rule.body)), default=0)
    parts: dict[int, int] = {}
    feeds: dict[int, list[int]] = defaultdict(list)
    kept: list[GroundRule] = []
    for rule in rules:
        head = rule.heads[0] if len(rule.heads) == 1 else 0
        if _is_simple(rule) and (rule.body[0] in pure or rule.body[0] in inputs):
            if head not in pure:
                if head not in parts:
                    top += 1
                    parts[head] = top
                    kept.append(GroundRule(False, (head,), (top,)))
                head = parts[head]
            feeds[rule.body[0]].append(head)
        elif head not in facts:
            kept.append(rule)
    folded = pure | set(parts.values())
    used = {abs(literal) for rule in kept for literal in rule.body}
    gates = {atom for atom in used if atom in folded or atom in inputs}
    return {"facts": facts, "feeds": dict(feeds), "kept": [tuple(rule) for rule in kept], "gates": gates}


def _room(needed: int) -> int:
    size = _LEAST if needed else 0
    while size < needed:
        size *= 2
    return size


def _located(code: str, message: str, program: str) -> Problem:
    """A complaint of clingo about the program text, with the file and the words of the rule that it is about."""
    found = _AT.search(message)
    if found is None:
        return Problem(code, " ".join(message.split())[:_SHOWN])
    lines = program.splitlines()
    at = min(int(found.group(1)), len(lines)) - 1
    file = next((line[2:] for line in reversed(lines[: at + 1]) if _FILE_MARK.match(line)), "")
    says = " ".join(_AT.sub("", message).split())[:_SHOWN]
    return Problem(code, f"{_WHAT[code]}, at `{lines[at].strip()}`", source=file, help=says)


_WHAT = {"K501": "the rules are no valid program", "K502": "undefined"}


_AT = re.compile(r"<(?:block|string)>:(\d+)(?::\d+(?:-\d+)?(?::\d+)?)?:?(?:-\d+:\d+:)?")
_FILE_MARK = re.compile(r"% \S+\.lp$")
_SHOWN = 300


def program_text(base: KnowledgeBase, bounds: Bounds) -> str:
    """The whole program as text: domains, fixed facts, inputs as externals, rules."""
    parts = [
        "% domains and fixed facts of the vocabulary",
        *_domains(base, bounds),
        "% profile",
        *_profile_facts(base, moving=bounds.moving),
        "% criteria",
        *_criterion_facts(base),
        "% inputs",
        *_externals(base.vocabulary),
    ]
    headed: list[Headed] = [*base.files.values(), *base.criteria.values()]
    for file in headed:
        parts += [f"% {file.path}", file.rules]
    parts.append(_DEFINED)
    return "\n".join(parts)


# Predicates that a small base may leave without any atom; declared so that a misspelt one is still found.
_DEFINED = "\n".join(
    f"#defined {name}."
    for name in [
        "is_a/2",
        "entry/2",
        "right_class/2",
        "criterion/1",
        "in_family/2",
        "weighing/2",
        "harm_level/2",
        "meets/1",
        "undercut/2",
        "open/1",
        "assumed/2",
    ]
)


def term(value: Any) -> str:
    """A scalar of a data file as a term: identifiers and numbers as they are, other texts quoted."""
    if isinstance(value, bool):
        raise TypeError(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    lower = text.lower()
    return lower if IDENTIFIER.match(lower) else str(clingo.String(text))


def _domains(base: KnowledgeBase, bounds: Bounds) -> list[str]:
    facts = [f"is_a({value},{name})." for name, enum in base.vocabulary.types.items() for value in enum.values]
    facts += [f"is_a(0..{len(base.vocabulary.frame.bands[measure])},{measure})." for measure in sorted(MEASURES)]
    facts += [f"is_a(1..{bounds.names},name).", f"is_a(1..{bounds.dates},date)."]
    names: set[tuple[str, int]] = set()
    for values in base.attributes.values():
        for value_id, table in values.items():
            for key, value in table.items():
                if key in {"sources", "why"}:
                    continue
                if isinstance(value, bool):
                    names.add((key, 1))
                    facts += [f"{key}({value_id})."] if value else []
                    continue
                names.add((key, 2))
                entries = value if isinstance(value, list) else [value]
                facts += [f"{key}({value_id},{term(entry)})." for entry in entries]
    return facts + [f"#defined {name}/{arity}." for name, arity in sorted(names)]


def _profile_facts(base: KnowledgeBase, *, moving: bool) -> list[str]:
    facts = []
    weights = base.profile.weights() if moving else []
    free = {weight.table for weight in weights}
    for weight in weights:
        facts += [f"#external {weight.symbol(value)}." for value in (weight.value, *weight.moves)]
    for name, table in base.profile.tables.items():
        for key, value in table.values.items():
            facts.append(f"entry({name},{term(key)}).")
            if name in free:
                continue
            if isinstance(value, dict):
                facts += [f"{name}({term(key)},{term(inner)},{number})." for inner, number in value.items()]
            else:
                facts.append(f"{name}({term(key)},{value}).")
    return facts


def _criterion_facts(base: KnowledgeBase) -> list[str]:
    facts = []
    for item in base.criteria.values():
        facts += [f"criterion({item.id}).", f"in_family({item.id},{term(item.family)})."]
        if item.weighing:
            facts.append(f"weighing({item.id},{term(item.weighing)}).")
        if item.level:
            facts.append(f"harm_level({item.id},{term(item.level)}).")
    return facts


def _externals(vocabulary: Vocabulary) -> list[str]:
    lines = []
    for predicate in vocabulary.predicates.values():
        if predicate.record_only:
            continue
        variables = [f"X{index}" for index in range(predicate.arity)]
        head = f"{predicate.id}({','.join(variables)})" if variables else predicate.id
        domain = ", ".join(
            f"is_a({variable},{argument.type})" for variable, argument in zip(variables, predicate.args, strict=True)
        )
        lines += [f"#external {head}{f' : {domain}' if domain else ''}.", f"#defined {predicate.id}/{predicate.arity}."]
    return lines
