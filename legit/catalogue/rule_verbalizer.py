"""The rules of a file in plain words, for people who read no answer-set programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from legit.knowledge.base import KnowledgeBase
from legit.knowledge.protocol import AT_LEAST, AT_MOST, EARLIER, EXCEEDS, MORE_THAN, TABLE_ENTRY, Signature
from legit.knowledge.rules.rule_ast import Atom, BodyLiteral, Comparison, Condition, Rule, Term, signature
from legit.knowledge.vocabulary import Predicate, Template

_VARIABLE = re.compile(r"\b[A-Z]\w*")
_ARITHMETIC_WORDS = {"-": "minus", "+": "plus", "*": "times", "/": "divided by"}
_COMPARISON_WORDS = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_GUIDANCE = ("guidance", 2)
_BOUND_WORDS = {MORE_THAN: "is more than", AT_MOST: "is at most"}


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule in words: the conditions that must hold, those that must not, and the derived concepts that need an
    explanation.

    `glossed` are the derived concepts that the base has words for. `unglossed` are the others, which need their own
    rules.
    """

    conditions: tuple[str, ...]
    negated_conditions: tuple[str, ...]
    glossed: frozenset[str] = frozenset()
    unglossed: frozenset[tuple[str, int]] = frozenset()

    def __str__(self) -> str:
        parts = [*self.conditions, *(f"not: {text}" for text in self.negated_conditions)]
        return "; ".join(parts) or "always"


@dataclass(slots=True)
class _VerbalizationContext:
    """One rule being said: how often each variable occurs, of which type it is, and which derived concepts were met."""

    variable_counts: Counter[str]
    variable_types: dict[str, str]
    introduced: set[str] = field(default_factory=set)
    glossed: set[str] = field(default_factory=set)
    unglossed: set[tuple[str, int]] = field(default_factory=set)


