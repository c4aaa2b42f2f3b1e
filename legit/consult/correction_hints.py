"""The lines on sentences that were not understood, each with the nearest sentences, so that one correction is
enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from legit.consult.paging import Line
from legit.consult.reason_lines import QUOTATION_TOKENS
from legit.consult.token_budget import truncate
from legit.errors import Problem
from legit.language.tokenizer import split_lines
from legit.messages import message

_MANY = 3
_IN_SENTENCE = re.compile(r" \w+ `[^`]*`?\Z")
_QUOTES_SENTENCE = frozenset({"L104", "L107", "L110"})
"""The problems whose message ends in the sentence that they are about."""
_ALL_VALUES = re.compile(r", … \(\w+: legit vocabulary .*\)\Z")


def correction_lines(problems: tuple[Problem, ...], text: str, *, has_verdict: bool) -> Iterator[Line]:
    """The lines on the problems of a text. `has_verdict` says whether the other sentences have a verdict."""
    if any(problem.code.startswith("R") for problem in problems):
        yield Line(message("consult.not_on_record"), 0)
        problems = tuple(problem for problem in problems if not problem.code.startswith("R"))
    clashing = [problem for problem in problems if problem.code.startswith("C2")]
    unread = [problem for problem in problems if problem not in clashing]
    if unread:
        when = "beside_verdict" if has_verdict else "alone"
        yield Line(message(f"consult.not_understood_{when}", count=len(unread)), 0)
    sentences = split_lines(text)
    for problem in unread:
        sentence = truncate(sentences[problem.line - 1], QUOTATION_TOKENS) if problem.line else ""
        yield Line(f"- {_correction(problem, sentence, nearest=2 if len(unread) < _MANY else 1)}", 1)
    if clashing:
        yield Line(message("consult.contradictions", count=len(clashing)), 1)
    yield from (Line(f"- {truncate(problem.message, 60)}", 1) for problem in clashing)


def _correction(problem: Problem, sentence: str, nearest: int) -> str:
    """The part that was not understood, and the nearest sentences. Hints to commands are left out: a model cannot run
    them."""
    fault = _IN_SENTENCE.sub("", problem.message) if problem.code in _QUOTES_SENTENCE else problem.message
    fault = truncate(fault, 24)
    parts = [f"“{sentence}”"] if sentence else []
    # When the whole sentence is wrong, it is quoted already.
    whole_sentence = sentence and fault.startswith(f"`{sentence[:8]}")
    parts.append(message("consult.sentence_not_understood") if whole_sentence else fault)
    choices = _ALL_VALUES.sub(", …", problem.help)
    if choices != problem.help or not problem.nearest:
        parts += [choices] if choices and "`legit " not in choices else []
    else:
        parts.append(message("consult.nearest", sentences=" | ".join(problem.nearest[:nearest])))
    return "; ".join(parts)
