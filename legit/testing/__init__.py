"""Test a knowledge base: strategies of cases, laws, an independent oracle. Needs the extra `testing`.

from legit.testing import strategies
"""
