"""Finds syntax that may not stand in rules, before clingo parses the text.

So loading a knowledge base opens no other file and runs nothing, wherever on a line a directive stands.
"""

from __future__ import annotations

import re

from legit.errors import Problem

_MAX_PROBLEMS = 20
RULES_ONLY_HELP = "use plain rules and choices only"
_HARMLESS_BUILT_INS = frozenset({"#true", "#false", "#inf", "#sup", "#count", "#sum", "#min", "#max"})
_LEXEME = re.compile(
    r"""
      "(?:\\["n\\]|[^"\\\n])*"  # a text, just as clingo reads it
    | ["\\]                 # a quotation mark without its partner, or a backslash outside of a text
    | [^\x00-\x7f]          # a letter that no rule is written in, and over which clingo's messages fall
    | %\*                    # the start of a comment, which may hold others
    | %[^\n]*                # a comment to the end of the line
    | \#\s*\w*               # a directive, or a built-in name
    | @\s*\w*                # a function of a script
    | &\s*\w*                # a theory atom
    """,
    re.VERBOSE,
)
_COMMENT_DELIMITER = re.compile(r"%\*|\*%")


def find_forbidden_syntax(
    text: str,
    display_path: str,
    first_line: int = 1,
    *,
    allowed_directives: frozenset[str] = frozenset(),
    container: str = "a knowledge base",
) -> list[Problem]:
    """Directives (except `allowed`), script functions and theory atoms outside of texts and comments (K105).

    K501 for a text or comment without an end, and for characters that no rule has. `where` names the text in messages.
    """
    problems: list[Problem] = []

    def problem(code: str, message: str, start: int, help_: str = "") -> Problem:
        line, column = text.count("\n", 0, start) + first_line, start - text.rfind("\n", 0, start)
        return Problem(code, message, line, column, display_path, help_)

    at = 0
    while len(problems) < _MAX_PROBLEMS and (match := _LEXEME.search(text, at)):
        found, start, at = match.group(), match.start(), match.end()
        if found == "%*":
            at = _end_of_comment(text, at)
            if at < 0:
                return [*problems, problem("K501", "a comment without its end `*%`", start)]
        elif found in '"\\' or (not found.isascii() and found[0] not in '%"'):
            help_ = "a text ends in its line; all else is ASCII"
            return [*problems, problem("K501", f"`{found}` out of place", start, help_)]
        elif found[0] in "#@&" and found not in _HARMLESS_BUILT_INS | allowed_directives:
            word = " ".join(found.split())
            problems.append(problem("K105", f"`{word}` may not stand in {container}", start, RULES_ONLY_HELP))
    return problems


def _end_of_comment(text: str, at: int) -> int:
    depth = 1
    while depth:
        bracket = _COMMENT_DELIMITER.search(text, at)
        if bracket is None:
            return -1
        depth += 1 if bracket.group() == "%*" else -1
        at = bracket.end()
    return at
