"""Makes the description of the distribution: README.md with absolute links, since an index shows it alone."""

import re
import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent


def description() -> str:
    """README.md with each link to a file of the repository made absolute, by the address in `[project.urls]`."""
    address = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
    text = (ROOT / "README.md").read_text("utf-8")
    return re.sub(r"\]\((?!\w+:|#)([^)\s]+)\)", rf"]({address}/\1)", text)


setup(long_description=description(), long_description_content_type="text/markdown")
