"""The ids of turns that are parts of another one: agents that run inside an agent have turns of their own."""

from __future__ import annotations

import hashlib
import re

_PART = re.compile(r"\+[0-9a-f]{12}\Z")


def part_of_turn(turn: str, key: str) -> str:
    """The id of a part of a turn: that of the turn, a plus sign, and twelve digits of the SHA-256 of the key."""
    return f"{turn}+{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def whole_turn(turn: str) -> str:
    """The id of the turn of which another one is a part; the id itself where it is no part."""
    return _PART.sub("", turn)
