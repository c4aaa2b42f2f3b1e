"""The title by which people recognise a decision: that of its case, or else its first sentences."""

from __future__ import annotations

import re

from legit.decision_log.entries import Decision
from legit.decision_log.redaction import has_placeholder, restore

_QUOTED = re.compile('["“](.*)["”]')
_MAX_SENTENCES = 3


def decision_title(decision: Decision, texts: dict[str, str]) -> str:
    """The title of a case with the `texts` put in, or its first sentences in which no text is missing."""
    lines = [restore(line, texts) for line in decision.case.removesuffix("\n").split("\n")]
    before = max(0, len(lines) - len(decision.line_numbers))  # a heading is no sentence
    quoted = _QUOTED.search(lines[0]) if before else None
    if quoted and not has_placeholder(lines[0]):
        return quoted[1].replace('""', '"')
    return " ".join([line for line in lines[before:] if not has_placeholder(line)][:_MAX_SENTENCES])
