"""Glosses: the English clauses for atoms that rules derive."""

from __future__ import annotations

import re
from dataclasses import dataclass

from legit.errors import Problem

_ATOM = re.compile(r"([a-z][a-z0-9_]*)(?:\(([a-z][a-z0-9_]*(?:,[a-z][a-z0-9_]*)*)\))?\Z")
_SLOT = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class GlossTemplate:
    """The gloss of a predicate: `clause` has the names of its `args` in braces."""

    predicate: str
    args: tuple[str, ...]
    clause: str

    @classmethod
    def parse(cls, atom: str, clause: str) -> GlossTemplate | None:
        """The gloss of one entry; None when it is not an atom and a clause over its arguments."""
        match = _ATOM.match(atom)
        if match is None:
            return None
        args = tuple(match.group(2).split(",")) if match.group(2) else ()
        if not set(_SLOT.findall(clause)) <= set(args):
            return None
        return cls(match.group(1), args, clause)

    def format(self, words: tuple[str, ...]) -> str:
        """The clause with the words of each argument in its place."""
        by_name = dict(zip(self.args, words, strict=True))
        return _SLOT.sub(lambda match: by_name[match.group(1)], self.clause)


def parse_glosses(entries: dict[str, str], source: str) -> tuple[dict[str, GlossTemplate], list[Problem]]:
    """The glosses of one file by predicate, and the problems of the others (K208)."""
    found: dict[str, GlossTemplate] = {}
    problems = []
    for atom, clause in entries.items():
        saying = GlossTemplate.parse(atom, clause)
        if saying is None:
            help_ = "write `predicate(argument)`, and each argument in braces in the clause"
            problems.append(Problem("K208", f"`{atom}` cannot be said as `{clause}`", source=source, help=help_))
        else:
            found[saying.predicate] = saying
    return found, problems
