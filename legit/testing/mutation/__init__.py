"""Change one thing in a knowledge base, and see whether its examples and precedents notice.

`mutants` makes the changed bases, `Trial` tries the checks of the base on them, `otherwise` looks through all cases for
one that a mutant judges otherwise. `python -m legit.testing.mutation` tells which changes nobody notices;
`docs/testing.md` says how to read them.
"""

from legit.testing.mutation.equivalence import otherwise
from legit.testing.mutation.mutants import Mutant, mutants
from legit.testing.mutation.runner import Result, Trial

__all__ = ["Mutant", "Result", "Trial", "mutants", "otherwise"]
