"""The command line `legit`: one module a command, a package for each group of commands.

A module registers its command with its options, and imports what the command needs only when it runs, so that
`legit --help` stays fast.
"""

from legit.cli.main import command_of_other_distribution as cli
from legit.cli.main import main

__all__ = ["cli", "main"]
