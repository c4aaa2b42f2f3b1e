"""Queries over decided cases: sentences with wildcards, or an answer-set program in a sandbox."""
