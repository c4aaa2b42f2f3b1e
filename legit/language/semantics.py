"""Interprets parse trees: predicate, arguments, truth value, speaker and detail of a fact, or an opinion."""

from __future__ import annotations

from typing import NamedTuple

from legit.knowledge.lexicon import HOURS_PER_YEAR
from legit.language.grammar import Grammar, SentenceForm
from legit.language.lark_adapter import ParseTree, TerminalToken, subtrees, tokens_of
from legit.language.parser import quoted_texts
from legit.model.dates import is_date
from legit.model.facts import Speaker, SpeakerKind, Truth, Value

Slot = ParseTree | TerminalToken
"""The content of a slot of a sentence: the token of an enumeration's value, or the tree of a built-in type."""

_USER = Speaker()


class ParsedStatement(NamedTuple):
    """A sentence without its position: a fact, or an opinion when `opinion` is not None."""

    predicate: str = ""
    args: tuple[Value, ...] = ()
    truth: Truth = Truth.TRUE
    speaker: Speaker = _USER
    detail: str | None = None
    opinion: str | None = None


class InvalidDateError(ValueError):
    """The words in the place of a date are no date of the calendar."""


def interpret(grammar: Grammar, tree: ParseTree) -> ParsedStatement:
    """The statement of a tree of the rule `statement`. Raises InvalidDateError with the words that are no date."""
    body, *rest = subtrees(tree)
    speaker = interpret_speaker(rest[0]) if rest else _USER
    children = subtrees(body)
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


def ordered_slots(sentence: SentenceForm, tree: ParseTree) -> list[Slot]:
    """The contents of the slots of a sentence, in the order of the predicate's arguments."""
    slots = [child for child in tree.children if not isinstance(child, TerminalToken) or child.type.startswith("V_")]
    placed = dict(zip(sentence.slot_order, slots, strict=True))
    return [placed[position] for position in range(sentence.predicate.arity)]


def interpret_speaker(tree: ParseTree) -> Speaker:
    """The speaker that a mark such as `[document "lease"]` names."""
    references = quoted_texts(tree)
    return Speaker(kind=SpeakerKind(str(tree.data)), reference=references[0] if references else None)


def interpret_value(slot: Slot) -> Value:
    """The value of a slot: a duration in hours or whole years, a date as ISO text.

    Raises InvalidDateError with the words that are no date.
    """
    if isinstance(slot, TerminalToken):
        return str(slot)
    tokens = {token.type: str(token) for token in tokens_of(slot)}
    if slot.data in {"name", "text"}:
        return tokens["TEXT"]
    if slot.data == "date":
        if not is_date(tokens["DATE"]):
            raise InvalidDateError(tokens["DATE"])
        return tokens["DATE"]
    if slot.data == "count":
        return int(tokens.get("NUMBER") or tokens["COUNT"])
    hours = int(tokens["NUMBER"]) * int(tokens["UNIT"]) if "NUMBER" in tokens else int(tokens["VAGUE_TIME"])
    return hours // HOURS_PER_YEAR if slot.data == "years" else hours
