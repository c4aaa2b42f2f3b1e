"""Whether a proof of the engine is one: each rule in it fires, none rests on itself, and all rest on stated facts."""

from __future__ import annotations

from collections.abc import Iterator

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.support import Support
from legit.testing.oracle.answer import OracleAnswer
from legit.testing.oracle.encoder import COMPARISONS
from legit.testing.oracle.rule_ast import Atom


def proof_problems(engine: Engine, inputs: EncodedCase, support: Support, answer: OracleAnswer) -> Iterator[str]:
    """The errors in the support that the engine gives for its conclusions; none if it is sound.

    Only for cases without names and dates, which engine and oracle number each in its own way.
    """
    atoms = {number: _parse_atom(text) for number, text in engine.program.atom_texts.items() if number in support}
    stated = {number for text in inputs.true_inputs if (number := engine.program.atoms.get(text)) is not None}
    done: set[int] = set()
    # The engine folds comparisons of stated values into the ground rules, so that no support names them.
    settled = answer.answer_sets.certain_atoms & _unconditional_atoms(engine, answer)
    settled |= {atom for atom in answer.inputs.true if (atom[0], len(atom) - 1) in COMPARISONS}
    for number in support:
        yield from _cycle_problems(number, support, done)
    for number, rule in support.items():
        if rule is None:
            if number not in stated:
                yield f"{atoms.get(number, number)} is taken for a stated fact"
            continue
        if any(literal > 0 and literal not in support for literal in rule.body) and not rule.weights:
            yield f"{atoms.get(number, number)} rests on something without support"
        if number not in atoms:
            continue
        atom = atoms[number]
        if atom not in answer.cautious_atoms:
            yield f"{atom} is supported, and the oracle does not find it in every world"
        premises = _premises(number, support, atoms) | settled
        if not any(
            atom in instance.heads
            and premises.issuperset(instance.positive)
            and answer.brave_atoms.isdisjoint(instance.negative)
            for instance in answer.answer_sets.instances
        ):
            yield f"no rule gives {atom} from {sorted(premises, key=str)}"


def _unconditional_atoms(engine: Engine, answer: OracleAnswer) -> set[Atom]:
    """The atoms that rules derive without any fact of a case.

    An exception that no case can meet is dropped where the engine grounds its rules: what is left is a fact of its
    program, and no support names it.
    """
    facts = engine.program.fact_atoms
    found: set[Atom] = set()
    while True:
        derived = {
            head
            for rule in answer.answer_sets.instances
            if found.issuperset(rule.positive)
            for head in rule.heads
            if not rule.negative or engine.program.atoms.get(_text(head)) in facts
        }
        if derived <= found:
            return found
        found |= derived


def _text(atom: Atom) -> str:
    return f"{atom[0]}({','.join(map(str, atom[1:]))})" if len(atom) > 1 else str(atom[0])


def _premises(number: int, support: Support, atoms: dict[int, Atom]) -> set[Atom]:
    """The named atoms that a supported atom directly rests on; the engine splits some atoms into parts of no name."""
    found: set[Atom] = set()
    stack = [number]
    while stack:
        rule = support[stack.pop()]
        for literal in rule.body if rule else ():
            if literal in atoms:
                found.add(atoms[literal])
            elif literal in support:
                stack.append(literal)
    return found


def _cycle_problems(number: int, support: Support, done: set[int]) -> Iterator[str]:
    """Whether a supported atom rests on itself."""
    path: list[tuple[int, bool]] = [(number, False)]
    open_: set[int] = set()
    while path:
        current, left = path.pop()
        if left:
            open_.discard(current)
            done.add(current)
            continue
        if current in open_:
            yield f"{current} rests on itself"
            return
        if current in done:
            continue
        open_.add(current)
        path.append((current, True))
        rule = support.get(current)
        path += [(literal, False) for literal in (rule.body if rule else ()) if literal > 0]


def _parse_atom(text: str) -> Atom:
    name, _, rest = text.partition("(")
    values = rest[:-1].split(",") if rest else []
    return (name, *(int(value) if value.lstrip("-").isdigit() else value for value in values))
