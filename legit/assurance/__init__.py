"""Checks of a knowledge base: lint, examples, coverage, properties over all cases, impact of a change."""
