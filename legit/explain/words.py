"""What the atoms of the program say, in the words of the knowledge base."""

from __future__ import annotations

from legit.engine.inputs import Inputs
from legit.engine.scenarios import Reading
from legit.facts import Fact, Truth
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.sayings import Saying
from legit.language.writer import Writer


class Words:
    """Says conclusions and facts of one case; nothing that it says holds the name of a predicate."""

    def __init__(self, base: KnowledgeBase, writer: Writer, inputs: Inputs) -> None:
        self._base = base
        self._writer = writer
        self._inputs = inputs
        self._said: dict[Reading, str | None] = {}

    def clause(self, atom: Reading) -> str | None:
        """The clause for what the rules derive; None where the knowledge base has no words for it."""
        saying = self._base.says.get(atom.name)
        if saying is None:
            return None
        if atom not in self._said:
            self._said[atom] = self._filled(saying, atom)
        return self._said[atom]

    def _filled(self, saying: Saying, atom: Reading) -> str | None:
        if len(saying.args) != len(atom.args):
            return None
        slots = list(zip(saying.args, atom.args, strict=True))
        return saying.fill(tuple(self._word(slot, value, atom) for slot, value in slots))

    def _word(self, slot: str, value: str, atom: Reading) -> str:
        base = self._base
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
        if value.isdigit() and 0 < int(value) <= len(self._inputs.named):
            return self._writer.quote(self._inputs.named[int(value) - 1])
        return value.replace("_", " ")

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

    def unstated(self, atom: Reading) -> str:
        """That nobody stated an input."""
        sentence = self._writer.sentence(self.input_fact(atom)).rstrip(".")
        return self.framed("unstated", sentence[:1].lower() + sentence[1:])

    def supposed(self, fact: Fact) -> str:
        """A fact that is open, supposed to be so."""
        sentence = self._writer.sentence(fact.model_copy(update={"truth": Truth.TRUE, "detail": None})).rstrip(".")
        return self.framed("assumed", sentence[:1].lower() + sentence[1:])

    def sentence(self, fact: Fact) -> str:
        """A fact as its sentence."""
        return self._writer.sentence(fact)
