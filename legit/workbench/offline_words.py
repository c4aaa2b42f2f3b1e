"""The words with which a browser writes a case and its decision without a service."""

from __future__ import annotations

from typing import Any

from legit.judge import Judge
from legit.knowledge.vocabulary import Template
from legit.workbench.answer_view import Href

_NOT_FOR_DECISIONS = ("consult_", "otherwise_", "balance_", "turn_", "means_", "alone_")
"""The phrases of a base that no decision without an explanation shows begin with these."""


def offline_words(judge: Judge, href: Href = lambda _: "") -> dict[str, Any]:
    """The sentence forms, the phrases of values, and what the base says of verdicts, actions and criteria.

    `href` gives the page of an entry.
    """
    base, lexicon = judge.base, judge.base.vocabulary.lexicon
    phrases = {key: text for key, text in base.phrases.items() if not key.startswith(_NOT_FOR_DECISIONS)}
    return {
        "sentences": {
            name: [_template(predicate.affirmative_forms[0]), _template(predicate.denial_form)]
            for name, predicate in base.vocabulary.predicates.items()
        },
        "values": {
            type_name: {value: item.phrase for value, item in kind.values.items()}
            for type_name, kind in base.vocabulary.types.items()
        },
        "unknown": lexicon.phrases["unknown"][0],
        "units": _units(lexicon.units),
        "phrases": phrases,
        "consequences": base.manifest.consequences,
        "scopes": base.manifest.scopes,
        "criteria": {
            name: [item.title, item.statement, href(("criterion", name))] for name, item in base.criteria.items()
        },
    }


def _template(template: Template) -> list[str | int]:
    return list(template.segments)


def _units(units: dict[str, int]) -> list[tuple[int, str, str]]:
    """Each unit of time in hours, the largest first, with its word for one and for several."""
    words: dict[int, list[str]] = {}
    for word, hours in units.items():
        if hours:
            words.setdefault(hours, []).append(word)
    return [(hours, min(of, key=len), max(of, key=len)) for hours, of in sorted(words.items(), reverse=True)]
