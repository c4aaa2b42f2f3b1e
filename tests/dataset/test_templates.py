"""Templates: alternatives and slots in braces."""

from __future__ import annotations

import pytest

from legit.dataset.templates import fill
from legit.errors import DatasetError


@pytest.mark.parametrize(
    ("template", "place", "text", "pattern"),
    [
        ("plain", 0, "plain", "plain"),
        ("{a|b} c", 0, "a c", "a c"),
        ("{a|b} c", 1, "b c", "b c"),
        ("{They} {said so|{they} did}.", 1, "The bank the bank did.", "{They} {they} did."),
        ("end{.|, yes.}", 1, "end, yes.", "end, yes."),
        ("{a|}b", 1, "b", "b"),
        ("{0c} x", 0, "Seven x", "{0c} x"),
    ],
)
def test_a_template_is_filled(template: str, place: int, text: str, pattern: str) -> None:
    found = fill(template, lambda count: min(place, count - 1), {"they": "the bank", "0": lambda: "seven"})
    assert (found.text, found.pattern) == (text, pattern)


@pytest.mark.parametrize(("template", "code"), [("{a", "D022"), ("a}", "D022"), ("a|b", "D022"), ("{gone}", "D023")])
def test_what_is_no_template_is_refused(template: str, code: str) -> None:
    with pytest.raises(DatasetError) as caught:
        fill(template, lambda count: 0, {})
    assert caught.value.problems[0].code == code
