"""`python -m legit` is the command line."""

import sys

from legit.cli import main

sys.exit(main())
