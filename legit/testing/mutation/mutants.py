"""The mutants of a knowledge base: each is the base with one thing of its rules, weights or priorities changed."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from clingo import ast

from legit.assurance.rule_marks import format_rule
from legit.engine.program_text import to_term
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion, JudgementFile
from legit.knowledge.lexicon import MEASURES, Lexicon

_BOUND_CONDITION = re.compile(r"((?:not )*(?:more_than|at_most)\(\w+),(\d+),([^,]+)\)")


@dataclass(frozen=True)
class Mutant:
    """One change. `replacements` gives the replacement of each changed statement of the program.

    `kind` is `rule`, `literal`, `negation`, `bound`, `undercutter`, `priority` or `weight`; `file` is the id of the
    file of rules or the table of the profile. `caution_order` is set where the change is to an order of caution, which
    stands in no program.
    """

    file: str
    kind: str
    description: str
    replacements: dict[str, tuple[str, ...]]
    caution_order: tuple[str, tuple[str, ...]] | None = None

    @property
    def name(self) -> str:
        """The change, and its place."""
        return f"{self.file}: {self.description}"

    def with_caution_order(self, base: KnowledgeBase) -> KnowledgeBase:
        """The base with the order that the mutant changes, without the changes of the program."""
        if self.caution_order is None:
            return base
        name, order = self.caution_order
        file = base.judgement_files[self.file]
        changed = file.model_copy(update={"caution_order": {**file.caution_order, name: order}})
        return dataclasses.replace(base, judgement_files={**base.judgement_files, file.id: changed})


def generate_mutants(base: KnowledgeBase, name_part: str = "") -> Iterator[Mutant]:
    """The mutants of a base in a fixed order: those of each file of rules, then of its weights.

    With `name_part`, only the mutants of files whose id contains it and of weights whose table contains it.
    """
    items = base.rule_files
    for item in items:
        if name_part in item.id:
            yield from _file_mutants(base, item)
    for weight in base.profile.weights():
        was = f"{weight.atom_text(weight.value)}."
        for value in weight.neighbours if name_part in weight.table else ():
            now = f"{weight.atom_text(value)}."
            yield Mutant(weight.table, "weight", f"`{now}` and not `{was}`", {was: (now,)})


def rule_nodes(text: str) -> list[ast.AST]:
    """The rules of a text."""
    nodes: list[ast.AST] = []
    ast.parse_string(text, nodes.append)
    return [node for node in nodes if node.ast_type is ast.ASTType.Rule]


def _file_mutants(base: KnowledgeBase, item: JudgementFile | Criterion) -> Iterator[Mutant]:
    rules = rule_nodes(item.rule_text)
    for rule in rules:
        for kind, change, instead in _rule_mutations(rule, base.vocabulary.lexicon):
            yield Mutant(item.id, kind, change, {str(rule): instead})
    for change, replaced in _priority_reversals(rules):
        yield Mutant(item.id, "priority", change, replaced)
    if isinstance(item, Criterion):
        yield from _criterion_mutants(base, item, rules)
        return
    for name, order in item.caution_order.items():
        for place, (more, less) in enumerate(itertools.pairwise(order)):
            swapped = (*order[:place], less, more, *order[place + 2 :])
            change = f"`{less}` is a more cautious `{name}` than `{more}`"
            yield Mutant(item.id, "priority", change, {}, (name, swapped))


def _rule_mutations(rule: ast.AST, lexicon: Lexicon) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The rule left out, each of its conditions left out or negated, and each bound moved by one.

    Each mutation has its kind, its description, and the replacement of the rule.
    """
    said = format_rule(rule)
    yield "rule", f"without `{said}`", ()
    for place, literal in enumerate(rule.body):
        rest = [*rule.body[:place], *rule.body[place + 1 :]]
        yield "literal", f"without `{literal}` in `{said}`", (str(rule.update(body=rest)),)
        if literal.ast_type is ast.ASTType.Literal:
            negated = literal.update(sign=ast.Sign.NoSign if literal.sign else ast.Sign.Negation)
            body = [*rule.body[:place], negated, *rule.body[place + 1 :]]
            yield "negation", f"`{literal}` negated in `{said}`", (str(rule.update(body=body)),)
        for moved in _moved_bounds(str(literal), lexicon):
            body = [*map(str, rule.body[:place]), moved, *map(str, rule.body[place + 1 :])]
            yield "bound", f"`{moved}` and not `{literal}` in `{said}`", (f"{rule.head} :- {'; '.join(body)}.",)


def _moved_bounds(literal: str, lexicon: Lexicon) -> Iterator[str]:
    """A condition with the next lower bound of its measure, and with the next higher one; none if it names no bound."""
    named = _BOUND_CONDITION.fullmatch(literal)
    if not named:
        return
    relation, number, unit = named.groups()
    for measure in sorted(MEASURES):
        bounds = {bound.band: bound for bound in lexicon.written_bounds(measure)}
        for bound in lexicon.bounds(measure):
            if (str(bound.number), to_term(bound.unit)) == (number, unit):
                for band in (bound.band - 1, bound.band + 1):
                    if other := bounds.get(band):
                        yield f"{relation},{other.number},{to_term(other.unit)})"


def _priority_reversals(rules: list[ast.AST]) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """Each priority between two values of a result turned round.

    `p(b) :- ..., not p(a).` gives `p(a)` priority. Turned round, it is the rules for `p(a)` that have `not p(b)`.
    """
    heads = {str(rule.head) for rule in rules}
    pairs = {
        (str(rule.head), str(literal)[len("not ") :]): None
        for rule in rules
        for literal in rule.body
        if str(literal).startswith("not ")
        and str(literal)[len("not ") :] in heads - {str(rule.head)}
        and str(literal)[len("not ") :].partition("(")[0] == str(rule.head).partition("(")[0]
    }
    for lower, upper in pairs:
        replaced: dict[str, tuple[str, ...]] = {}
        for rule in rules:
            body = [str(part) for part in rule.body]
            if str(rule.head) == lower and f"not {upper}" in body:
                body.remove(f"not {upper}")
            elif str(rule.head) == upper:
                body.append(f"not {lower}")
            else:
                continue
            replaced[str(rule)] = (f"{rule.head} :- {'; '.join(body)}." if body else f"{rule.head}.",)
        yield f"`{lower}` goes before `{upper}`", replaced


def _criterion_mutants(base: KnowledgeBase, item: Criterion, rules: list[ast.AST]) -> Iterator[Mutant]:
    """All rules of an undercutter left out, and the class by which the criterion is weighed moved to one beside it."""
    for why in item.undercutters:
        dropped = [str(rule) for rule in rules if str(rule.head) == f"undercut({item.id},{why})"]
        if len(dropped) > 1:  # a single rule is left out already
            yield Mutant(item.id, "undercutter", f"without the undercutter `{why}`", dict.fromkeys(dropped, ()))
    classes = (
        ("standard_of_review", base.manifest.standards_of_review),
        ("harm_level", base.manifest.harm_levels),
    )
    for key, words in classes:
        value, order = getattr(item, key), list(words)
        if value:
            place = order.index(value)
            for other in (*order[max(place - 1, 0) : place], *order[place + 1 : place + 2]):
                was, now = f"{key}({item.id},{value}).", f"{key}({item.id},{other})."
                yield Mutant(item.id, "priority", f"{key.replace('_', ' ')} `{other}` and not `{value}`", {was: (now,)})
