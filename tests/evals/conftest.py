"""The consultant that evaluations consult."""

from __future__ import annotations

import pytest

from legit.consult import Consultant
from legit.judge import Judge


@pytest.fixture(scope="module")
def consultant(judge: Judge) -> Consultant:
    return Consultant(base=judge.base)
