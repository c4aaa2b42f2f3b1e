"""Static checks that the program is total and terminates.

K505: the program must be stratified (no recursion through negation), and the bounds of every choice satisfiable. Each
completion of the open inputs then has exactly one answer set for each alternative of its choices. K506: recursive
arithmetic must be bounded by a comparison, and ranges must be small.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from legit.errors import Problem
from legit.knowledge.criteria import RuleFileBase
from legit.knowledge.manifest import MAX_NUMBER
from legit.knowledge.rules.rule_ast import (
    Atom,
    BodyLiteral,
    Comparison,
    Rule,
    RulesByFile,
    Term,
    body_literals,
    signature,
)

AtomPattern = tuple[str, tuple[str | None, ...]]
"""An atom with None for each argument that is no plain name."""


def _atom_pattern(atom: Atom) -> AtomPattern:
    return atom.name, tuple(arg.text if arg.kind == "name" else None for arg in atom.args)


def _may_unify(one: AtomPattern, other: AtomPattern) -> bool:
    return len(one[1]) == len(other[1]) and all(
        a is None or b is None or a == b for a, b in zip(one[1], other[1], strict=True)
    )


def check_stratification(rules: RulesByFile) -> Iterator[Problem]:
    """K505: recursion through negation, and choices whose bounds cannot always be satisfied."""
    derived: dict[str, set[AtomPattern]] = defaultdict(set)
    for _, own in rules:
        for rule in own:
            for head in rule.heads:
                derived[head.atom.name].add(_atom_pattern(head.atom))
    edges = []
    for file, own in rules:
        for rule in own:
            if rule.is_choice:
                yield from _check_choice_bounds(file, rule, rules)
            aggregated = {condition for scope in rule.aggregate_conditions for condition in scope}
            reads = {
                (pattern, test.negated or test in aggregated)
                for test in body_literals(rule)
                for pattern in derived[test.atom.name]
                if _may_unify(pattern, _atom_pattern(test.atom))
            }
            for head in rule.heads:
                edges += [(file, head.atom, _atom_pattern(head.atom), pattern, denied) for pattern, denied in reads]
    # Levels rise along denials; in a base without a circle through a denial they stop below the number of patterns.
    level: dict[AtomPattern, int] = defaultdict(int)
    limit = sum(map(len, derived.values()))
    rising = True
    while rising:
        rising = False
        for file, atom, pattern, read, denied in edges:
            needed = level[read] + denied
            if level[pattern] < needed:
                level[pattern] = needed
                rising = True
                if needed > limit:
                    yield _problem("K505", f"`{atom}` depends on its own denial", atom, file)
                    return


def _check_choice_bounds(file: RuleFileBase, rule: Rule, rules: RulesByFile) -> Iterator[Problem]:
    """K505: a choice with too few unconditional elements for its bounds, or with elements that other rules derive."""
    if rule.lower_bound == 0 and rule.upper_bound is None:
        return
    chosen = [head.atom for head in rule.heads if not head.conditions]
    plain = all(arg.kind == "name" for atom in chosen for arg in atom.args)
    enough = rule.lower_bound is not None and plain and len(set(map(_atom_pattern, chosen))) >= rule.lower_bound
    if enough and rule.upper_bound is not None:
        mine = [_atom_pattern(head.atom) for head in rule.heads]
        others = [
            _atom_pattern(head.atom) for _, own in rules for other in own if other is not rule for head in other.heads
        ]
        alone = not any(one[0] == two[0] and _may_unify(one, two) for one in mine for two in others)
        enough = alone and rule.upper_bound >= (rule.lower_bound or 0)
    if not enough:
        message = f"`{rule.text[:80]}`: the bounds of this choice may not always be kept"
        yield _problem("K505", message, rule.heads[0].atom, file)


_INCREMENT = re.compile(r"\((\w+)([+-])\d+\)\Z")
_RANGE = re.compile(r"\(?(\d+|-\d+)\.\.(\d+)\)?\Z")


def check_termination(rules: RulesByFile) -> Iterator[Problem]:
    """K506: recursive arithmetic without a bound, and ranges that are too long."""
    reads: dict[tuple[str, int], set[tuple[str, int]]] = defaultdict(set)
    for _, own in rules:
        for rule in own:
            for head in rule.heads:
                reads[signature(head.atom)] |= {
                    signature(test.atom) for test in body_literals(rule) if not test.negated
                }
    for file, own in rules:
        for rule in own:
            for head in rule.heads:
                atom = head.atom
                recursive = signature(atom) in _transitive_dependencies(signature(atom), reads)
                for arg in atom.args:
                    if not _is_bounded(arg, rule, recursive):
                        yield _problem("K506", f"`{atom}` may go on without end, by `{arg.text}`", atom, file)
            for condition in rule.body:
                for arg in (
                    condition.atom.args if isinstance(condition, BodyLiteral) else (condition.left, condition.right)
                ):
                    if not _is_bounded(arg, rule, False):
                        place = condition.atom if isinstance(condition, BodyLiteral) else condition
                        yield _problem("K506", f"`{arg.text}` is too long a range", place, file)


def _transitive_dependencies(
    start: tuple[str, int], reads: dict[tuple[str, int], set[tuple[str, int]]]
) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    waiting = [start]
    while waiting:
        for key in reads.get(waiting.pop(), set()) - found:
            found.add(key)
            waiting.append(key)
    return found


def _is_bounded(arg: Term, rule: Rule, recursive: bool) -> bool:
    """Whether an argument can take finitely many values, and not too many.

    A step `X+1` or `X-1` from a rule's own results ends where the body bounds X on that side.
    """
    if arg.kind != "other":
        return True
    if ".." in arg.text:
        span = _RANGE.match(arg.text)
        return span is not None and int(span.group(2)) - int(span.group(1)) <= MAX_NUMBER
    if not recursive or not re.search(r"\b_*[A-Z]", arg.text):
        return True
    step = _INCREMENT.match(arg.text)
    if step is None:
        return False
    name, rising = step.group(1), step.group(2) == "+"
    bounds = ("<", "<=") if rising else (">", ">=")
    mirrored = (">", ">=") if rising else ("<", "<=")
    return any(
        isinstance(item, Comparison)
        and (
            (item.left.text == name and item.operator in bounds and item.right.text.isdigit())
            or (item.right.text == name and item.operator in mirrored and item.left.text.isdigit())
        )
        for item in rule.body
    )


def _problem(code: str, message: str, at: Atom | Comparison, file: RuleFileBase) -> Problem:
    return Problem(code, message, at.line, at.column, file.path)
