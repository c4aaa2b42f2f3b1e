"""Escapes control, bidirectional and invisible characters of untrusted text, for terminals and logs."""

from __future__ import annotations

import re

FORMAT_CHARACTERS = (
    "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
"""All format characters of Unicode (category Cf) that nobody sees, the marks of direction among them: with them, what
is shown is not what is there. Cf has signs that are seen, too, such as that of an Arabic number."""

# Control characters, separators that some terminals take for line breaks, and lone surrogates.
_CONTROL_CHARACTERS = f"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{FORMAT_CHARACTERS}\ud800-\udfff"
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
