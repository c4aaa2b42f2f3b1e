"""A second, naive evaluator of a knowledge base, to check the engine against.

It shares no code with the engine's way to an answer: it parses the same rules, but grounds them, completes the open
facts and reads the answer by itself, one completion after another. `python -m legit.testing.oracle` compares the two on
generated cases.
"""

from legit.testing.oracle.answer import Oracle, OracleAnswer
from legit.testing.oracle.comparison import disagreements

__all__ = ["Oracle", "OracleAnswer", "disagreements"]
