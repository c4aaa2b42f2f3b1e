"""The cache on disk leaves alone what is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from legit import cache


def test_files_of_others_in_the_folder_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path))
    theirs = [tmp_path / f"doc{number}.txt" for number in range(60)]
    for path in theirs:
        path.write_text("mine", encoding="utf-8")
    for number in range(50):
        cache.write("entry", str(number), [number])
    assert all(path.exists() for path in theirs)
    assert len(list(tmp_path.iterdir())) <= 60 + 40
    assert cache.read("entry", "49") == [49]
