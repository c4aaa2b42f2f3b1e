"""What a command prints on a terminal, without characters that the terminal would obey, wherever they come from."""

from __future__ import annotations

import re
from typing import TextIO

from legit._util.terminal_escape import printable

_OWN_STYLE = re.compile(r"(\x1b\[[0-9;]{1,8}m)")
"""The sequences that this package writes itself: colours and weights of letters."""
_CONCEALING = re.compile(r"\x1b\[(?:[0-9;]*;)?0*8(?:;[0-9;]*)?m")


class TerminalGuard:
    """A stream for a terminal. Everything but `write` is that of the stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text. Colours stay; other characters that a terminal obeys are written as escapes."""
        parts = _OWN_STYLE.split(text)
        kept = (
            part if number % 2 and not _CONCEALING.fullmatch(part) else printable(part)
            for number, part in enumerate(parts)
        )
        self._stream.write("".join(kept))
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
