"""The example of Gemini's API in the docs reads what the API sends when it blocks: a candidate without a text, or none."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "frameworks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
FIRST = 'candidate({"text": refusal}), '


@pytest.mark.parametrize(
    "body",
    [
        {"candidates": [{"finishReason": "SAFETY", "safetyRatings": []}]},
        {"candidates": [{"content": {"role": "model"}, "finishReason": "SAFETY"}]},
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
    ],
    ids=["no content", "no parts", "no candidate"],
)
def test_a_blocked_answer_is_a_refusal(body: dict[str, Any]) -> None:
    (gemini,) = [block for block in BLOCKS if "def candidate(part)" in block]
    assert FIRST in gemini
    before = BLOCKS[: BLOCKS.index(gemini)]
    namespace: dict[str, Any] = {"body": body}
    for block in (*before, gemini.replace(FIRST, "body, ")):
        exec(compile(block, "frameworks.md", "exec"), namespace)
    assert namespace["keeper"].turn.consulted
