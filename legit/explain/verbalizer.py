"""Verbalises atoms of the program with the glosses of the knowledge base."""

from __future__ import annotations

from typing import NamedTuple

from legit.engine.case_encoder import EncodedCase
from legit.engine.program_index import ProgramIndex
from legit.engine.scenarios import GroundAtom
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion
from legit.language.writer import Writer
from legit.messages import term, title_within_sentence
from legit.model.facts import Fact, Truth


class AtomVerbalizer:
    """Verbalises the atoms of one knowledge base for any case. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase, writer: Writer) -> None:
        self.base = base
        self.writer = writer
        self._atom_glosses: dict[ProgramIndex, AtomGlosses] = {}

    def atom_glosses(self, index: ProgramIndex) -> AtomGlosses:
        """The glosses of the atoms of one grounding."""
        return self._atom_glosses.setdefault(index, AtomGlosses(self, index))

    def clause(self, atom: GroundAtom, names: tuple[str, ...]) -> str | None:
        """The clause for an atom in a case with these names; None if the knowledge base has no gloss for it."""
        saying = self.base.glosses.get(atom.name)
        if saying is None or len(saying.args) != len(atom.args):
            return None
        slots = zip(saying.args, atom.args, strict=True)
        return saying.format(tuple(self._argument_text(slot, value, atom, names) for slot, value in slots))

    def _argument_text(self, slot: str, value: str, atom: GroundAtom, names: tuple[str, ...]) -> str:
        base = self.base
        values = base.vocabulary.values(slot)
        if value in values:
            return values[value].phrase
        if slot == "criterion":
            return title_within_sentence(base.criteria[value].title) if value in base.criteria else value
        if slot == "undercutter":
            return base.criteria[atom.args[0]].undercutters.get(value, value.replace("_", " "))
        if slot == "right":
            return next((right.name for key, right in base.bibliography.rights.items() if key.lower() == value), value)
        if slot == "topic":
            return base.mandatory_topics.get(value, value)
        if value.isdigit() and 0 < int(value) <= len(names):
            return self.writer.quote(names[int(value) - 1])
        return term(slot, value)


class AtomGloss(NamedTuple):
    """One atom in words: its `clause`, None if there is no gloss, and the `criterion` that it is about.

    A `case_specific` atom has a number that may stand for a name, so its clause differs from case to case.
    """

    atom: GroundAtom | None
    clause: str | None
    criterion: Criterion | None
    case_specific: bool

    @property
    def has_own_clause(self) -> bool:
        """Whether it has a clause that is more than the title of a criterion."""
        return self.clause is not None and self.criterion is None


class Derivation(NamedTuple):
    """The body of a rule without weights: positive atoms, those of them without a clause, and negative atoms."""

    positive: frozenset[int]
    without_own_clause: tuple[int, ...]
    negative: tuple[int, ...]


class AtomGlosses:
    """The glosses and derivations of the atoms of one grounding, each computed once."""

    def __init__(self, verbalizer: AtomVerbalizer, index: ProgramIndex) -> None:
        self._verbalizer = verbalizer
        self._index = index
        self._glosses: dict[int, AtomGloss] = {}
        self._derivations: dict[int, tuple[Derivation, ...]] = {}

    def gloss(self, atom: int) -> AtomGloss:
        """The gloss of an atom."""
        found = self._glosses.get(atom)
        if found is None:
            found = self._glosses[atom] = self._make_gloss(self._index.parsed_atom(atom))
        return found

    def _make_gloss(self, atom: GroundAtom | None) -> AtomGloss:
        if atom is None:
            return AtomGloss(None, None, None, False)
        criterion = self._verbalizer.base.criteria.get(atom.args[0]) if atom.args else None
        return AtomGloss(
            atom, self._verbalizer.clause(atom, ()), criterion, any(value.isdigit() for value in atom.args)
        )

    def derivations(self, atom: int) -> tuple[Derivation, ...]:
        """The rules that derive an atom."""
        found = self._derivations.get(atom)
        if found is None:
            found = self._derivations[atom] = tuple(
                Derivation(
                    frozenset(positive),
                    tuple(literal for literal in positive if not self.gloss(literal).has_own_clause),
                    negative,
                )
                for positive, negative in self._index.rule_bodies(atom)
            )
        return found


class CaseVerbalizer:
    """Verbalises conclusions and facts of one case. No text of it holds the name of a predicate."""

    def __init__(self, verbalizer: AtomVerbalizer, inputs: EncodedCase) -> None:
        self._atom_verbalizer = verbalizer
        self._base = verbalizer.base
        self.writer = verbalizer.writer
        self._inputs = inputs

    def clause(self, atom: GroundAtom) -> str | None:
        """The clause for a derived atom; None if the knowledge base has no gloss for it."""
        return self._atom_verbalizer.clause(atom, self._inputs.names)

    def atom_glosses(self, index: ProgramIndex) -> AtomGlosses:
        """The glosses of the atoms of one grounding."""
        return self._atom_verbalizer.atom_glosses(index)

    def gloss_clause(self, gloss: AtomGloss) -> str | None:
        """The clause of a gloss in this case."""
        if gloss.case_specific and gloss.atom is not None:
            return self.clause(gloss.atom)
        return gloss.clause

    def framed_sentence(self, phrase_key: str, clause: str) -> str:
        """A clause in the frame of this phrase of the knowledge base, as a sentence."""
        text = self._base.phrases[phrase_key].format(clause=clause)
        return f"{text[:1].upper()}{text[1:]}."

    def input_fact(self, atom: GroundAtom) -> Fact:
        """A fact that states an input atom: the inverse of `CaseEncoder`, with one value for each band and rank."""
        predicate = self._base.vocabulary.predicates[atom.name]
        args = tuple(
            self._input_value(argument.type, value) for argument, value in zip(predicate.args, atom.args, strict=True)
        )
        return Fact(predicate=atom.name, args=args)

    def _input_value(self, type_name: str, value: str) -> int | str:
        frame = self._base.vocabulary.lexicon
        if type_name in frame.bands:
            bounds = frame.bands[type_name]
            return bounds[int(value)] if int(value) < len(bounds) else bounds[-1] + 1
        if type_name == "name":
            number = int(value)
            return self._inputs.names[number - 1] if number <= len(self._inputs.names) else f"another {number}"
        return value

    def assumption_sentence(self, fact: Fact) -> str:
        """The sentence that assumes an open fact."""
        sentence = self.writer.sentence(fact.model_copy(update={"truth": Truth.TRUE, "detail": None})).rstrip(".")
        return self.framed_sentence("assumed", sentence[:1].lower() + sentence[1:])

    def fact_sentence(self, fact: Fact) -> str:
        """A fact as its sentence."""
        return self.writer.sentence(fact)
