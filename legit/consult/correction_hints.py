"""What was not understood, said so that one repair is enough."""

from __future__ import annotations

import re
from collections.abc import Iterator

from legit.consult.paging import Line
from legit.consult.reason_lines import QUOTATION
from legit.consult.token_budget import cut
from legit.errors import Problem

_FEW = 3
_STILL = ", and may change this, even to a stop; the others are kept, only these need other words"
_NOT_ON_RECORD = "The decision could not be put on record, so none is given. Answer without it."
_IN_SENTENCE = re.compile(r" in `.*\Z")
_ALL_VALUES = re.compile(r", … \(all: .*\)\Z")


def repairs(problems: tuple[Problem, ...], text: str, *, judged: bool) -> Iterator[Line]:
    """The lines on the problems of a text; `judged` tells whether there is a verdict without what they are about."""
    if any(problem.code.startswith("R") for problem in problems):
        yield Line(_NOT_ON_RECORD, 0)
        problems = tuple(problem for problem in problems if not problem.code.startswith("R"))
    clashing = [problem for problem in problems if problem.code.startswith("C2")]
    unread = [problem for problem in problems if problem not in clashing]
    if unread:
        still = (
            ", and may change this, even to a stop; the others are kept, only these need other words" if judged else ""
        )
        yield Line(f"Not understood ({len(unread)}){still}:", 0)
    sentences = text.splitlines()
    for problem in unread:
        sentence = cut(sentences[problem.line - 1], QUOTATION) if problem.line else ""
        yield Line(f"- {_repair(problem, sentence, nearest=2 if len(unread) < _FEW else 1)}", 1)
    if clashing:
        yield Line(f"Contradictions ({len(clashing)}), both sides left open:", 1)
    yield from (Line(f"- {cut(problem.message, 60)}", 1) for problem in clashing)


def _repair(problem: Problem, sentence: str, nearest: int) -> str:
    """What was not understood and what would have been; advice to look at a command line is of no use to a model."""
    message = cut(_IN_SENTENCE.sub("", problem.message), 24)
    parts = [f"“{sentence}”"] if sentence else []
    # Where the whole sentence is at fault, it has been quoted already.
    parts += ["not understood"] if sentence and message.startswith(f"`{sentence[:8]}") else [message]
    choices = _ALL_VALUES.sub(", …", problem.help)
    if choices != problem.help or not problem.nearest:
        parts += [choices] if choices and "`legit " not in choices else []
    else:
        parts.append(f"nearest: {' | '.join(problem.nearest[:nearest])}")
    return "; ".join(parts)
