"""Finds texts that look alike and are not the same: letters of other alphabets, by the data of Unicode UTS 39."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations


def lookalikes(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pairs of different texts, each folded already, that differ only in letters that look alike.

    The time grows with the number of texts and of pairs found. Two texts of ASCII letters are told apart by everybody
    who reads them.
    """
    known = list(dict.fromkeys(texts))
    lengths = {len(text) for text in known if not text.isascii()}
    by_look: dict[str, list[str]] = {}
    for text in known:
        if len(text) in lengths:
            by_look.setdefault(_skeleton(text), []).append(text)
    for alike in by_look.values():
        for one, other in combinations(alike, 2):
            if not (one.isascii() and other.isascii()):
                yield one, other


def _skeleton(text: str) -> str:
    """The text with one letter in place of all that look like it."""
    first = _first_alike()
    return "".join(first.get(letter, letter) for letter in text)


@cache
def _first_alike() -> dict[str, str]:
    """For each letter that looks like another one the smallest of those that look alike."""
    from confusable_homoglyphs import confusables  # loads a table of ten thousand letters

    above: dict[str, str] = {}

    def top(letter: str) -> str:
        while above.get(letter, letter) != letter:
            letter = above[letter]
        return letter

    for letter, items in confusables.confusables_data.items():
        for rival in (item["c"] for item in items):
            if len(letter) == len(rival) == 1:
                one, other = sorted((top(letter), top(rival)))
                above[other] = one
    return {letter: top(letter) for letter in above}


def with_ascii_letters(text: str) -> tuple[str, ...]:
    """The text with the ASCII letter that it looks like in place of each letter of another alphabet that has one.

    There are two such texts where a letter may be a small L or a capital I.
    """
    if text.isascii():
        return (text,)
    first = "".join(letter if letter.isascii() else _ascii_letter(letter) for letter in text)
    other = "".join("i" if new == "l" and not old.isascii() else new for old, new in zip(text, first, strict=True))
    return (first,) if first == other else (first, other)


@cache
def _ascii_letter(letter: str) -> str:
    """The ASCII letter that another one looks like, of the same case where there is one, or the letter itself."""
    if letter in _GREEK:
        return _GREEK[letter]
    plain = [one for one in _ascii_alike().get(letter, ()) if one.isalpha()]
    if plain:
        return next((one for one in plain if one.isupper() == letter.isupper()), plain[0])
    named = _LETTER_NAME.search(unicodedata.name(letter, ""))
    return named.group(1).lower() if named else letter


@cache
def _ascii_alike() -> dict[str, list[str]]:
    """The ASCII signs that look like a letter, by the data of UTS 39."""
    from confusable_homoglyphs import confusables

    found: dict[str, list[str]] = {}
    for letter, items in confusables.confusables_data.items():
        if len(letter) == 1:
            found[letter] = [item["c"] for item in items if len(item["c"]) == 1 and item["c"].isascii()]
    return found


_GREEK = dict(zip("αβγδεζηικμνοπρσςτυχω", "abydeznikuvonpostuxw", strict=True))
"""Letters that stand for an ASCII letter though UTS 39 has none that they look like, or another one."""
_LETTER_NAME = re.compile("LETTER (?:SMALL CAPITAL )?([A-Z])$")
"""How Unicode names forms of one Latin letter: small capitals, letters in squares and circles."""
