"""Change one thing in a knowledge base, and see whether its examples and precedents notice.

`mutants` makes the changed bases. `runner` tries the checks of the base on each mutant. `equivalence` searches all
cases for one that a mutant decides differently. `python -m legit.testing.mutation` prints the changes that no check
notices. `docs/testing.md` says what to do with them.
"""

from legit.testing.mutation.equivalence import distinguishing_case
from legit.testing.mutation.mutants import Mutant, generate_mutants
from legit.testing.mutation.runner import MutantResult, MutationRunner

__all__ = ["Mutant", "MutantResult", "MutationRunner", "distinguishing_case", "generate_mutants"]