class RuleVerbalizer:
    """Says the rules of one base."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    @cached_property
    def rules_by_head(self) -> dict[tuple[str, int], list[tuple[str, Rule]]]:
        """The rules that derive each predicate, with the file of each."""
        found: dict[tuple[str, int], list[tuple[str, Rule]]] = {}
        for file, rules in self._base.rules:
            for rule in rules:
                for key in {signature(head.atom) for head in rule.heads}:
                    found.setdefault(key, []).append((file.path, rule))
        return found

    def verbalize(self, rule: Rule) -> RuleText:
        """The conditions that must hold, and those that must not, for a rule to apply."""
        scope = self._context(rule)
        holds: list[str] = []
        fails: list[str] = []
        for condition in rule.body:
            denied = isinstance(condition, BodyLiteral) and condition.negated
            (fails if denied else holds).append(self._condition_text(condition, scope))
        if rule.aggregate_conditions:
            holds.append(f"a count or sum over what holds, in the machine's notation `{rule.text}`")
        return RuleText(tuple(holds), tuple(fails), frozenset(scope.glossed), frozenset(scope.unglossed))

    def conclusion_text(self, rule: Rule) -> str:
        """What a rule derives, in words; several conclusions are separated by semicolons."""
        scope = self._context(rule)
        return "; ".join(self._condition_text(BodyLiteral(head.atom, negated=False), scope) for head in rule.heads)

    def define(self, predicates: Iterable[tuple[str, int]]) -> Iterator[tuple[str, list[str]]]:
        """Each derived concept without a gloss: its name, its rules in words. Such concepts in these rules follow."""
        waiting = sorted(predicates)
        done: set[tuple[str, int]] = set()
        while waiting:
            key = waiting.pop(0)
            if key in done:
                continue
            done.add(key)
            rules = [rule for _, rule in self.rules_by_head.get(key, ())]
            listed = [rule for rule in rules if _is_fact(rule, key)]
            lines = self._fact_list(key, listed)
            for rule in rules:
                if rule in listed:
                    continue
                words = self.verbalize(rule)
                waiting += sorted(words.unglossed - done)
                head = next(head.atom for head in rule.heads if signature(head.atom) == key)
                lines.append(f"{self._unglossed_text(head, self._context(rule))}, where {words}")
            name = _concept_name(key[0])
            given = "by the headers of criteria"
            if key[0] in self._base.profile.tables:
                given = f"by the table `{key[0]}` of the profile, which has a page of its own"
            elif key == TABLE_ENTRY:
                given = "by every table of the profile, for each name in it"
            yield name, lines or [f"«{name}» is given {given}"]

    def _fact_list(self, key: tuple[str, int], rules: list[Rule]) -> list[str]:
        """The values for which a derived concept holds without a condition, on one line."""
        scope = _VerbalizationContext(Counter(), {})
        found = [
            " with ".join(self._term_text(arg, "", "", scope) for arg in head.atom.args)
            for rule in rules
            for head in rule.heads
            if signature(head.atom) == key
        ]
        if not found:
            return []
        return [
            f"«{_concept_name(key[0])}» holds of these: {', '.join(found)}"
            if key[1]
            else f"«{_concept_name(key[0])}» always holds"
        ]

    def _context(self, rule: Rule) -> _VerbalizationContext:
        atoms = [head.atom for head in rule.heads]
        counts: Counter[str] = Counter()
        types: dict[str, str] = {}
        for condition in rule.body:
            if isinstance(condition, BodyLiteral):
                atoms.append(condition.atom)
            else:
                for side in (condition.left, condition.right):
                    counts.update(_VARIABLE.findall(side.text) if side.kind != "name" else [])
        for atom in atoms:
            predicate = self._predicate(atom)
            attribute = self._base.manifest.attributes.get(atom.name)
            for index, arg in enumerate(atom.args):
                if arg.kind == "variable":
                    counts[arg.text] += 1
                    if predicate:
                        types.setdefault(arg.text, predicate.args[index].type)
                    elif attribute and index == 1 and attribute.value_type:
                        types.setdefault(arg.text, attribute.value_type)
                elif arg.kind == "other":
                    counts.update(_VARIABLE.findall(arg.text))
        counts.pop("_", None)
        return _VerbalizationContext(counts, types)

    def _predicate(self, atom: Atom) -> Predicate | None:
        predicate = self._base.vocabulary.predicates.get(atom.name)
        return predicate if predicate and predicate.arity == len(atom.args) else None

    def _condition_text(self, condition: Condition, scope: _VerbalizationContext) -> str:
        if isinstance(condition, Comparison):
            return self._comparison_text(condition, scope)
        atom = condition.atom
        if signature(atom) in _BOUND_WORDS:
            measured, number, unit = (arg.text for arg in atom.args)
            return f"{measured} {_BOUND_WORDS[signature(atom)]} {number} {unit}"
        if signature(atom) == EARLIER:
            return f"{atom.args[0].text} is certainly earlier than {atom.args[1].text}"
        if signature(atom) == EXCEEDS:
            return f"{atom.args[1].text} is more than {atom.args[3].text}, by the exact values"
        if signature(atom) == AT_LEAST:
            held, step, name = (arg.text for arg in atom.args)
            return f"{held} is at least {self._base.manifest.attribute_steps(name)[step]}"
        predicate = self._predicate(atom)
        if predicate:
            words = tuple(
                self._term_text(arg, slot.type, slot.name, scope)
                for arg, slot in zip(atom.args, predicate.args, strict=True)
            )
            return _fill_template(predicate.affirmative_forms[0], words)
        attribute = self._base.manifest.attributes.get(atom.name)
        if attribute and atom.args:
            entry = atom.args[-1]
            meanings = {**attribute.values, **self._base.manifest.attribute_steps(atom.name)}
            held = meanings.get(entry.text) or self._term_text(entry, attribute.value_type, atom.name, scope)
            if (attribute.number or attribute.steps or attribute.steps_of) and entry.kind == "variable":
                held = entry.text
            value = self._term_text(atom.args[0], "", "value", scope)
            return attribute.gloss.replace("{value}", value).replace("{entry}", held)
        saying = self._base.glosses.get(atom.name)
        if saying and len(saying.args) == len(atom.args):
            scope.glossed.add(atom.name)
            return saying.format(
                tuple(self._term_text(arg, slot, slot, scope) for arg, slot in zip(atom.args, saying.args, strict=True))
            )
        scope.unglossed.add(signature(atom))
        return self._unglossed_text(atom, scope)

    def _unglossed_text(self, atom: Atom, scope: _VerbalizationContext) -> str:
        """A derived concept without a gloss: its name in marks. Its rules are shown below."""
        if signature(atom) == _GUIDANCE:  # an action may have the name of a value of the vocabulary
            inside = ", ".join(
                arg.text.replace("_", " ") if arg.kind == "name" else self._term_text(arg, "", "verdict", scope)
                for arg in atom.args
            )
        else:
            inside = ", ".join(self._term_text(arg, "", "thing", scope) for arg in atom.args)
        name = _concept_name(atom.name)
        return f"«{name}: {inside}»" if inside else f"«{name}»"

    def _term_text(self, arg: Term, type_name: str, label: str, scope: _VerbalizationContext) -> str:
        type_name = type_name or scope.variable_types.get(arg.text, "")
        if arg.kind == "name":
            return self._constant_text(arg.text, type_name)
        if arg.kind == "other":
            return _arithmetic_text(arg.text)
        name = (scope.variable_types.get(arg.text) or label).removesuffix("_kind").replace("_", " ")
        if scope.variable_counts[arg.text] < 2:
            return f"<any {name}>"
        if arg.text in scope.introduced:
            return arg.text
        scope.introduced.add(arg.text)
        return f"<{name} {arg.text}>"

    def _constant_text(self, name: str, type_name: str) -> str:
        values = self._base.vocabulary.values(type_name)
        if name in values:
            return values[name].phrase
        phrases = {
            value.phrase
            for enum in self._base.vocabulary.types.values()
            for key, value in enum.values.items()
            if key == name
        }
        return phrases.pop() if len(phrases) == 1 else name.replace("_", " ")

    def _comparison_text(self, condition: Comparison, scope: _VerbalizationContext) -> str:
        left, sign, right = condition.left, condition.operator, condition.right
        type_name = scope.variable_types.get(left.text, scope.variable_types.get(right.text, ""))
        sides = [
            self._constant_text(side.text, type_name) if side.kind == "name" else _arithmetic_text(side.text)
            for side in (left, right)
        ]
        return f"{sides[0]} {_COMPARISON_WORDS[sign]} {sides[1]}"


def _fill_template(template: Template, words: tuple[str, ...]) -> str:
    text = "".join(part if isinstance(part, str) else words[part] for part in template.segments)
    return text[:1].lower() + text[1:]


def _is_fact(rule: Rule, key: Signature) -> bool:
    """Whether a rule only says that a derived concept holds for some values, without a condition."""
    args = [arg for head in rule.heads if signature(head.atom) == key for arg in head.atom.args]
    return (
        not rule.body
        and not rule.aggregate_conditions
        and not rule.is_choice
        and all(arg.kind != "variable" and not _VARIABLE.search(arg.text) for arg in args)
    )


def _concept_name(name: str) -> str:
    """The name of a derived concept without a gloss; `cost_ge(3)` is short for a cost of 3 or more."""
    return re.sub(r" ge\b", " at least", name.replace("_", " "))


def _arithmetic_text(text: str) -> str:
    """A computed value in words; a quoted text unchanged."""
    if text.startswith('"'):
        return text
    for sign, words in _ARITHMETIC_WORDS.items():
        text = re.sub(rf"(?<=[\w)]){re.escape(sign)}(?=[\w(])", f" {words} ", text)
    text = text.replace("..", " to ")
    depths = accumulate(text.count("(", at, at + 1) - text.count(")", at, at + 1) for at in range(len(text) - 1))
    return text[1:-1] if text.startswith("(") and all(depths) else text  # a pair of brackets around the whole
