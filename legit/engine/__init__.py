"""Decides cases: grounds the rules of a base, encodes a case, and computes its cautious and brave consequences."""
