"""Test a knowledge base: strategies of cases, invariants, an independent oracle. Needs the extra `testing`.

from legit.testing import strategies
"""
