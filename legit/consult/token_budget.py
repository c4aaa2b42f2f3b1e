"""Limits the text that a model gets: an upper estimate of tokens, and quotations that are cut and cleaned."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PIECE = re.compile(r"[A-Za-z]+|[0-9]{1,3}|\n|[^\sA-Za-z0-9]")
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|`[^`]*`')
_LETTERS_PER_TOKEN = 6
_LETTERS_PER_TOKEN_QUOTED = 3
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


# Most texts come from the knowledge base and are used again and again.
@lru_cache(maxsize=4096)
def token_upper_bound(text: str) -> int:
    """An upper bound of the tokens of `text` in the usual encodings.

    Words count by their length. Words in quotations may be random letters, and count for more. Other characters count
    by their bytes.
    """
    total = 0
    behind = 0
    for quoted in _QUOTED.finditer(text):
        total += _estimate(text[behind : quoted.start()], _LETTERS_PER_TOKEN)
        total += _estimate(quoted[0], _LETTERS_PER_TOKEN_QUOTED)
        behind = quoted.end()
    return total + _estimate(text[behind:], _LETTERS_PER_TOKEN)


def _estimate(text: str, letters_per_token: int) -> int:
    total = 0
    for piece in _PIECE.findall(text):
        if not piece.isascii():
            total += len(piece.encode("utf-8", "replace"))
        else:
            # Abbreviations and names are seldom words that an encoding knows.
            total += -(-len(piece) // (letters_per_token if piece.islower() else _LETTERS_PER_TOKEN_QUOTED))
    return total


def replace_unencodable(text: str) -> str:
    """`text` with lone surrogates and null characters replaced, which no file or message can hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def single_line(text: str) -> str:
    """`text` on one line, without invisible characters and those that change the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return " ".join(
        "".join(" " if unicodedata.category(char) in _INVISIBLE_CATEGORIES else char for char in text).split()
    )


@lru_cache(maxsize=4096)
def truncate(text: str, limit: int) -> str:
    """`text`, cleaned, with at most `limit` estimated tokens. An ellipsis marks what is left out."""
    text = single_line(text)
    if token_upper_bound(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if token_upper_bound(text[:middle]) < limit else (low, middle - 1)
    return text[:low].rstrip() + "…"


@lru_cache(maxsize=4096)
def truncate_quotations(sentence: str, limit: int) -> str:
    """`sentence` with the inside of each quotation cut to `limit` tokens, estimated as for random letters."""
    return _QUOTED.sub(lambda found: f"{found[0][0]}{_truncate_quoted(found[0][1:-1], limit)}{found[0][-1]}", sentence)


def _truncate_quoted(text: str, limit: int) -> str:
    # Cut with its marks on, so that it is measured as a quotation.
    inner = single_line(text)
    while _estimate(inner, _LETTERS_PER_TOKEN_QUOTED) > limit:
        inner = inner[: max(0, len(inner) * 3 // 4)]
    return inner if inner == single_line(text) else inner.rstrip() + "…"
