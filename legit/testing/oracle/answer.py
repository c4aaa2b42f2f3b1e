"""The answer of the oracle, read from the worlds of a case. docs/authors.md defines the meaning of the heads of
rules."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case
from legit.testing.oracle.answer_sets import AnswerSet, AnswerSets
from legit.testing.oracle.encoder import COMPARISONS, OracleInputs, encode_case
from legit.testing.oracle.grounder import Grounder
from legit.testing.oracle.rule_ast import Atom, Constant, Head, Literal, Rule, Signature, parse_rules

MAX_ANSWER_SETS = 20_000


@dataclass(frozen=True)
class OracleAnswer:
    """The answer of the oracle for a case, with the worlds from which it was read."""

    base: KnowledgeBase
    inputs: OracleInputs
    answer_sets: AnswerSets
    enumerated: list[AnswerSet]

    @cached_property
    def cautious_atoms(self) -> frozenset[Atom]:
        """The results that hold in every world."""
        return frozenset(self.answer_sets.certain_atoms) | self._atoms_where(all)

    @cached_property
    def brave_atoms(self) -> frozenset[Atom]:
        """The results that hold in some world."""
        return frozenset(self.answer_sets.certain_atoms) | self._atoms_where(any)

    def _atoms_where(self, test: Callable[[Iterable[int]], bool]) -> frozenset[Atom]:
        columns = zip(*(world.holds for world in self.enumerated), strict=True)
        return frozenset(
            atom for atom, column in zip(self.answer_sets.undecided_atoms, columns, strict=True) if test(column)
        )

    def cautious(self, name: str) -> set[tuple[Constant, ...]]:
        return {atom[1:] for atom in self.cautious_atoms if atom[0] == name}

    def brave(self, name: str) -> set[tuple[Constant, ...]]:
        return {atom[1:] for atom in self.brave_atoms if atom[0] == name}

    @cached_property
    def verdict(self) -> str:
        """The verdict that all worlds share, or `undetermined`."""
        found = {self._verdict_in(world) for world in self.enumerated}
        return found.pop() if len(found) == 1 else "undetermined"

    def _verdict_in(self, world: AnswerSet) -> str:
        (found,) = [value for value, place in self._verdict_positions if place is None or world.holds[place]]
        return found

    @cached_property
    def _verdict_positions(self) -> list[tuple[str, int | None]]:
        """The verdicts of some world, each with the place of its atom; None for one that holds in all."""
        places: dict[Atom, int | None] = dict.fromkeys(self.answer_sets.certain_atoms)
        places |= self.answer_sets.positions
        return [(str(atom[1]), place) for atom, place in places.items() if atom[0] == "verdict"]

    @property
    def stance(self) -> str:
        """The requested act; empty if there is none or more than one."""
        found = self.cautious("stance") or self.brave("stance")
        return str(next(iter(found))[0]) if len(found) == 1 else ""

    @property
    def action(self) -> str:
        """The guidance for the verdict: the most cautious of those that are possible."""
        return self._most_cautious(
            "guidance", (str(args[1]) for args in self.brave("guidance") if args[0] == self.verdict)
        )

    @property
    def harm(self) -> str:
        """The gravest level of harm that is possible."""
        return self._most_cautious("method_harm_level", (str(args[0]) for args in self.brave("method_harm_level")))

    @property
    def scope(self) -> str:
        """What is defeated: the most cautious of what is possible, nothing where the rule is not defeated."""
        return self._of_defeat("defeat_scope")

    @property
    def consequence(self) -> str:
        """What follows from the defeat: the most cautious of what is possible."""
        return self._of_defeat("consequence")

    def _of_defeat(self, result: str) -> str:
        if self.verdict != "defeated":
            return ""
        return self._most_cautious(result, (str(args[0]) for args in self.brave(result)))

    def _most_cautious(self, result: str, values: Iterable[str]) -> str:
        known = set(values)
        listed = [value for value in self.base.caution_order.get(result, ()) if value in known]
        return listed[0] if listed else min(known, default="")

    @cached_property
    def effects(self) -> dict[str, str]:
        """The criteria that apply or may apply to the verdict, with their effects."""
        found = {}
        for (name,) in self.brave("applies"):
            criterion = str(name)
            settled = [effect for effect in ("defeats", "tied", "outweighed") if (name,) in self.cautious(effect)]
            if settled:
                found[criterion] = settled[-1]
            elif self.base.criteria[criterion].standard_of_review:
                found[criterion] = "open" if (name,) in self.cautious("applies") else "possible"
        return found

    @cached_property
    def decisive(self) -> set[Atom | str]:
        """The open facts and topics that alone can change the verdict: in two worlds that differ in nothing else."""
        found: set[Atom | str] = set()
        verdicts: dict[tuple[object, ...], set[str]] = {}
        for world in self.enumerated:
            verdict = self._verdict_in(world)
            taken = {str(ways[0][1]) if ways else "": (rule.heads, ways) for rule, ways in world.choices}
            for topic, (heads, _) in taken.items():
                rest = frozenset(item for other, item in taken.items() if other != topic)
                verdicts.setdefault((topic, heads, world.assumed_true, rest), set()).add(verdict)
        found.update(str(key[0]) for key, seen in verdicts.items() if len(seen) > 1)
        if len({self._verdict_in(world) for world in self.enumerated}) > 1:
            found.update(atom for atom in self.answer_sets.relevant_open_atoms if self._can_change_verdict(atom))
        return found

    def _can_change_verdict(self, atom: Atom) -> bool:
        """Whether two worlds that make the same choices where both have them differ in verdict with this fact."""
        sides: dict[frozenset[Atom], tuple[list[AnswerSet], list[AnswerSet]]] = {}
        for world in self.enumerated:
            pair = sides.setdefault(world.assumed_true - {atom}, ([], []))
            pair[atom in world.assumed_true].append(world)
        for without, with_ in sides.values():
            for one in without:
                chosen = dict(one.choices)
                for other in with_:
                    if self._verdict_in(one) != self._verdict_in(other) and all(
                        chosen.get(rule, ways) == ways for rule, ways in other.choices
                    ):
                        return True
        return False

    def derives(self, facts: Iterable[Atom], goal: Atom) -> bool:
        """Whether these facts alone make the goal follow in every world. The open facts stay open.

        Negated premises count where they fail in every world; nothing is assumed.
        """
        derived = set(facts)
        again = True
        while again and goal not in derived:
            again = False
            for rule in self.answer_sets.instances:
                fires = not rule.choice and derived.issuperset(rule.positive)
                if fires and rule.heads[0] not in derived and self.brave_atoms.isdisjoint(rule.negative):
                    derived.add(rule.heads[0])
                    again = True
        return goal in derived


class Oracle:
    """Judges cases under one knowledge base. Raises UnsupportedRuleError when it cannot evaluate its rules."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        inputs = [(item.id, item.arity) for item in base.vocabulary.predicates.values() if not item.informational]
        self.grounder = Grounder(
            [*(rule for file in base.rule_files for rule in parse_rules(file.rule_text)), *_rules_with_sources(base)],
            _base_facts(base),
            [*inputs, *COMPARISONS],
        )
        self._input_signatures: set[Signature] = set(inputs)

    def answer(self, case: Case, limit: int = MAX_ANSWER_SETS) -> OracleAnswer:
        """The answer to a checked case. Raises TooManyAnswerSetsError if there are more than `most` completions."""
        found = encode_case(self.base, case)
        instances = self.grounder.ground([*sorted(found.true, key=str), *sorted(found.open, key=str)])
        worlds = AnswerSets(instances, found.true, found.open, self.grounder.recursive_strata)
        return OracleAnswer(self.base, found, worlds, worlds.enumerate_up_to(limit))


