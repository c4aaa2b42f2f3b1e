"""The judgement of a knowledge base as a policy for engines that know neither open facts nor choices.

`Policy` is made from the ground program that `legit` itself runs, for cases in which nothing is open and every
mandatory topic has its answer: there the choices of the knowledge base are closed, and what depends on them falls away.
It holds the rules below the criteria that are weighed and below the tests of weighing, and nothing else. What only
repeats facts ("some authority with such a scope", "a cost of at least 3") is an attribute of the input, computed by the
host, so that the policy is no larger than an author would make it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from legit.engine.case_encoder import EncodedCase
from legit.engine.program import Program

Body = tuple[int, ...]
Rules = dict[int, list[Body]]


class Policy:
    """Propositional rules over attributes.

    `criteria` are those that can apply, each with the atom that says so. `tests` are the conditions under which
    criteria that apply come to nothing, by name ("outweighed:1"), each once for all criteria that share it; `tested`
    names for an effect the test of each criterion. `rules` are all that these need, `attributes` the atoms they read.
    """

    def __init__(self, program: Program, criteria: Iterable[str]) -> None:
        self._program = program
        rules, leaves = _rules_without_choices(program)
        # Some criteria apply as soon as one fact is stated: folding has left no rule of theirs.
        folded = {head for heads in program.folded_edges.values() for head in heads}
        applies = {name: program.atoms.get(f"applies({name})", 0) for name in criteria}
        self.criteria = {name: atom for name, atom in applies.items() if atom in rules or atom in folded}
        leaves |= set(self.criteria.values()) - set(rules)
        self.weighing_tests: dict[str, list[Body]] = {}
        self.test_of_criterion = {effect: self._share_tests(effect, rules) for effect in ("outweighed", "tied")}
        read = {abs(item) for bodies in self.weighing_tests.values() for body in bodies for item in body}
        condenser = _DisjunctionCondenser(rules, leaves)
        condenser.condense()
        needed = _reachable_from(read | set(self.criteria.values()), condenser.rules)
        self.rules = {head: bodies for head, bodies in condenser.rules.items() if head in needed}
        self.attributes = sorted(needed - set(self.rules))
        self.names = {
            atom: re.sub(r"\W+", "_", program.atom_texts.get(atom, f"any_{atom}")).strip("_") for atom in needed
        }
        self._attributes_by_leaf: dict[int, list[str]] = defaultdict(list)
        for atom in self.attributes:
            for leaf in condenser.disjunctions[atom]:
                self._attributes_by_leaf[leaf].append(self.names[atom])
        self._attributes_by_input: dict[str, tuple[str, ...]] = {}

    def attributes_of(self, inputs: EncodedCase) -> list[str]:
        """The attributes that a case makes true, some more than once."""
        found: list[str] = []
        for symbol in inputs.true_inputs:
            fed = self._attributes_by_input.get(symbol)
            if fed is None:
                atom = self._program.atoms.get(symbol)
                atoms = self._program.folded_closure((atom,)) if atom is not None else ()
                fed = self._attributes_by_input[symbol] = tuple(
                    name for leaf in atoms for name in self._attributes_by_leaf.get(leaf, ())
                )
            found += fed
        return found

    def decide(self, held: set[str]) -> tuple[str, dict[str, str]]:
        """The verdict and the effect of each criterion that applies, from the names of criteria and tests that hold."""
        outweighed, tied = self.test_of_criterion["outweighed"], self.test_of_criterion["tied"]
        effects = {}
        for name in held & self.criteria.keys():
            if outweighed.get(name) in held:
                effects[name] = "outweighed"
            else:
                effects[name] = "tied" if tied.get(name) in held else "defeats"
        found = set(effects.values())
        return "defeated" if "defeats" in found else "contested" if "tied" in found else "stands", effects

    def _share_tests(self, effect: str, rules: Rules) -> dict[str, str]:
        known: dict[frozenset[Body], str] = {}
        found = {}
        for name, applies in self.criteria.items():
            bodies = rules.get(self._program.atoms.get(f"{effect}({name})", 0), [])
            # What is left of the rules without "it applies" is the test.
            test = frozenset(tuple(item for item in body if item != applies) for body in bodies)
            if test:
                found[name] = known.setdefault(test, f"{effect}:{len(known) + 1}")
                self.weighing_tests[found[name]] = sorted(test)
        return found


def _rules_without_choices(program: Program) -> tuple[Rules, set[int]]:
    """The rules that remain where no choice is open, and the atoms that inputs set."""
    never = {head for rule in program.residual_rules if rule.choice for head in rule.heads}
    left = [
        rule
        for rule in program.residual_rules
        # Sums over the heads of a choice only count how many are chosen.
        if not rule.choice and len(rule.heads) == 1 and not (rule.weights and never.issuperset(rule.body))
    ]
    if any(rule.weights for rule in left):
        raise SystemExit("the program holds weighted rules, which are not translated")
    pairs = {(rule.heads[0], rule.body) for rule in left}
    while True:
        can = ({head for head, _ in pairs} | program.read_atoms | program.fact_atoms) - never
        kept = {
            (head, tuple(item for item in body if abs(item) not in program.fact_atoms and (item > 0 or -item in can)))
            for head, body in pairs
            if all(item in can if item > 0 else -item not in program.fact_atoms for item in body)
        }
        if kept == pairs:
            break
        pairs = kept
    rules: Rules = defaultdict(list)
    for head, body in sorted(pairs):
        rules[head].append(body)
    return dict(rules), program.read_atoms - set(rules)


class _DisjunctionCondenser:
    """Makes every disjunction of leaves an attribute of its own; `made` holds the leaves of each."""

    def __init__(self, rules: Rules, leaves: set[int]) -> None:
        self.rules = dict(rules)
        self.disjunctions = {leaf: frozenset({leaf}) for leaf in leaves}
        self._numbers = {items: leaf for leaf, items in self.disjunctions.items()}
        self._next = max(leaves | set(rules)) + 1

    def condense(self) -> None:
        """Condense until nothing changes."""
        before: Rules = {}
        while self.rules != before:
            before = dict(self.rules)
            for head in sorted(self.rules):
                bodies = self._join(self._unfold(head))
                if len(bodies) == 1 and len(bodies[0]) == 1 and bodies[0][0] in self.disjunctions:
                    self.disjunctions[head] = self.disjunctions[bodies[0][0]]
                    self._numbers[self.disjunctions[head]] = head
                    del self.rules[head]
                else:
                    self.rules[head] = bodies

    def _unfold(self, atom: int) -> set[Body]:
        """The bodies of an atom; in place of a body that is one derived atom, the bodies of that atom."""
        found: set[Body] = set()
        for body in self.rules[atom]:
            found |= self._unfold(body[0]) if len(body) == 1 and body[0] in self.rules else {tuple(sorted(body))}

        return {body for body in found if not any(set(other) < set(body) for other in found)}

    def _join(self, bodies: set[Body]) -> list[Body]:
        """Bodies that differ in one leaf, joined into one over the disjunction of these leaves."""
        while True:
            sharing: dict[Body, set[int]] = defaultdict(set)
            for body in bodies:
                for item in body:
                    if item in self.disjunctions:
                        sharing[tuple(other for other in body if other != item)].add(item)
            rest = max(sorted(sharing), key=lambda rest: len(sharing[rest]), default=())
            if len(sharing[rest]) < 2:
                return sorted(bodies)
            bodies -= {tuple(sorted((*rest, item))) for item in sharing[rest]}
            bodies.add(tuple(sorted((*rest, self._attribute(sharing[rest])))))

    def _attribute(self, items: Iterable[int]) -> int:
        leaves = frozenset(leaf for item in items for leaf in self.disjunctions[item])
        number = self._numbers.get(leaves)
        if number is None:
            number = self._numbers[leaves] = self._next
            self.disjunctions[number] = leaves
            self._next += 1
        return number


def _reachable_from(atoms: Iterable[int], rules: Rules) -> set[int]:
    found: set[int] = set()
    stack = list(atoms)
    while stack:
        atom = stack.pop()
        if atom not in found:
            found.add(atom)
            stack += [abs(item) for body in rules.get(atom, ()) for item in body]
    return found
