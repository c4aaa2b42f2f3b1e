"""Names of a case that look alike and count as different."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from legit._util.lookalikes import lookalikes
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Fact, fold_text

MAX_LOOKALIKES = 3
"""The most pairs that are told of one case."""


def lookalike_names(vocabulary: Vocabulary, facts: Iterable[Fact]) -> tuple[tuple[str, str], ...]:
    """The first pairs of quoted names, or references of sources, that look alike and are not the same, as written."""
    written = {fold_text(text): text for fact in facts for text in _names(vocabulary, fact)}
    return tuple((written[one], written[other]) for one, other in islice(lookalikes(written), MAX_LOOKALIKES))


def _names(vocabulary: Vocabulary, fact: Fact) -> Iterator[str]:
    """The quoted names and the reference of a fact, each of which is compared with others."""
    for item, value in zip(vocabulary.predicates[fact.predicate].args, fact.args, strict=True):
        if item.type == "name":
            yield str(value)
    if fact.speaker.reference:
        yield fact.speaker.reference
