"""Checks a built wheel and source distribution: what is in them, and what an index will show.

python tests/support/check_distributions.py FOLDER
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path


def main(folder: Path) -> None:
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False).stdout.split("\n")
    missing = sorted({name for name in tracked if name and Path(name).exists()} - names)
    assert not missing, f"the source distribution lacks {missing}"
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
        files = set(archive.namelist())
    relative = re.findall(r"\]\((?!https?://|#)[^)]*\)", text)
    assert not relative, f"these links break on an index: {relative}"
    assert "Project-URL: Repository" in text
    assert {"legit/integrations/mcp.py", "legit/schemas/assessment.schema.json", "legit/py.typed"} <= files


if __name__ == "__main__":
    main(Path(sys.argv[1]))
