"""What the atoms of the program say, in the words of the knowledge base."""

from __future__ import annotations

from typing import NamedTuple

from legit.engine.case_encoder import Inputs
from legit.engine.engine import Engine
from legit.engine.scenarios import Reading
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion
from legit.language.writer import Writer
from legit.model.facts import Fact, Truth


class Phrasebook:
    """The words of one knowledge base for what its rules derive. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase, writer: Writer) -> None:
        self.base = base
        self.writer = writer
        self._lexicons: dict[Engine, Lexicon] = {}

    def lexicon(self, engine: Engine) -> Lexicon:
        """What the atoms of one grounding say."""
        return self._lexicons.setdefault(engine, Lexicon(self, engine))

    def clause(self, atom: Reading, named: tuple[str, ...]) -> str | None:
        """The clause for an atom in a case of these names; None where the knowledge base has no words for it."""
        saying = self.base.says.get(atom.name)
        if saying is None or len(saying.args) != len(atom.args):
            return None
        slots = zip(saying.args, atom.args, strict=True)
        return saying.fill(tuple(self._word(slot, value, atom, named) for slot, value in slots))

    def _word(self, slot: str, value: str, atom: Reading, named: tuple[str, ...]) -> str:
        base = self.base
        values = base.vocabulary.values(slot)
        if value in values:
            return values[value].phrase
        if slot == "criterion":
            return base.criteria[value].title.lower() if value in base.criteria else value
        if slot == "undercutter":
            return base.criteria[atom.args[0]].undercutters.get(value, value.replace("_", " "))
        if slot == "right":
            return next((right.name for key, right in base.library.rights.items() if key.lower() == value), value)
        if slot == "topic":
            return base.topics.get(value, value)
        if value.isdigit() and 0 < int(value) <= len(named):
            return self.writer.quote(named[int(value) - 1])
        return value.replace("_", " ")


class Entry(NamedTuple):
    """What one atom says: its `clause`, None where there are no words for it, and the `criterion` that it speaks of.

    A `particular` one holds a number, which may stand for a name: its clause is to be made anew for each case.
    """

    reading: Reading | None
    clause: str | None
    criterion: Criterion | None
    particular: bool

    @property
    def of_its_own(self) -> bool:
        """Whether it has words that are more than the name of a criterion."""
        return self.clause is not None and self.criterion is None


class Way(NamedTuple):
    """A rule without weights: the atoms it needs, those of them without words of their own, and those it denies."""

    needs: frozenset[int]
    unworded: tuple[int, ...]
    denies: tuple[int, ...]


class Lexicon:
    """The entries of the atoms of one grounding, and the rules that lead to them, each looked up once."""

    def __init__(self, book: Phrasebook, engine: Engine) -> None:
        self._book = book
        self._engine = engine
        self._entries: dict[int, Entry] = {}
        self._rules: dict[int, tuple[Way, ...]] = {}

    def entry(self, atom: int) -> Entry:
        """The entry of an atom."""
        found = self._entries.get(atom)
        if found is None:
            found = self._entries[atom] = self._entry(self._engine.reading(atom))
        return found

    def _entry(self, found: Reading | None) -> Entry:
        if found is None:
            return Entry(None, None, None, False)
        criterion = self._book.base.criteria.get(found.args[0]) if found.args else None
        return Entry(found, self._book.clause(found, ()), criterion, any(value.isdigit() for value in found.args))

    def ways(self, atom: int) -> tuple[Way, ...]:
        """The rules that derive an atom."""
        found = self._rules.get(atom)
        if found is None:
            found = self._rules[atom] = tuple(
                Way(
                    frozenset(positive),
                    tuple(literal for literal in positive if not self.entry(literal).of_its_own),
                    negative,
                )
                for positive, negative in self._engine.bodies(atom)
            )
        return found


class Words:
    """Says conclusions and facts of one case; nothing that it says holds the name of a predicate."""

    def __init__(self, book: Phrasebook, inputs: Inputs) -> None:
        self._book = book
        self._base = book.base
        self._writer = book.writer
        self._inputs = inputs

    def clause(self, atom: Reading) -> str | None:
        """The clause for what the rules derive; None where the knowledge base has no words for it."""
        return self._book.clause(atom, self._inputs.named)

    def lexicon(self, engine: Engine) -> Lexicon:
        """What the atoms of one grounding say."""
        return self._book.lexicon(engine)

    def said(self, entry: Entry) -> str | None:
        """The clause of an entry in this case."""
        if entry.particular and entry.reading is not None:
            return self.clause(entry.reading)
        return entry.clause

    def framed(self, frame: str, clause: str) -> str:
        """A clause in a frame of the knowledge base, as a sentence."""
        text = self._base.phrases[frame].format(clause=clause)
        return f"{text[:1].upper()}{text[1:]}."

    def input_fact(self, atom: Reading) -> Fact:
        """A fact that would state an input atom, for saying it; measures and dates stand for their bands and ranks."""
        predicate = self._base.vocabulary.predicates[atom.name]
        args = tuple(
            self._value(argument.type, value) for argument, value in zip(predicate.args, atom.args, strict=True)
        )
        return Fact(predicate=atom.name, args=args)

    def _value(self, type_name: str, value: str) -> int | str:
        frame = self._base.vocabulary.frame
        if type_name in frame.bands:
            bounds = frame.bands[type_name]
            return bounds[int(value)] if int(value) < len(bounds) else bounds[-1] + 1
        if type_name == "name":
            number = int(value)
            return self._inputs.named[number - 1] if number <= len(self._inputs.named) else f"another {number}"
        return value

    def supposed(self, fact: Fact) -> str:
        """A fact that is open, supposed to be so."""
        sentence = self._writer.sentence(fact.model_copy(update={"truth": Truth.TRUE, "detail": None})).rstrip(".")
        return self.framed("assumed", sentence[:1].lower() + sentence[1:])

    def sentence(self, fact: Fact) -> str:
        """A fact as its sentence."""
        return self._writer.sentence(fact)
