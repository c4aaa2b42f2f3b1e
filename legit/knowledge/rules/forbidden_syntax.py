"""Finds syntax that may not stand in rules, before clingo parses the text, and takes the comments out of it.

So loading a knowledge base opens no other file and runs nothing, wherever on a line a directive stands. Clingo gets the
text without its comments: what is a comment is decided here alone. A comment that clingo would end elsewhere is refused
all the same, so that a file means the same to every reader. The tests compare both readings of random texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from legit.errors import Problem

_MAX_PROBLEMS = 20
RULES_ONLY_HELP = "use plain rules and choices only"
MAX_NESTING = 60
"""Brackets within brackets. Clingo reads them by recursion, and a stack that overflows ends the process."""
MAX_OPERATORS = 300
"""Signs of arithmetic, comparison and negation in one statement; clingo reads these by recursion as well."""
_MAX_NUMBER = 2**31 - 1
"""Clingo's numbers have 32 bits, and a greater one becomes another."""
_MAX_DIGITS = len(str(_MAX_NUMBER))
_HARMLESS_BUILT_INS = frozenset({"#true", "#false", "#inf", "#sup", "#count", "#sum", "#min", "#max"})
_LEXEME = re.compile(
    r"""
      (?P<text>"(?:\\["n\\]|[^"\\\n])*")  # a text, just as clingo reads it
    | (?P<comment>%\*|%[^\n]*)  # the start of a block comment, or a comment to the end of the line
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<forbidden>[#@&]\s*\w*)  # a directive or built-in name, a function of a script, a theory atom
    | (?P<name>[A-Za-z_'][A-Za-z0-9_']*)
    | (?P<number>[0-9]+)
    | (?P<operator>\.\.|[-+*/?^~|<>=!])
    | (?P<stop>\.)
    | (?P<stray>["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[^\x00-\x7f])
      # a quotation mark without its partner, a backslash or a control character outside of a text, and a letter that
      # no rule is written in, and over which clingo's messages fall
    """,
    re.VERBOSE,
)
_COMMENT_SIGN = re.compile(r"%\*|\*%|%")
_NO_LINE_BREAK = re.compile(r"[^\n]")


def find_forbidden_syntax(
    text: str,
    display_path: str,
    first_line: int = 1,
    *,
    allowed_directives: frozenset[str] = frozenset(),
    container: str = "a knowledge base",
) -> list[Problem]:
    """What may not stand outside of texts and comments.

    Directives except `allowed_directives`, script functions and theory atoms (K105). A text or comment without an end,
    characters that no rule has, a comment that clingo would end elsewhere, and what is nested too deeply for clingo or
    too long a number (K501). `container` names what the text is, in messages.
    """
    problems: list[Problem] = []

    def problem(code: str, message: str, start: int, help_: str = "") -> Problem:
        line, column = text.count("\n", 0, start) + first_line, start - text.rfind("\n", 0, start)
        return Problem(code, message, line, column, display_path, help_)

    if "\0" in text:  # clingo would read no further
        return [problem("K501", "a null character", text.index("\0"))]
    depth = operators = 0
    for kind, found, start in _lexemes(text):
        if len(problems) >= _MAX_PROBLEMS:
            break
        if kind == "unended":
            return [*problems, problem("K501", "a comment without its end `*%`", start)]
        if kind == "ambiguous":
            help_ = "begin each line of the comment with `%` instead"
            return [*problems, problem("K501", "a `%` in a block comment", start, help_)]
        if kind == "stray":
            help_ = "a text ends in its line; all else is ASCII"
            shown = found if found.isprintable() else ascii(found)[1:-1]
            return [*problems, problem("K501", f"`{shown}` out of place", start, help_)]
        if kind == "forbidden" and found not in _HARMLESS_BUILT_INS | allowed_directives:
            word = " ".join(found.split())
            problems.append(problem("K105", f"`{word}` may not stand in {container}", start, RULES_ONLY_HELP))
        depth += (kind == "open") - (kind == "close")
        operators = 0 if kind == "stop" else operators + (kind == "operator")
        if depth > MAX_NESTING or operators > MAX_OPERATORS:
            help_ = f"at most {MAX_NESTING} brackets within brackets, and {MAX_OPERATORS} operators in a rule"
            return [*problems, problem("K501", "a rule is nested too deeply", start, help_)]
        if kind == "number" and (len(found) > _MAX_DIGITS or int(found) > _MAX_NUMBER):
            problems.append(problem("K501", f"`{found[:20]}` is too long a number", start))
    return problems


def without_comments(text: str) -> str:
    """A text in which `find_forbidden_syntax` finds nothing, with its comments blank. No line and no column moves."""
    return _blank_comments(text, "%")


def without_block_comments(text: str) -> str:
    """The same, with the comments that end with their line left in place."""
    return _blank_comments(text, "%*") if "%*" in text else text


def _blank_comments(text: str, beginning: str) -> str:
    parts = []
    at = 0
    for kind, found, start in _lexemes(text):
        if kind == "comment" and found.startswith(beginning):
            parts += [text[at:start], _NO_LINE_BREAK.sub(" ", found)]
            at = start + len(found)
    return "".join([*parts, text[at:]])


def _lexemes(text: str) -> Iterator[tuple[str, str, int]]:
    """The kind, the text and the place of each lexeme that matters. A comment is one lexeme, whatever is in it."""
    at = 0
    while match := _LEXEME.search(text, at):
        kind, found, start, at = str(match.lastgroup), match.group(), match.start(), match.end()
        if found == "%*":
            end, odd = _block_comment(text, at)
            if odd >= 0 or end < 0:
                yield ("ambiguous", "%", odd) if odd >= 0 else ("unended", found, start)
                return
            found, at = text[start:end], end
        yield kind, found, start


def _block_comment(text: str, at: int) -> tuple[int, int]:
    """Where a block comment ends, and where in it stands a `%` that hides the rest of its line from clingo; or -1."""
    depth = 1
    while depth:
        sign = _COMMENT_SIGN.search(text, at)
        if sign is None:
            return -1, -1
        if sign.group() == "%":
            return -1, sign.start()
        depth += 1 if sign.group() == "%*" else -1
        at = sign.end()
    return at, -1
