"""How many decided matters one step of one degree turns, and how many one evaluative sentence turns.

Run: python benchmarks/sensitivity.py [--list]

The same as `legit kb sensitivity` over the precedents of the shipped base and the described cases of `tests/data`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from legit.cli.main import main

DATA = Path(__file__).parents[1] / "tests" / "data"

if __name__ == "__main__":
    sys.exit(main(["kb", "sensitivity", str(DATA), *sys.argv[1:]]))
