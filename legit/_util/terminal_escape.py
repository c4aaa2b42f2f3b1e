"""Escapes control and bidirectional characters of untrusted text, for terminals and logs."""

from __future__ import annotations

import re

# Control characters, separators that some terminals take for line breaks, marks that turn the direction of writing
# (what is shown would not be what is there), and lone surrogates.
_CONTROL_CHARACTERS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE = re.compile(f"[{_CONTROL_CHARACTERS}]")
_UNSAFE_IN_LINE = re.compile(f"[\t\n{_CONTROL_CHARACTERS}]")


def printable(text: str) -> str:
    """The text with each character that a terminal would obey instead of showing it written as an escape."""
    return _UNSAFE.sub(_escape, text)


def printable_line(text: str) -> str:
    """The same, with line breaks and tabs escaped as well."""
    return _UNSAFE_IN_LINE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return ascii(match.group())[1:-1]
