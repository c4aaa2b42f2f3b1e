"""What a parsed sentence says: the predicate with its arguments, truth, speaker and detail, or the opinion."""

from __future__ import annotations

from typing import NamedTuple

from lark import Token as LarkToken
from lark import Tree

from legit.language.grammar import Grammar, SentenceForm
from legit.language.parser import quoted_texts
from legit.model.dates import is_date
from legit.model.facts import Speaker, SpeakerKind, Truth, Value

Slot = Tree[LarkToken] | LarkToken
"""What stands in a slot of a sentence: the token of a value of a list, or the tree of another slot."""

_HOURS_PER_YEAR = 8760
_USER = Speaker()


class ParsedStatement(NamedTuple):
    """A sentence understood, before it has a place: a fact, or an opinion when `opinion` is not None."""

    predicate: str = ""
    args: tuple[Value, ...] = ()
    truth: Truth = Truth.TRUE
    speaker: Speaker = _USER
    detail: str | None = None
    opinion: str | None = None


class InvalidDateError(ValueError):
    """What stands in the place of a date is none of the calendar."""


def interpret(grammar: Grammar, tree: Tree[LarkToken]) -> ParsedStatement:
    """The statement of a tree of the rule `statement`. Raises NoDateError with the words that are no date."""
    body, *rest = [child for child in tree.children if isinstance(child, Tree)]
    speaker = interpret_speaker(rest[0]) if rest else _USER
    children = [child for child in body.children if isinstance(child, Tree)]
    kind = str(body.data)
    if kind == "opinion":
        return ParsedStatement(opinion=str(children[0].children[0]), speaker=speaker)
    sentence = grammar.sentence_forms[str(children[0].data)]
    args = tuple(interpret_value(slot) for slot in ordered_slots(sentence, children[0]))
    detail = str(children[1].children[1]) if len(children) > 1 else None
    truth = Truth.UNKNOWN if kind == "left_open" else Truth.TRUE
    if truth is Truth.TRUE and sentence.affirmed == (kind == "denied"):
        truth = Truth.FALSE
    return ParsedStatement(sentence.predicate.id, args, truth, speaker, detail or None)


def ordered_slots(sentence: SentenceForm, tree: Tree[LarkToken]) -> list[Slot]:
    """What fills the slots of a sentence, in the order of the predicate's arguments."""
    slots = [child for child in tree.children if isinstance(child, Tree) or child.type.startswith("V_")]
    placed = dict(zip(sentence.slot_order, slots, strict=True))
    return [placed[position] for position in range(sentence.predicate.arity)]


def interpret_speaker(tree: Tree[LarkToken]) -> Speaker:
    references = quoted_texts(tree.children)
    return Speaker(kind=SpeakerKind(str(tree.data)), reference=references[0] if references else None)


def interpret_value(slot: Slot) -> Value:
    """The value that a slot is filled with. Raises NoDateError with the words that are no date."""
    if isinstance(slot, LarkToken):
        return str(slot)
    tokens = {child.type: str(child) for child in slot.children if isinstance(child, LarkToken)}
    if slot.data in {"name", "text"}:
        return tokens["TEXT"]
    if slot.data == "date":
        if not is_date(tokens["DATE"]):
            raise InvalidDateError(tokens["DATE"])
        return tokens["DATE"]
    if slot.data == "count":
        return int(tokens.get("NUMBER") or tokens["COUNT"])
    hours = int(tokens["NUMBER"]) * int(tokens["UNIT"]) if "NUMBER" in tokens else int(tokens["VAGUE_TIME"])
    return hours // _HOURS_PER_YEAR if slot.data == "years" else hours