def _rules_with_sources(base: KnowledgeBase) -> Iterator[Rule]:
    """A rule for `met_by(C,N)` beside the N-th rule that meets the criterion C, if sources are marked at it.

    By it the sources of a finding follow the rules that fired (docs/decisions/0018-sources.md).
    """
    for criterion in base.criteria.values():
        marked = {mark.rule for mark in criterion.source_marks}
        meets = Head(Literal("meets", (criterion.id,)))
        rules = [rule for rule in parse_rules(criterion.rule_text) if rule.heads == (meets,) and not rule.choice]
        numbers = {text: number for number, text in enumerate(dict.fromkeys(rule.text for rule in rules), 1)}
        for rule in rules:
            if numbers[rule.text] in marked:
                yield replace(rule, heads=(Head(Literal("met_by", (criterion.id, numbers[rule.text]))),))


def _base_facts(base: KnowledgeBase) -> list[Atom]:
    """The facts that hold in every case: the attributes of values, the weights of the profile, the headers of the
    criteria."""
    facts: list[Atom] = []
    for type_name, enum in base.vocabulary.types.items():
        facts += [("is_a", value, type_name) for value in enum.values]
    for table in base.attributes.values():
        for value, attributes in table.items():
            for key, said in attributes.items():
                if said is True:
                    facts.append((key, value))
                elif said is not False and key not in ("sources", "why"):
                    entries = said if isinstance(said, list) else [said]
                    if steps := list(base.manifest.attribute_steps(key)):
                        entries = [1 + steps.index(entry) for entry in entries]
                    facts += [(key, value, _constant(entry)) for entry in entries]
    for attribute in base.manifest.attributes:
        steps = list(base.manifest.attribute_steps(attribute))
        for held, least in itertools.product(range(len(steps)), repeat=2):
            facts += [("at_least", 1 + held, steps[least], attribute)] if held >= least else []
    for measure, bounds in base.vocabulary.lexicon.bands.items():
        facts += _bound_facts(base, measure, bounds)
    for name, weights in base.profile.tables.items():
        for key, weight in weights.values.items():
            facts.append(("table_entry", name, _constant(key)))
            if isinstance(weight, dict):
                facts += [(name, _constant(key), _constant(inner), number) for inner, number in weight.items()]
            else:
                facts.append((name, _constant(key), weight))
    for item in base.criteria.values():
        facts += [("criterion", item.id), ("in_family", item.id, _constant(item.family))]
        facts += (
            [("standard_of_review", item.id, _constant(item.standard_of_review))] if item.standard_of_review else []
        )
        facts += [("harm_level", item.id, _constant(item.harm_level))] if item.harm_level else []
        facts += [("specificity", item.id, _constant(item.specificity))] if item.specificity else []
        facts += [("criterion_scope", item.id, _constant(item.scope))] if item.scope else []
        facts += [("criterion_consequence", item.id, _constant(item.consequence))] if item.consequence else []
    return facts


