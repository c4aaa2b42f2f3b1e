"""The rules of a knowledge base as data: parsed, checked, and never executed here."""
