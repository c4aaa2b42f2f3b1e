"""Change one thing in a knowledge base, and see whether its examples and precedents notice.

`mutants` makes the changed bases, `Trial` tries the checks of the base on them, `otherwise` looks through all cases for
one that a mutant decides differently. `python -m legit.testing.mutation` tells which changes nobody notices;
`docs/testing.md` says how to read them.
"""

from legit.testing.mutation.equivalence import distinguishing_case
from legit.testing.mutation.mutants import Mutant, generate_mutants
from legit.testing.mutation.runner import MutantResult, MutationRunner

__all__ = ["Mutant", "MutantResult", "MutationRunner", "distinguishing_case", "generate_mutants"]