def _bound_facts(base: KnowledgeBase, measure: str, bounds: tuple[int, ...]) -> list[Atom]:
    """Whether the values of each band are more than a number of units, for each number that ends a band.

    The least value of a band represents the band. A year has 8,760 hours, and is no unit of `time`.
    """
    hours = base.vocabulary.lexicon.units
    sizes = {
        "count": [(word, 1) for word in base.vocabulary.lexicon.phrases["times"]],
        "years": [(word, length // 8760) for word, length in hours.items() if length >= 8760 and length % 8760 == 0],
        "time": [(word, length) for word, length in hours.items() if length % 8760 != 0],
    }
    facts: list[Atom] = []
    for band, value in enumerate([0, *(bound + 1 for bound in bounds)]):
        for unit, size in sizes.get(measure, ()):
            for number in (bound // size for bound in bounds if bound % size == 0):
                relation = "more_than" if value > number * size else "at_most"
                facts.append((relation, band, number, _constant(unit)))
    return facts


def _constant(value: object) -> Constant:
    """A scalar of a data file: a number, a name in lower case, or any other text in quotation marks."""
    if isinstance(value, int):
        return value
    text = str(value).lower()
    named = text.isascii() and text.replace("_", "a").isalnum() and text[:1].isalpha()
    return text if named else f'"{value}"'
