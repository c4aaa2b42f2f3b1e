"""The tables of the predicates between rules and engine, in the documentation of authors.

`python -m legit.knowledge.protocol_docs docs/authors.md` writes them there again.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from legit.knowledge.protocol import GIVEN, HEADS, PROPERTY_PREDICATES

_TABLES = {"heads": HEADS, "data": GIVEN, "properties": PROPERTY_PREDICATES}


def docs_table(name: str) -> str:
    """A table of the documentation in Markdown: `heads`, `data` or `properties`."""
    rows = [
        f"| `{item.name}({','.join(item.arguments)})` | {item.meaning} | {item.comes_from} |" for item in _TABLES[name]
    ]
    return "\n".join(["| predicate | meaning | comes from |", "|---|---|---|", *rows])


def with_tables(page: str) -> str:
    """A page of the documentation with its tables of the protocol written again.

    Each stands between `<!-- protocol: NAME -->` and `<!-- end of protocol -->`.
    """
    return re.sub(
        r"(<!-- protocol: (\w+) -->\n).*?(<!-- end of protocol -->)",
        lambda match: f"{match[1]}\n{docs_table(match[2])}\n\n{match[3]}",
        page,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    for _path in map(Path, sys.argv[1:]):
        _path.write_text(with_tables(_path.read_text(encoding="utf-8")), encoding="utf-8")
