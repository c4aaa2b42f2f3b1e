"""What a parsed sentence says: the predicate with its arguments, truth, speaker and detail, or the opinion."""

from __future__ import annotations

from typing import NamedTuple

from lark import Token as LarkToken
from lark import Tree

from legit.dates import is_date
from legit.facts import Speaker, SpeakerKind, Truth, Value
from legit.language.grammar import Grammar
from legit.language.parser import texts

_HOURS_A_YEAR = 8760
_USER = Speaker()


class Statement(NamedTuple):
    """A sentence understood, before it has a place: a fact, or an opinion when `opinion` is not None."""

    predicate: str = ""
    args: tuple[Value, ...] = ()
    truth: Truth = Truth.TRUE
    speaker: Speaker = _USER
    detail: str | None = None
    opinion: str | None = None


class NoDateError(ValueError):
    """What stands in the place of a date is none of the calendar."""


def meaning(grammar: Grammar, tree: Tree[LarkToken]) -> Statement:
    """The statement of a tree of the rule `statement`. Raises NoDateError with the words that are no date."""
    body, *rest = [child for child in tree.children if isinstance(child, Tree)]
    speaker = _speaker(rest[0]) if rest else _USER
    children = [child for child in body.children if isinstance(child, Tree)]
    kind = str(body.data)
    if kind == "opinion":
        return Statement(opinion=str(children[0].children[0]), speaker=speaker)
    sentence = grammar.sentences[str(children[0].data)]
    slots = [child for child in children[0].children if isinstance(child, Tree) or child.type.startswith("V_")]
    args: list[Value] = [""] * sentence.predicate.arity
    for position, slot in zip(sentence.order, slots, strict=True):
        args[position] = _value(slot)
    detail = str(children[1].children[1]) if len(children) > 1 else None
    truth = Truth.UNKNOWN if kind == "left_open" else Truth.TRUE
    if truth is Truth.TRUE and sentence.affirmed == (kind == "denied"):
        truth = Truth.FALSE
    return Statement(sentence.predicate.id, tuple(args), truth, speaker, detail or None)


def _speaker(tree: Tree[LarkToken]) -> Speaker:
    references = texts(tree.children)
    return Speaker(kind=SpeakerKind(str(tree.data)), reference=references[0] if references else None)


def _value(slot: Tree[LarkToken] | LarkToken) -> Value:
    if isinstance(slot, LarkToken):
        return str(slot)
    tokens = {child.type: str(child) for child in slot.children if isinstance(child, LarkToken)}
    if slot.data in {"name", "text"}:
        return tokens["TEXT"]
    if slot.data == "date":
        if not is_date(tokens["DATE"]):
            raise NoDateError(tokens["DATE"])
        return tokens["DATE"]
    if slot.data == "count":
        return int(tokens.get("NUMBER") or tokens["COUNT"])
    hours = int(tokens["NUMBER"]) * int(tokens["UNIT"]) if "NUMBER" in tokens else int(tokens["VAGUE_TIME"])
    return hours // _HOURS_A_YEAR if slot.data == "years" else hours
