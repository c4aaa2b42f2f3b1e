"""What is loaded from a base is what its digest covers: one list of files serves both."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from legit.engine.program import Program
from legit.errors import KnowledgeBaseError
from legit.knowledge import base_files
from legit.knowledge.base import KnowledgeBase, shipped_base
from legit.knowledge.base_files import MAX_FILE_BYTES, BaseFile, FileList
from legit.knowledge.layers import Layer, base_digest, digested_files, layers_of

PATTERNS = (
    "base.toml", "places.toml", "invariants.toml", "attributes/*.toml", "vocabulary/*.toml", "vocabulary/types.toml",
    "profiles/*.toml", "precedents/*.toml", "routes/**/*.toml", "sources/*.toml", "judgement/**/*.toml",
    "judgement/**/*.lp", "harms/**/*.lp", "criteria/**/*.lp", "properties/**/*.lp",
)  # fmt: skip
"""What loaders ask a list for; `test_a_loader_opens_only_what_the_list_has` asks the loaders themselves."""
FOLDERS = ("", "attributes/", "harms/", "harms/deep/", "profiles/", "languages/", "packs/", "extended/", ".hidden/")
NAMES = (
    ".toml", ".lp", "x.toml", "X.toml", "x.TOML", ".x.toml", "x.toml~", "x.lp.toml", "..toml", "x\n.toml", "\udcff.lp",
    "base.toml", "Base.toml", "languages", "packs", "extended", "harms", "x.lp", "guide.md", "types.toml", "*.toml",
)  # fmt: skip
KINDS = ("file", "folder", "link to a file", "link to a folder", "link out", "link to nothing", "loop", "pipe", "large")

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes and links here")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(
        shipped_base(), tmp_path / "base", ignore=lambda at, names: {"packs", "languages"} & set(names)
    )


def small_base(root: Path) -> None:
    for name in (
        "base.toml",
        "attributes/a.toml",
        "harms/h.lp",
        "harms/deep/h.lp",
        "languages/xx/l.toml",
        "packs/p/b.lp",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def put(root: Path, name: str, kind: str) -> None:
    """An odd entry in a base; none where there is one of its name, or where its folder is something else by now."""
    path = root / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.path.lexists(path):
        return
    if kind in {"file", "large"}:
        path.write_text("odd")
        if kind == "large":
            os.truncate(path, 1 << 33)
    elif kind == "folder":
        path.mkdir()
        (path / ".toml").write_text("odd")
        (path / "in.lp").write_text("odd")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        target = {"link to a file": "harms/h.lp", "link to a folder": "languages", "loop": name, "link out": "../out"}
        path.symlink_to(root / target.get(kind, "nothing"))


def seen(root: Path) -> tuple[str, list[tuple[str, bytes]]]:
    """The digest of a base, and what loaders get of it."""
    layer = Layer(root, "base")
    found = [(file.place, file.read_bytes()) for pattern in PATTERNS for file in layer.listed.matching(pattern)]
    return base_digest(digested_files((layer,)), "default"), found


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES), st.sampled_from(KINDS)), min_size=1, max_size=3
    )
)
@example([("attributes/", ".toml", "file")])
@example([("harms/", "x", "link to a folder")])
@example([(".hidden/", "x.toml", "file")])
def test_an_odd_entry_changes_the_digest_or_is_refused_or_changes_nothing(odd: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "base"
        small_base(root)
        (Path(folder) / "out").mkdir()
        (Path(folder) / "out" / "o.lp").write_text("out")
        digest, loaded = seen(root)
        for at, name, kind in odd:
            put(root, f"{at}{name}", kind)
        codes: set[str] = set()
        try:
            now, then = seen(root)
        except KnowledgeBaseError as error:
            codes = {problem.code for problem in error.problems}
        assert codes or now != digest or loaded == then
        assert codes <= {"K101", "K102", "K108"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("attributes/.toml", 'of = "holder"\n[stranger]\nholder_group = "self"\n'),
        ("vocabulary/.toml", '[odd]\naffirm = "It is odd."\ndeny = "It is not odd."\nask = "Is it odd?"\n'),
        ("profiles/.toml", "version = 1\n"),
    ],
)
def test_a_file_that_is_all_suffix_is_in_the_digest(copy: Path, name: str, text: str) -> None:
    (copy / name).write_text(text)
    layers = layers_of(copy)
    assert name in digested_files(layers)
    assert base_digest(digested_files(layers), "default") != KnowledgeBase.load().digest


def test_the_digest_of_a_copy_is_that_of_the_base(copy: Path) -> None:
    (copy / "README").write_text("not read")
    (copy / "x.toml~").write_text("not read")
    assert KnowledgeBase.load(copy).digest == KnowledgeBase.load().digest


@pytest.mark.parametrize("moved", ["harms", "vocabulary", "attributes"])
def test_a_linked_folder_is_refused(copy: Path, moved: str) -> None:
    (copy / "languages").mkdir()
    (copy / moved).rename(copy / "languages" / moved)
    (copy / moved).symlink_to(f"languages/{moved}")
    with pytest.raises(KnowledgeBaseError) as caught:
        KnowledgeBase.load(copy)
    assert [(item.code, item.source, item.message) for item in caught.value.problems] == [
        ("K108", f"base/{moved}", "this is a link to a folder")
    ]


def test_a_linked_file_is_in_the_digest_by_what_it_leads_to(copy: Path) -> None:
    (copy / "languages").mkdir()
    file = copy / "harms" / next(item.name for item in (copy / "harms").iterdir() if item.suffix == ".lp")
    file.rename(copy / "languages" / file.name)
    file.symlink_to(f"../languages/{file.name}")
    assert KnowledgeBase.load(copy).digest == KnowledgeBase.load().digest
    file.write_text(file.read_text() + "% more\n")
    assert KnowledgeBase.load(copy).digest != KnowledgeBase.load().digest


_REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "K101"),
    "folder": (Path.mkdir, "K101"),
    "large": (lambda path: (path.touch(), os.truncate(path, 1 << 33)), "K102"),
}


@pytest.mark.parametrize("kind", _REFUSED)
@pytest.mark.parametrize("place", ["languages/sv/zz.toml", "zz/zz.toml", "harms/zz.lp", "vocabulary/guide.md"])
def test_kinds_and_sizes_are_checked_before_anything_is_read(
    copy: Path, kind: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(file: BaseFile) -> bytes:
        raise AssertionError(file.place)

    make, code = _REFUSED[kind]
    (copy / place).parent.mkdir(parents=True, exist_ok=True)
    (copy / place).unlink(missing_ok=True)
    make(copy / place)
    monkeypatch.setattr(BaseFile, "_read", never)
    with pytest.raises(KnowledgeBaseError) as caught:
        layers_of(copy)
    assert [(problem.code, problem.source) for problem in caught.value.problems] == [(code, f"base/{place}")]


def test_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        (tmp_path / f"{number}.toml").write_bytes(b"x" * 100)
    assert len(list(FileList(tmp_path, "base"))) == 6
    for limit, value in (("MAX_FILES", 5), ("MAX_FOLDER_BYTES", 599), ("_MAX_ENTRIES", 5)):
        with monkeypatch.context() as patched:
            patched.setattr(base_files, limit, value)
            with pytest.raises(KnowledgeBaseError, match="K102: a base has at most"):
                FileList(tmp_path, "base")


def test_a_file_is_read_as_it_was_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("a = 1")
    (tmp_path / "y.toml").write_text("b = 1")
    x, y = FileList(tmp_path, "base")
    assert x.read_bytes() == x.read_bytes()
    (tmp_path / "x.toml").write_text("a = 2")
    (tmp_path / "y.toml").unlink()
    os.mkfifo(tmp_path / "y.toml")
    for file, said in ((x, "K101: file was changed after the base was loaded"), (y, "K101: this is no regular file")):
        with pytest.raises(KnowledgeBaseError, match=said):
            file.read_bytes()
    (tmp_path / "x.toml").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    with pytest.raises(KnowledgeBaseError, match="K102"):
        x.read_bytes()


def test_a_name_in_another_case_is_another_file(tmp_path: Path) -> None:
    (tmp_path / "Base.toml").write_text("a = 1")
    with pytest.raises(KnowledgeBaseError, match="K101: file cannot be read: no such file"):
        FileList(tmp_path, "base").file("base.toml").read_bytes()


@pytest.mark.parametrize("tag", ["sv", "fi"])
def test_words_in_another_language_are_in_no_program(tag: str) -> None:
    """The digest, by which programs are kept, does not cover them."""
    base = KnowledgeBase.load()
    translated = base.translation(tag).base
    assert Program(translated).text() == Program(base).text()
    other = translated.with_profile("corroborated")
    assert Program(other).text() == Program(base.with_profile("corroborated")).text()
    assert translated.translation("da").base.untranslated is base


_LOADING = """
import json, os, sys
from pathlib import Path
root = os.path.realpath(sys.argv[1])
opened, scanned = set(), []
def note(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], (str, os.PathLike)):
        path = os.path.realpath(os.fspath(arguments[0]))
        if (path + "/").startswith(root + "/"):
            opened.add(path) if event == "open" else scanned.append(path)
