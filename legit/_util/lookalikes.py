"""Finds texts that look alike and are not the same: letters of other alphabets, by the data of Unicode UTS 39."""

from __future__ import annotations

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


def with_ascii_letters(text: str) -> str:
    """The text with the ASCII letter that it looks like in place of each letter of another alphabet that has one."""
    if text.isascii():
        return text
    table = _ascii_alike()
    return "".join(table.get(letter, letter) for letter in text)


@cache
def _ascii_alike() -> dict[str, str]:
    """The ASCII letter that a letter of another alphabet looks like, one of the same case where there is one."""
    from confusable_homoglyphs import confusables

    found: dict[str, str] = dict(_MEANT)
    for letter, items in confusables.confusables_data.items():
        plain = [item["c"] for item in items if len(item["c"]) == 1 and item["c"].isascii() and item["c"].isalpha()]
        if plain and len(letter) == 1 and not letter.isascii():
            found.setdefault(letter, next((one for one in plain if one.isupper() == letter.isupper()), plain[0]))
    return found


_SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
_MEANT = dict(zip("αβγδεζηικμνοπρσςτυχω", "abydeznikuvonpostuxw", strict=True)) | {
    letter: name[-1].lower()
    for letter in map(chr, (*range(0x0250, 0x02B0), *range(0x1D00, 0x1D80), *range(0xA720, 0xA800)))
    for name in [unicodedata.name(letter, "")]
    if name.startswith(_SMALL_CAPITAL) and len(name) == len(_SMALL_CAPITAL) + 1
}
"""Letters that stand for an ASCII letter though they do not quite look like it: UTS 39 has none, or another one."""
