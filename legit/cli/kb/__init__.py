"""The commands about a knowledge base: one module a command."""

from legit.cli.kb.catalogue import register

__all__ = ["register"]
