"""The loader of knowledge bases: any folder is a base or is refused with codes and files. A base that loads can parse
the sentences that it writes, and judges.

An input is the files of a base in one text, each behind a line `==== name`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from legit.assurance.round_trip import round_trip_problems
from legit.assurance.scaffold import new_base
from legit.catalogue.precedents import load_precedents
from legit.engine.bounded_grounding import limited_process
from legit.errors import KnowledgeBaseError, LegitError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.facts import Case
from legit.testing.fuzz.mutators import mutate_letter, mutate_pieces
from legit.testing.fuzz.target import expect
from legit.testing.generate import CaseGenerator, Choices, RandomChoices

_FILE = re.compile(r"(?m)^==== (.*)\n")
_VALUE = re.compile(r'(?<== )(?:"[^"\n]*"|\[[^\n]*\]|\{[^\n]*\}|[\w.]+)')
_VALUES = (
    "7", "-1", "3.5", "nan", "true", "2024-05-31", '""', '"the"', '"not"', '"no such thing"', '"_"', "[]", "[[]]",
    '["x", 1]', "{}", "{ a = { b = [] } }", "9" * 5000, "[" * 900, "1e400", '"\\u0000"', '"{x} {x}"', '"\\n"',
)  # fmt: skip
_LINES = (
    "p(X) :- q.\n", "p(X).\n", "meets.\n", "a :- a(\n", "#include <x>.\n", ":- not a.\n", "{ a } 3.\n", "x.\n",
    "verdict(X) :- X = 1..3.\n", "a :- not b.\nb :- not a.\n", "[x]\n", "[[x]]\n", "x = 1\n", "==== x.lp\n", "*%\n",
    "%*\n", "==== vocabulary/types.toml\n", "==== ../x\n",
)  # fmt: skip
_CASES = 3


class BaseTarget:
    """A knowledge base, standing alone or extending the shipped one."""

    name = "base"

    def seeds(self) -> Iterator[bytes]:
        with tempfile.TemporaryDirectory(prefix="legit-") as folder:
            new_base("own", Path(folder) / "own")
            yield pack_files(Path(folder) / "own").encode()

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        text = data.decode("utf-8", "replace")
        how = choices.integer(0, 5)
        if how == 0:
            text = "".join(mutate_pieces(choices, text.splitlines(keepends=True), _LINES))
        elif how == 1:
            text = "".join(mutate_pieces(choices, re.split(r"(?m)^(?=====)", text)))
        elif how == 2:
            text = "".join(mutate_pieces(choices, re.split(r"(?<=\W)|(?=\W)", text)))
        elif how == 3 and (places := list(_VALUE.finditer(text))):
            at, other = choices.pick(places), choices.pick(places)
            text = text[: at.start()] + choices.pick((other.group(), *_VALUES)) + text[at.end() :]
        elif how == 4 and (words := list(re.finditer(r"\w+", text))):
            at, other = choices.pick(words), choices.pick(words)
            text = text[: at.start()] + other.group() + text[at.end() :]
        else:
            text = mutate_letter(choices, text)
        return text.encode("utf-8", "replace")

    def check(self, data: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="legit-") as folder:
            root = Path(folder) / "base"
            root.mkdir()
            if not unpack_files(data, root):
                return
            try:
                judge = Judge(KnowledgeBase.load(root))
                load_precedents(judge.base.layers)
                judge.reader  # noqa: B018  (builds the grammar)
            except KnowledgeBaseError as error:
                expect(bool(error.problems), "refused without a reason")
                for problem in error.problems:
                    expect(bool(re.fullmatch(r"K\d{3}", problem.code)), f"no code: {problem!r}")
                    # K100 is about the whole folder
                    expect(bool(problem.source) or problem.code == "K100", f"no file: {problem!r}")
                    expect(bool(problem.message), f"no message: {problem!r}")
                    str(problem).encode()
                return
            expect(KnowledgeBase.load(root).digest == judge.base.digest, "loads as another base the second time")
            if not list(round_trip_problems(judge)):
                with limited_process():  # a worker for each base would take most of the time
                    _exercise(judge)


def _exercise(judge: Judge) -> None:
    """Write, parse and judge a few cases of a base that loads."""
    if not judge.base.vocabulary.predicates:
        return
    generator = CaseGenerator(judge.base.vocabulary)
    for number in range(_CASES):
        case = generator.case(RandomChoices(number), 4)
        try:
            written = judge.writer.case(case)
            expect(judge.parse_case(written) == case, f"reads back as another case: {written!r}")
            judge.assess(case, time_limit=1.0)
        except LegitError as error:
            expect(isinstance(error, KnowledgeBaseError), f"its own case is refused: {error}")
    judge.assess(Case(), time_limit=1.0)


def pack_files(folder: Path) -> str:
    """The files of a folder in one text."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"==== {path.relative_to(folder).as_posix()}\n{path.read_text(encoding='utf-8')}" for path in files)


def unpack_files(data: bytes, folder: Path) -> bool:
    """Write the files of a packed text into a folder. False if a name in the text cannot be that of a file."""
    text = data.decode("utf-8", "surrogateescape")
    _, *parts = _FILE.split(text)
    for name, content in zip(parts[::2], parts[1::2], strict=True):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
            return False
        try:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content.encode("utf-8", "surrogateescape"))
        except OSError:  # a folder of that name, or a name that is too long
            return False
    return True
