"""Static checks of all rules of a base together.

- K502: data or a rule define every predicate that a rule reads;
- K503: every constant can stand in its argument; a misspelt one would make a rule silent;
- K504: only its own file says when a criterion is met or undercut, and no file redefines data;
- K508: measures are compared with a named bound of a band, steps of attributes with a named step;
- K505, K506: see `termination`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.criteria import Criterion, RuleFileBase
from legit.knowledge.extension import UndercutKeys
from legit.knowledge.layers import layer_of
from legit.knowledge.protocol import HEAD_SIGNATURES, MEETS, UNDERCUT, Signature
from legit.knowledge.rules.measures import Kinds, Scales, check_comparisons, infer_kinds
from legit.knowledge.rules.rule_ast import (
    Atom,
    BodyLiteral,
    Comparison,
    Condition,
    RulesByFile,
    Term,
    body_literals,
    condition_scopes,
    signature,
)
from legit.knowledge.rules.signatures import ArgumentDomains, Domain
from legit.knowledge.rules.termination import check_stratification, check_termination


def constants_in(rules: RulesByFile) -> set[str]:
    """Every constant in the rules."""
    return {
        arg.text
        for _, own in rules
        for rule in own
        for atom in (*(test.atom for test in body_literals(rule)), *(head.atom for head in rule.heads))
        for arg in atom.args
        if arg.kind == "name"
    }


def check_rules(
    rules: RulesByFile,
    inputs: dict[Signature, ArgumentDomains],
    data: dict[Signature, ArgumentDomains],
    kinds: Kinds,
    scales: Scales,
    undercuts: UndercutKeys = frozenset(),
) -> list[Problem]:
    """The problems of all rules together.

    `inputs` and `data` are the signatures that cases and data supply. `kinds` are the kinds of their arguments,
    `scales` the bounds and steps with which rules compare. `undercuts` are those of other criteria that an extension
    declares.
    """
    given = {**data, **inputs}
    problems = [*_check_foreign_heads(rules, set(given), undercuts), *_check_undefined(rules, given)]
    problems += [*_check_domains(rules, given), *check_comparisons(rules, infer_kinds(rules, kinds), scales)]
    return [*problems, *check_stratification(rules), *check_termination(rules)]


def _problem(code: str, message: str, at: Atom | Comparison, file: RuleFileBase, near: tuple[str, ...] = ()) -> Problem:
    return Problem(code, message, at.line, at.column, file.path, nearest=near)


def _check_foreign_heads(rules: RulesByFile, supplied: set[Signature], undercuts: UndercutKeys) -> Iterator[Problem]:
    """Heads that their file may not derive (K504).

    A criterion derives what no other file derives, and what each criterion says of itself alone: there the first
    argument names the criterion in every head.
    """
    criteria = {file.id: file for file, _ in rules if isinstance(file, Criterion)}
    shared: dict[Signature, set[str]] = defaultdict(set)
    of_others: set[Signature] = set()
    for file, own in rules:
        for rule in own:
            for head in rule.heads:
                shared[signature(head.atom)].add(file.id)
                if not (isinstance(file, Criterion) and _speaks_of(head.atom, file)):
                    of_others.add(signature(head.atom))
    for file, own in rules:
        for rule in own:
            for head in rule.heads:
                atom = head.atom
                if signature(atom) in (MEETS, UNDERCUT):
                    yield from _check_foreign_criterion(file, atom, criteria, undercuts)
                elif signature(atom) in supplied:
                    yield _problem("K504", f"`{atom}` is given by cases or data, and no rule may derive it", atom, file)
                elif isinstance(file, Criterion) and (
                    signature(atom) in HEAD_SIGNATURES
                    or (shared[signature(atom)] != {file.id} and signature(atom) in of_others)
                ):
                    message = f"`{atom}` is not for the file of `{file.id}` to derive: others rely on it too"
                    yield _problem("K504", message, atom, file, ())


def _speaks_of(atom: Atom, criterion: Criterion) -> bool:
    return bool(atom.args) and atom.args[0].kind == "name" and atom.args[0].text == criterion.id


def _check_foreign_criterion(
    file: RuleFileBase, atom: Atom, criteria: dict[str, Criterion], undercuts: UndercutKeys
) -> Iterator[Problem]:
    first = atom.args[0]
    if first.kind != "name" or first.text not in criteria:
        near = suggest(first.text, criteria)
        if isinstance(file, Criterion) and not near:
            near = (file.id,)
        yield _problem("K504", f"`{atom}`: there is no criterion `{first.text}`", atom, file, near)
    elif layer_of(file.path) != layer_of(criteria[first.text].path):
        if signature(atom) == MEETS or (layer_of(file.path), first.text, atom.args[1].text) not in undercuts:
            help_ = f"declare it in base.toml under [undercuts.{first.text}], with its reason"
            if signature(atom) == MEETS:
                help_ = "write a criterion of your own"
            message = f"`{atom}` is for {criteria[first.text].path} to say"
            yield Problem("K507", message, atom.line, atom.column, file.path, help_)
    elif first.text != file.id:
        yield _problem("K504", f"`{atom}`: only the file of `{first.text}` may say so", atom, file, (file.id,))
    elif signature(atom) == UNDERCUT and atom.args[1].text not in criteria[file.id].undercutters:
        why = atom.args[1].text
        near = suggest(why, criteria[file.id].undercutters)
        yield _problem("K604", f"undercutter `{why}` of `{file.id}` has no phrase in the header", atom, file, near)


def _check_undefined(rules: RulesByFile, supplied: dict[Signature, ArgumentDomains]) -> Iterator[Problem]:
    known = {
        *supplied,
        *HEAD_SIGNATURES,
        *(signature(head.atom) for _, own in rules for rule in own for head in rule.heads),
    }
    names = {name for name, _ in known}
    protocol = dict(HEAD_SIGNATURES)
    for file, own in rules:
        for rule in own:
            for head in rule.heads:
                count = protocol.get(head.atom.name)
                if count is not None and count != len(head.atom.args):
                    takes = f"`{head.atom.name}` takes {count} arguments"
                    yield _problem("K502", f"`{head.atom}`: {takes}", head.atom, file)
            for test in body_literals(rule):
                atom = test.atom
                if signature(atom) in known:
                    continue
                counts = sorted(count for name, count in known if name == atom.name)
                if counts:
                    takes = " or ".join(map(str, counts))
                    yield _problem("K502", f"`{atom}`: `{atom.name}` takes {takes} arguments", atom, file)
                else:
                    near = suggest(atom.name, names)
                    yield _problem("K502", f"`{atom}`: nothing defines `{atom.name}`", atom, file, near)


def _check_domains(rules: RulesByFile, supplied: dict[Signature, ArgumentDomains]) -> Iterator[Problem]:
    possible = infer_domains(rules, supplied)
    for file, own in rules:
        for rule in own:
            outer = _variable_domains(rule.body, possible)
            for scope in condition_scopes(rule):
                variables = {**outer, **_variable_domains(scope, possible, outer)}
                for condition in scope:
                    for place, arg, names in _terms_with_domains(condition, possible, variables):
                        if arg.kind == "name" and names and arg.text not in names:
                            shown = condition.atom if isinstance(condition, BodyLiteral) else arg.text
                            message = f"`{shown}`: `{arg.text}` cannot stand there"
                            yield _problem("K503", message, place, file, suggest(arg.text, names))


def _terms_with_domains(
    condition: Condition, domains: dict[Signature, ArgumentDomains], variables: dict[str, Domain]
) -> Iterator[tuple[Atom | Comparison, Term, Domain]]:
    """Each argument of a condition with the constants that can stand in its place."""
    if isinstance(condition, BodyLiteral):
        places = domains.get(signature(condition.atom))
        if places is not None:
            for arg, names in zip(condition.atom.args, places, strict=True):
                yield condition.atom, arg, names
    elif condition.operator in ("=", "!="):
        for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if other.kind == "variable":
                yield condition, one, variables.get(other.text)


def infer_domains(rules: RulesByFile, supplied: dict[Signature, ArgumentDomains]) -> dict[Signature, ArgumentDomains]:
    """The constants that can stand in each argument of each predicate: a least fixpoint."""
    possible = {
        key: [set(names) if names is not None else None for names in places] for key, places in supplied.items()
    }
    every = [rule for _, own in rules for rule in own]
    for rule in every:
        for head in rule.heads:
            possible.setdefault(signature(head.atom), [set() for _ in head.atom.args])
    changed = True
    while changed:
        changed = False
        for rule in every:
            outer = _variable_domains(rule.body, possible)
            for head in rule.heads:
                variables = {**outer, **_variable_domains(head.conditions, possible, outer)}
                places = possible[signature(head.atom)]
                for index, arg in enumerate(head.atom.args):
                    names = places[index]
                    new: Domain = {arg.text} if arg.kind == "name" else None
                    if arg.kind == "variable":
                        new = variables.get(arg.text)
                    if names is not None and (new is None or not new <= names):
                        places[index] = None if new is None else names | new
                        changed = True
    return possible


def _variable_domains(
    conditions: Iterable[Condition], domains: dict[Signature, ArgumentDomains], outer: dict[str, Domain] | None = None
) -> dict[str, Domain]:
    """The constants that each variable can stand for, by its positions in positive atoms."""
    found: dict[str, Domain] = dict(outer or {})
    for condition in conditions:
        if not isinstance(condition, BodyLiteral) or condition.negated:
            continue
        for arg, names in zip(condition.atom.args, domains.get(signature(condition.atom), ()), strict=False):
            if arg.kind == "variable" and arg.text != "_":
                known = found.get(arg.text)
                found[arg.text] = names if known is None else known if names is None else known & names
    return found
