"""Fuzzing: every reader of outside input gets arbitrary input. A reader must understand the input or refuse it, and
must not fail in another way.

python -m legit.testing.fuzz TARGET --seconds N      # guided by coverage; needs legit-rules[fuzz]
python -m legit.testing.fuzz TARGET --mutations N    # seeded mutations alone: the same ones each time
"""

from legit.testing.fuzz.runner import FuzzFailure, corpus, failures, fuzz_inputs, targets
from legit.testing.fuzz.target import Target, TargetViolationError

__all__ = ["FuzzFailure", "Target", "TargetViolationError", "corpus", "failures", "fuzz_inputs", "targets"]
