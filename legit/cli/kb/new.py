"""The command that begins a knowledge base: `kb new`."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.terminal_escape import printable
from legit.cli.common import DONE, EXIT_STATUS_HELP, Subparsers, UsageError


def register(kb: Subparsers) -> None:
    """Add the command of this module to those of `kb`."""
    help_ = "write a small base that extends the shipped one, for an author to begin with"
    new = kb.add_parser(
        "new", help=help_, description=f"{help_[0].upper()}{help_[1:]}.", epilog=EXIT_STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    new.set_defaults(run=_kb_new)
    new.add_argument("name", metavar="NAME", help="what the base is called")
    new.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="where to write it (default: NAME)")


def _kb_new(options: argparse.Namespace) -> int:
    from legit.assurance.scaffold import ScaffoldError, new_base

    folder = options.folder or Path(options.name)
    try:
        written = new_base(options.name, folder)
    except ScaffoldError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"cannot write `{folder}`: {(error.strerror or 'unknown reason').lower()}") from error
    for path in written:
        print(printable(str(path)))
    print(printable(f"\nnow: legit kb check --kb {folder}; legit kb test --kb {folder} --min-coverage 100"))
    return DONE
