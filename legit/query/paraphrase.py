"""How a question was understood, in words that read back as the same question."""

from __future__ import annotations

import re
from collections.abc import Iterable

from legit.language.writer import Writer
from legit.model.facts import Truth, Value
from legit.query.grammar import QueryGrammar
from legit.query.lexicon import query_words
from legit.query.query_ast import (
    All,
    AnyOf,
    Atom,
    Bound,
    Citing,
    Condition,
    Not,
    OneOf,
    Pattern,
    Question,
    Stated,
    Told,
    Variable,
    atoms,
)

_THE = re.compile(r"\bthe (?=(?:some|no|every) )")
"""An article that a template has before a slot, where the gap brings a word of its own."""


class Saying:
    """Says questions back, for one grammar."""

    def __init__(self, grammar: QueryGrammar) -> None:
        self._grammar = grammar
        self._writer = Writer(grammar.vocabulary)
        self._words = query_words()

    def question(self, question: Question) -> str:
        """What is asked for: cases and what must hold of them, or things of the knowledge base."""
        says = self._words.says
        if question.citing:
            return self._citing(question.citing, question.counted)
        text = says["counted" if question.counted else "listed"]
        if question.condition != All(()):
            condition = self._condition(question.condition)
            text = says["other_than" if condition.startswith(_begin(says["except"])) else "where"].format(
                text, condition
            )
        names = [self._words.dimensions[by][0] if by in self._words.dimensions else by for by in question.by]
        return text + "".join(says["by"].format(name.rpartition(" ")[2].replace("_", " ")) for name in names)

    def notes(self, question: Question) -> tuple[str, ...]:
        """What the words of a question mean, where that is not plain."""
        if question.citing:
            return (self._words.notes["unseen"],) if not question.citing.places else ()
        asked = dict.fromkeys(atom.relation for atom in atoms(question.condition) if isinstance(atom, Told))
        return tuple(self._words.notes[name] for name in asked if name in self._words.notes)

    def _citing(self, asked: Citing, counted: bool) -> str:
        says, words = self._words.says, self._words
        if not asked.kind:
            return says["everything"].format(self._grammar.place(asked.places))
        noun = words.things[asked.kind][0]
        if asked.families:
            noun = words.names["families"][0].format(self._named("family", min(asked.families)))
        text = (says["count_of"] if counted else "{}").format(noun)
        return (
            says["things"].format(text, self._grammar.place(asked.places))
            if asked.places
            else says["unseen"].format(text)
        )

    def _condition(self, condition: Condition) -> str:
        parts = list(_flat(condition))
        # A full stop binds least: it stands between whole sentences where one of them holds an "or".
        either = any(isinstance(part, AnyOf) for part in parts)
        said = [self._part(part) for part in parts]
        excepted = _begin(self._words.says["except"])
        held = [text for text in said if not text.startswith(excepted)]
        join = ". " if either and len(parts) > 1 else " and "
        return " ".join(filter(None, (join.join(held), *(text for text in said if text.startswith(excepted)))))

    def _part(self, part: Condition) -> str:
        if isinstance(part, AnyOf):
            return ", or ".join(self._condition(each) for each in part.parts)
        if isinstance(part, Not):
            return self._denied(part.part)
        return self._condition(part) if isinstance(part, All) else self._atom(part)

    def _denied(self, part: Condition) -> str:
        says = self._words.says
        if isinstance(part, Stated) and part.truths == frozenset(Truth):
            return says["silent"].format(self._sentence(part, Truth.TRUE))
        if isinstance(part, Stated) and part.truths != {Truth.UNKNOWN}:
            return says["not_said"].format(self._atom(part))
        return says["except"].format(self._condition(part))

    def _atom(self, atom: Atom) -> str:
        if isinstance(atom, Told):
            return self._told(atom)
        (truth,) = atom.truths
        return self._sentence(atom, truth)

    def _sentence(self, atom: Stated, truth: Truth) -> str:
        predicate = self._grammar.vocabulary.predicates[atom.predicate]
        template = predicate.denied if truth is Truth.FALSE else predicate.affirmed[0]
        args = zip(predicate.args, atom.args, strict=True)
        text = template.fill(tuple(self._pattern(argument.type, arg) for argument, arg in args))
        text = _THE.sub("", text[:1].lower() + text[1:])
        if truth is Truth.UNKNOWN:
            text = self._words.says["left_open"].format(text)
        return f"{text} [{atom.speaker}]" if atom.speaker else text

    def _told(self, atom: Told) -> str:
        relation, _, of = atom.relation.partition(" ")
        if relation == "time":
            (bound,) = atom.args
            assert isinstance(bound, Bound)
            return self._words.says["since" if bound.sign == ">=" else "before"].format(bound.value)
        kind = {"one": "criterion", "cites": "source", "touches": "right", "waits": "question", "alone": "speaker",
                "rests_on": "speaker"}.get(of or relation, of or relation)  # fmt: skip
        if relation == "verdict" and atom.args[0] in self._words.verdict_says:
            return self._words.verdict_says[str(atom.args[0])]
        names = [self._pattern(kind, arg) for arg in atom.args]
        if relation == "waits" and not names:
            relation = "waiting"
        return self._words.says[relation].format(*names)

    def _pattern(self, kind: str, arg: Pattern) -> str:
        """What stands in a slot: `kind` is its type in the vocabulary, or what is named there."""
        if isinstance(arg, Variable):
            letter = arg.name if len(arg.name) == 1 else ""
            label = " ".join(dict.fromkeys(filter(None, (arg.column, letter))))
            return f"<{label}>" if arg.kind == "listed" else f"{self._words.gaps[arg.kind][0]} {arg.column}"
        if isinstance(arg, Bound):
            sign = self._words.bounds[arg.sign][0]
            return (
                f"within {sign} {arg.value} hours"
                if kind == "time"
                else f"{sign} {self._writer.phrase(kind, arg.value)}"
            )
        if isinstance(arg, OneOf):
            if kind == "source":
                return self._grammar.place({str(value) for value in arg.values})
            # Within a list of names no name stands in quotation marks.
            return " or ".join(dict.fromkeys(sorted(self._named(kind, value).strip('"') for value in arg.values)))
        return self._named(kind, arg)

    def _named(self, kind: str, value: Value) -> str:
        """A name or a value in words."""
        name = str(value)
        if kind == "speaker":
            return self._words.speaker_says.get(name, name)
        if kind == "criterion":
            known = self._grammar.base.criteria.get(name)
            return f'"{known.title if known else name}"'
        if kind == "right":
            right = self._grammar.base.library.rights.get(name)
            return self._words.names["right"][0].format(right.phrase) if right else f'"{name}"'
        if kind in {"verdict", "guidance", "harm", "family", "source"}:
            return name.replace("_", " ") if kind != "source" else name
        return f'"{name}"' if kind == "question" else self._writer.phrase(kind, value)


def _begin(form: str) -> str:
    """The words of a form before what is filled in."""
    return form.partition("{")[0]


def _flat(condition: Condition) -> Iterable[Condition]:
    if not isinstance(condition, All):
        return (condition,)
    return (inner for part in condition.parts for inner in _flat(part))
