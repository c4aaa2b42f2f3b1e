"""Fuzz the readers of outside input: `python -m legit.testing.fuzz TARGET --seconds N`.

Prints each failure, the time, and the number of inputs. Inputs that fail are written to the folder of `--findings`. The
exit status is 1 when an input failed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path

from legit.errors import MissingExtraError
from legit.judge import cached_judge
from legit.testing.fuzz.guided import HANG_SECONDS, fuzz
from legit.testing.fuzz.runner import corpus, failures, fuzz_inputs, targets


def main() -> int:
    os.environ["LEGIT_CACHE"] = ""  # thousands of bases that nobody will load again
    known = targets(cached_judge())
    parser = argparse.ArgumentParser(prog="python -m legit.testing.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", choices=known, metavar="TARGET", help=", ".join(known))
    parser.add_argument("--seconds", type=int, default=300, metavar="N", help="how long (default: %(default)s)")
    parser.add_argument("--mutations", type=int, metavar="N", help="so many seeded mutations, not guided by coverage")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default: %(default)s)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="files to begin with, in a folder for each target")
    parser.add_argument(
        "--findings", type=Path, default=Path("findings"), metavar="DIR",
        help=f"where to write what breaks a target or takes over {HANG_SECONDS} seconds (default: %(default)s)",
    )  # fmt: skip
    options = parser.parse_args()
    target = known[options.target]
    if options.mutations is None:
        try:
            fuzz(target, options.seconds, options.corpus, options.findings, options.seed)
        except MissingExtraError as error:
            print(error, file=sys.stderr)
            return 2
    begin = time.monotonic()
    given = list(fuzz_inputs(target, corpus(target, options.corpus), options.mutations, options.seed))
    found = 0
    for item in failures(target, given):
        found += 1
        options.findings.mkdir(parents=True, exist_ok=True)
        file = options.findings / f"{target.name}-{hashlib.sha256(item.data).hexdigest()[:12]}"
        file.write_bytes(item.data)
        print(f"broken by {file}:\n{item.trace}", flush=True)
    print(f"{target.name}: {time.monotonic() - begin:.0f} s, {len(given)} executions, {found} kinds of findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
