"""Quoted texts of a case: placeholders, commitments, and restoring.

Users may quote personal texts. A case is therefore judged and recorded with a placeholder for every text. The judgement
reads no text, so that the answer is the same. A commitment is the SHA-256 of a random salt of 32 bytes followed by the
text. A person who has the salt and the text can prove the text. When both are erased, nobody can find the text by
trying. Where only the salt is kept, its own SHA-256 follows the commitment after a colon: a changed salt is found
without the text.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel

from legit.errors import DecisionLogError, Problem
from legit.knowledge.vocabulary import QUOTED_TYPES, Vocabulary
from legit.language.writer import requoted
from legit.model.facts import Case, Fact, Opinion, SourceSpan, Speaker, Value, fold_text, text_order

# A text with quotation marks has a placeholder with such marks, so that it is quoted as the text would be; the straight
# one is doubled where there are both kinds.
_PLACEHOLDER = re.compile(r"⟨\d+(?:text)+(\"|\"{1,2}“)?⟩", re.IGNORECASE)
_PLACEHOLDER_WORD = "text"

ModelT = TypeVar("ModelT", bound=BaseModel)


class TextPolicy(StrEnum):
    """Which part of quoted texts a log stores: the texts, only the salts that prove them, or nothing."""

    STORED = "stored"
    HASHED = "hashed"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class StoredText:
    """The stored salt and text for one placeholder of an entry. `text` is None if only the salt is stored."""

    salt: bytes
    text: str | None


def encode_utf8(text: str) -> bytes:
    """A text in UTF-8. Raises DecisionLogError (R104) when it has a lone surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise DecisionLogError(Problem("R104", "a text holds half a character, which UTF-8 cannot write")) from error


SALT_BYTES = 32
"""The length of every salt."""


def commitment(salt: bytes, text: bytes) -> str:
    """The commitment to a text in UTF-8, hexadecimal."""
    return hashlib.sha256(salt + text).hexdigest()


def covers_salt(expected: str) -> bool:
    """Whether the salt is covered by the commitment in an entry, and not only the salt with the text."""
    return ":" in expected


def matches_commitment(expected: str | None, policy: TextPolicy, salt: object, text: object) -> bool:
    """Whether the stored salt and text of a placeholder match the commitment `expected` in the entry."""
    # Of another length, a salt could have taken the beginning of the text.
    if not isinstance(salt, bytes) or len(salt) != SALT_BYTES or expected is None:
        return False
    if policy is TextPolicy.STORED:
        return isinstance(text, bytes) and commitment(salt, text) == expected
    digest = expected.partition(":")[2]
    return text is None and digest in ("", hashlib.sha256(salt).hexdigest())


def make_commitments(texts: dict[str, str], policy: TextPolicy) -> tuple[dict[str, str | None], dict[str, StoredText]]:
    """For texts by placeholder: their commitments for the entry, and the salts and texts to store.

    Raises DecisionLogError (R104) when UTF-8 cannot encode a text.
    """
    for text in texts.values():
        encode_utf8(text)
    if policy is TextPolicy.OMITTED:
        return dict.fromkeys(texts), {}
    said: dict[str, str | None] = {}
    kept = {}
    for stand_in, text in texts.items():
        salt = secrets.token_bytes(SALT_BYTES)
        said[stand_in] = commitment(salt, encode_utf8(text))
        if policy is TextPolicy.HASHED:
            said[stand_in] = f"{said[stand_in]}:{hashlib.sha256(salt).hexdigest()}"
        kept[stand_in] = StoredText(salt, text if policy is TextPolicy.STORED else None)
    return said, kept


def pseudonymise(case: Case, vocabulary: Vocabulary) -> tuple[Case, dict[str, str]]:
    """The case with a placeholder for every quoted text, and the texts by placeholder.

    Placeholders keep the relations that the judgement may depend on: which texts are equal, which differ only in
    capitals, spaces and the encoding of accents, and their order.
    """
    found: dict[str, None] = {}

    def keep(text: str) -> str:
        found[text] = None
        return text

    _map_texts(case, vocabulary, keep)
    given = _assign_placeholders(list(found))
    return _map_texts(case, vocabulary, given.__getitem__), {stand_in: text for text, stand_in in given.items()}


def has_placeholder(text: str) -> bool:
    """Whether a placeholder is left in a text."""
    return _PLACEHOLDER.search(text) is not None


def restore(text: str, texts: dict[str, str]) -> str:
    """A text with its placeholders replaced by the texts that are known."""

    def put_back(match: re.Match[str]) -> str:
        doubled = match[1] == '""“'
        found = texts.get(match[0].replace('""', '"'), match[0])
        return found.replace('"', '""') if doubled and found != match[0] else found

    return _PLACEHOLDER.sub(put_back, text)


def restore_model(model: ModelT, texts: dict[str, str]) -> ModelT:
    """A model, such as an assessment, with its placeholders replaced by the texts that are known."""

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return restore(value, texts)
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else value

    return type(model).model_validate(walk(model.model_dump(mode="json")))


def _map_texts(case: Case, vocabulary: Vocabulary, change: Callable[[str], str]) -> Case:
    def speaker(given: Speaker) -> Speaker:
        return Speaker(kind=given.kind, reference=change(given.reference)) if given.reference else given

    def place(given: SourceSpan | None, words: str = "") -> SourceSpan | None:
        return SourceSpan(line=given.line, column=given.column, text=requoted(words, change)) if given else None

    def args(fact: Fact) -> tuple[Value, ...]:
        types = vocabulary.predicates[fact.predicate].args
        return tuple(
            change(str(value)) if argument.type in QUOTED_TYPES else value
            for argument, value in zip(types, fact.args, strict=True)
        )

    return Case(
        name=change(case.name) if case.name else "",
        facts=tuple(
            Fact(
                predicate=fact.predicate,
                args=args(fact),
                truth=fact.truth,
                detail=change(fact.detail) if fact.detail else fact.detail,
                speaker=speaker(fact.speaker),
                span=place(fact.span, fact.span.text if fact.span else ""),
            )
            for fact in case.facts
        ),
        opinions=tuple(
            Opinion(text=change(item.text), speaker=speaker(item.speaker), span=place(item.span))
            for item in case.opinions
        ),
    )


def _assign_placeholders(texts: list[str]) -> dict[str, str]:
    """A placeholder for each text. Spellings of one name share the number and differ in their capitals."""
    spellings: dict[str, list[str]] = {}
    for text in sorted(texts, key=text_order):
        spellings.setdefault(fold_text(text), []).append(text)
    width = len(str(len(spellings)))
    given = {}
    for number, group in enumerate(spellings.values(), 1):
        repeats = 1 + (len(group) - 1).bit_length() // len(_PLACEHOLDER_WORD)
        for left, text in enumerate(reversed(group)):  # capitals sort before small letters
            mark = "" if '"' not in text else '"“' if "“" in text or "”" in text else '"'
            given[text] = f"⟨{number:0{width}}{_capitalise_by_bits(_PLACEHOLDER_WORD * repeats, left)}{mark}⟩"
    return given


def _capitalise_by_bits(word: str, number: int) -> str:
    """The word with a capital letter for each 1 in the binary form of the number."""
    bits = f"{number:0{len(word)}b}"
    return "".join(letter.upper() if bit == "1" else letter for letter, bit in zip(word, bits, strict=True))
