"""The cache on disk leaves alone what is not its own, and reads nothing that is stale, foreign or damaged."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from lark import Lark

from legit._util import disk_cache
from legit.judge import Judge
from legit.language.grammar import Grammar
from legit.language.lark_adapter import GrammarConflictError, LalrParser
from legit.language.reader import Reader


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chosen = tmp_path / "cache"
    monkeypatch.setenv("LEGIT_CACHE", str(chosen))
    return chosen


def test_files_of_others_in_the_folder_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path))
    theirs = [tmp_path / f"doc{number}.txt" for number in range(60)]
    for path in theirs:
        path.write_text("mine", encoding="utf-8")
    for number in range(50):
        disk_cache.write("entry", str(number), [number])
    assert all(path.exists() for path in theirs)
    assert len(list(tmp_path.iterdir())) <= 60 + 40
    assert disk_cache.read("entry", "49") == [49]


def test_an_entry_is_read_back_and_no_other_key_reads_it(folder: Path) -> None:
    disk_cache.write("entry", "one", [1])
    assert disk_cache.read("entry", "one") == [1]
    assert disk_cache.read("entry", "two") is None


@pytest.mark.parametrize("part", ["clingo", "source"])
def test_another_clingo_or_another_source_reads_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, part: str, tmp_path: Path
) -> None:
    disk_cache.write("entry", "key", [1])
    if part == "clingo":
        monkeypatch.setattr("importlib.metadata.version", lambda name: {"clingo": "5.9.9"}[name])
    else:
        package = tmp_path / "package"
        package.mkdir()
        (package / "engine.py").write_text("ANSWER = 42\n", encoding="utf-8")
        monkeypatch.setattr(disk_cache, "__file__", str(package / "_util" / "disk_cache.py"))
    disk_cache.engine_fingerprint.cache_clear()
    try:
        assert disk_cache.read("entry", "key") is None
    finally:
        monkeypatch.undo()
        disk_cache.engine_fingerprint.cache_clear()


def test_an_entry_under_the_name_of_another_is_not_taken_for_it(folder: Path) -> None:
    disk_cache.write("entry", "one", [1])
    (one,) = folder.iterdir()
    disk_cache.write("entry", "two", [2])
    (two,) = set(folder.iterdir()) - {one}
    two.write_bytes(one.read_bytes())
    assert disk_cache.read("entry", "two") is None


@pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * 64, hashlib.sha256(b"junk").digest() + b"junk"])
def test_a_damaged_entry_is_made_anew(folder: Path, data: bytes) -> None:
    disk_cache.write("entry", "key", [1])
    (entry,) = folder.iterdir()
    entry.write_bytes(data)
    assert disk_cache.cached("entry", "key", lambda: [3]) == [3]
    assert disk_cache.read("entry", "key") == [3]


def test_an_entry_of_the_wrong_shape_is_made_anew(folder: Path) -> None:
    disk_cache.write("entry", "key", "a text")
    assert disk_cache.cached("entry", "key", lambda: [3], lambda value: isinstance(value, list)) == [3]
    assert disk_cache.read("entry", "key") == [3]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")
def test_an_entry_that_others_may_write_or_own_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk_cache.write("entry", "key", [1])
    (entry,) = folder.iterdir()
    entry.chmod(0o666)
    assert disk_cache.read("entry", "key") is None
    entry.chmod(0o600)
    assert disk_cache.read("entry", "key") == [1]
    monkeypatch.setattr(os, "geteuid", lambda: entry.stat().st_uid + 1)
    assert disk_cache.read("entry", "key") is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")
@pytest.mark.parametrize("through", ["link", "link/below"])
def test_no_folder_is_made_through_the_link_of_another_user(
    through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(elsewhere)
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path / through / "legit"))
    theirs = os.geteuid() + 1
    lstat = Path.lstat

    def owned(path: Path) -> os.stat_result:
        found = lstat(path)
        return os.stat_result((*found[:4], theirs, *found[5:])) if path == tmp_path / "link" else found

    with monkeypatch.context() as patched:
        patched.setattr(Path, "lstat", owned)
        disk_cache.write("entry", "key", [1])
    assert list(elsewhere.iterdir()) == []
    disk_cache.write("entry", "key", [1])  # a link of one's own, or of the administrator
    assert disk_cache.read("entry", "key") == [1]


def test_a_link_in_place_of_an_entry_is_not_followed(folder: Path, tmp_path: Path) -> None:
    disk_cache.write("entry", "key", [1])
    (entry,) = folder.iterdir()
    elsewhere = tmp_path / "elsewhere"
    entry.rename(elsewhere)
    entry.symlink_to(elsewhere)
    assert disk_cache.read("entry", "key") is None


def test_the_tables_of_the_parser_are_made_once(judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path))
    made = []
    make = Lark.__init__

    def counted(self: Lark, *args: object, **options: object) -> None:
        made.append(self)
        make(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Lark, "__init__", counted)
    text = (
        'Case "x".\nThe authority is a club. The user is not a tenant. [record "p. 3"]\nThe rule is 3 years old.\nFlub.'
    )
    results = [Reader(Grammar(judge.base.vocabulary)).parse(text, strict=False) for _ in range(3)]
    assert len(made) == 1
    assert results == [judge.reader.parse(text, strict=False)] * 3
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(entry.read_bytes()[:-1])
    assert Reader(Grammar(judge.base.vocabulary)).parse(text, strict=False) == results[0]
    assert len(made) == 2


def test_a_grammar_that_is_none_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path))
    for _ in range(2):
        with pytest.raises(GrammarConflictError):
            LalrParser("statement: A | a\na: A\nheading: A\n%declare A", ("statement", "heading"))
    assert list(tmp_path.iterdir()) == []


def _made(folder: Path) -> Path:
    disk_cache.write("entry", "key", [1])
    (entry,) = folder.iterdir()
    assert disk_cache.read("entry", "key") == [1]
    return entry


owners = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")


@owners
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_a_folder_that_others_may_write_is_not_used(folder: Path, mode: int) -> None:
    _made(folder)
    folder.chmod(mode)
    assert disk_cache.read("entry", "key") is None
    disk_cache.write("entry", "other", [2])
    assert len(list(folder.iterdir())) == 1


@owners
@pytest.mark.parametrize(("mode", "used"), [(0o777, False), (0o770, False), (0o1777, True), (0o755, True)])
def test_a_folder_above_that_others_may_write_needs_the_sticky_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, used: bool
) -> None:
    above = tmp_path / "above"
    monkeypatch.setenv("LEGIT_CACHE", str(above / "cache"))
    _made(above / "cache")
    above.chmod(mode)
    assert (disk_cache.read("entry", "key") == [1]) is used


@owners
@pytest.mark.parametrize("foreign", ["folder", "above", "entry"])
def test_a_folder_or_entry_of_another_user_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: str
) -> None:
    """As with `sudo -E`: the administrator runs with the home of a user."""
    if os.geteuid() != 0:
        pytest.skip("only the administrator can give files away")
    above = tmp_path / "home"
    monkeypatch.setenv("LEGIT_CACHE", str(above / "cache"))
    entry = _made(above / "cache")
    os.chown({"folder": above / "cache", "above": above, "entry": entry}[foreign], 54321, -1)
    assert disk_cache.read("entry", "key") is None


@owners
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_entry_that_is_exchanged_while_it_is_read_is_not_read_twice(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Whatever is put in the place of the entry around the one opening, what is checked is what is read."""
    entry = _made(folder)
    forged = tmp_path / "forged"
    body = json.dumps([entry.name, ["forged"]]).encode()
    forged.write_bytes(hashlib.sha256(body).digest() + body)
    forged.chmod(0o666)  # as a file of another user: the check of the open file has to see it
    real = os.open

    def opened(path: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is None:
            return real(path, flags, mode)
        if when == "before":
            forged.replace(entry)
        handle = real(path, flags, mode, dir_fd=dir_fd)
        if when == "after":
            forged.replace(entry)
        return handle

    monkeypatch.setattr(os, "open", opened)
    assert disk_cache.read("entry", "key") == (None if when == "before" else [1])


@owners
def test_a_pipe_in_place_of_an_entry_is_not_waited_for(folder: Path) -> None:
    entry = _made(folder)
    entry.unlink()
    os.mkfifo(entry)
    assert disk_cache.read("entry", "key") is None


def test_nothing_that_is_kept_can_run(judge: Judge, folder: Path) -> None:
    """Each entry that an assessment writes is JSON, a format without code."""
    Judge().assess("The authority is a bank.\nBreaking the rule harms nobody.\n")
    kinds = {entry.name.partition("-")[0] for entry in folder.iterdir()}
    assert {"program", "passes", "toml", "grammar"} <= kinds
    for entry in folder.iterdir():
        assert json.loads(entry.read_bytes()[32:])[0] == entry.name


def test_a_plan_with_a_text_where_a_number_belongs_is_made_anew(judge: Judge, folder: Path, tmp_path: Path) -> None:
    """Code is generated from the plan: a text in it would become a line of the program."""
    case = "The authority is a bank.\nBreaking the rule harms nobody.\n"
    Judge().assess(case)
    (entry,) = folder.glob("passes-*")
    name, plan = json.loads(entry.read_bytes()[32:])
    mark = tmp_path / "ran"
    attack = f"1=open({str(mark)!r},'w')#"
    spoilt = {
        "sources": [attack, *plan["sources"]],
        "strata": [[attack], *plan["strata"]],
        "rules": [[False, [attack], [], [], 0], *plan["rules"]],
        "choices": [[attack, [1], [[1]]], *plan["choices"]],
    }
    for place, value in spoilt.items():
        body = json.dumps([name, {**plan, place: value}]).encode()
        entry.write_bytes(hashlib.sha256(body).digest() + body)
        assert Judge().assess(case) == judge.assess(case)
        assert not mark.exists()


def test_an_entry_that_cannot_be_put_in_its_place_leaves_no_file(folder: Path) -> None:
    entry = _made(folder)
    entry.unlink()
    entry.mkdir()
    (entry / "within").touch()
    disk_cache.write("entry", "key", [1])
    assert list(folder.iterdir()) == [entry]


@pytest.mark.parametrize("kind", ["program", "passes", "toml", "grammar", "sound"])
def test_an_entry_of_any_other_shape_is_made_anew(judge: Judge, folder: Path, kind: str) -> None:
    case = "The authority is a bank.\nBreaking the rule harms nobody.\n"
    Judge().assess(case)
    (entry,) = folder.glob(f"{kind}-*")
    for value in ([1, 2, "x"], {"sources": 3, "rules": 1, "atoms": {"a": "b"}}, [{"parser": {}}, {}]):
        body = json.dumps([entry.name, value]).encode()
        entry.write_bytes(hashlib.sha256(body).digest() + body)
        assert Judge().assess(case) == judge.assess(case)
