"""Interprets parse trees: predicate, arguments, truth value, speaker and detail of a fact, or an opinion."""

from __future__ import annotations

from typing import NamedTuple

from legit.knowledge.lexicon import HOURS_PER_YEAR, MEASURES
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
    measure_words: tuple[str, ...] = ()
    """For each argument the words of a measure as written, empty for any other argument."""


class InvalidDateError(ValueError):
    """The words in the place of a date are no date of the calendar."""


def interpret(grammar: Grammar, tree: ParseTree, line: str) -> ParsedStatement:
    """The statement of a tree of the rule `statement`. Raises InvalidDateError with the words that are no date."""
    body, *rest = subtrees(tree)
    speaker = interpret_speaker(rest[0]) if rest else _USER
    children = subtrees(body)
    kind = str(body.data)
    if kind == "opinion":
        return ParsedStatement(opinion=str(children[0].children[0]), speaker=speaker)
    sentence = grammar.sentence_forms[str(children[0].data)]
    slots = ordered_slots(sentence, children[0])
    args = tuple(interpret_value(slot) for slot in slots)
    within = grammar.vocabulary.lexicon.phrases["within"][0]
    words = tuple(_measure_words(slot, line, within) for slot in slots)
    detail = str(children[1].children[1]) if len(children) > 1 else None
    truth = Truth.UNKNOWN if kind == "left_open" else Truth.TRUE
    if truth is Truth.TRUE and sentence.affirmed == (kind == "denied"):
        truth = Truth.FALSE
    return ParsedStatement(sentence.predicate.id, args, truth, speaker, detail or None, measure_words=words)


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


def _measure_words(slot: Slot, line: str, within: str) -> str:
    """The words of a measure in the line that was parsed, with a `within` before them; empty for any other slot."""
    if isinstance(slot, TerminalToken) or slot.data not in MEASURES:
        return ""
    tokens = tokens_of(slot)
    begin = tokens[0].start_pos or 0
    before = line[:begin].split()[-1:]
    words = line[begin : tokens[-1].end_pos].strip(" ,()").split()
    return " ".join([*before, *words] if before and before[0].lower() == within else words)