from legit.catalogue.precedents import load_precedents
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import digested_files
from legit.knowledge.properties import load_properties
from legit.testing.invariants import expected_violations
sys.addaudithook(note)
base = KnowledgeBase.load(root)
for name in base.profile_ids:
    base.with_profile(name)
load_properties(base), load_precedents(base.layers), expected_violations(base), base.prompt_guide
Judge(base.translation("sv").base).reader, base.translation("sv").base.prompt_guide
Judge(base).assess("The authority is a bank.")
digested = {os.path.realpath(file.path) for file in digested_files(base.layers).values()}
json.dump({"opened": sorted(opened), "scanned": scanned, "digested": sorted(digested)}, sys.stdout)
"""


def test_a_loader_opens_only_what_the_list_has(tmp_path: Path) -> None:
    root = shutil.copytree(shipped_base(), tmp_path / "base", ignore=shutil.ignore_patterns("packs")).resolve()
    run = subprocess.run(
        [sys.executable, "-c", _LOADING, str(root)], capture_output=True, text=True, check=False,
        env={**os.environ, "LEGIT_CACHE": ""},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    words = {path for path in found["opened"] if path.startswith(f"{root}/languages/") or path.endswith("/guide.md")}
    assert {Path(path).name for path in words} >= {"language.toml", "guide.md", "criteria.toml"}
    assert set(found["opened"]) - words <= set(found["digested"])
    assert len(set(found["opened"]) - words) > 150
    assert len(found["scanned"]) == len(set(found["scanned"]))
