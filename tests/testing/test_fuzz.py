"""Fuzz targets: a corpus and a few thousand seeded mutations hold, the targets notice defects, and the command says so.

The corpus in `tests/testing/fuzz_corpus/` holds, beside what is good, the inputs that once broke something.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType, SimpleNamespace

import pytest

from legit.decision_log.verify import Verification
from legit.errors import LanguageError, Problem
from legit.judge import Judge
from legit.language.writer import Writer
from legit.model.facts import Case
from legit.testing.fuzz import corpus, failures, fuzz_inputs, guided, json_inputs, logs, targets
from legit.testing.fuzz.__main__ import main
from legit.testing.fuzz.target import Target, TargetViolationError

Mutator = Callable[[bytes, int, int], bytes]

CORPUS = Path(__file__).parent / "fuzz_corpus"
MUTATIONS = {"text": 700, "base": 15, "case": 1000, "call": 150, "log": 80, "rules": 400}


@pytest.fixture(scope="module")
def known(judge: Judge) -> dict[str, Target]:
    return targets(judge)


@pytest.fixture(autouse=True)
def without_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bases that nobody will load again are not kept."""
    monkeypatch.setenv("LEGIT_CACHE", "")


def corpus_files() -> list[Path]:
    return [path for path in sorted(CORPUS.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("path", corpus_files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_corpus_holds(known: dict[str, Target], path: Path) -> None:
    known[path.parent.name].check(path.read_bytes())


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_hold(known: dict[str, Target], name: str) -> None:
    target = known[name]
    # A base that extends the shipped one takes long to load: of those only the one that is no mutation is tried.
    kept = [path.read_bytes() for path in corpus_files() if path.parent.name == name]
    good = kept if name == "base" else corpus(target, CORPUS)
    for seed in target.seeds():
        target.check(seed)
    found = list(failures(target, list(fuzz_inputs(target, good, MUTATIONS[name]))[len(good) :]))
    assert not found, found[0].trace


def test_the_same_seed_gives_the_same_inputs(known: dict[str, Target]) -> None:
    for target in known.values():
        first, again, other = (list(fuzz_inputs(target, corpus(target, CORPUS), 20, seed)) for seed in (1, 1, 2))
        assert first == again
        assert first != other


def failure_text(known: dict[str, Target], name: str, data: bytes) -> str:
    """What is found with one input; empty when nothing is."""
    return "".join(f"{item.error}: {item.trace}" for item in failures(known[name], [data, data]))


def test_a_sentence_that_is_lost_in_writing_is_noticed(
    known: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"The authority is a club.\nThe user is a tenant.\n"
    assert not failure_text(known, "text", text)
    whole = Writer.case
    monkeypatch.setattr(Writer, "case", lambda writer, case: whole(writer, case).splitlines()[0])
    assert "TargetViolationError" in failure_text(known, "text", text)
    facts = [{"predicate": "breach_harmless"}, {"predicate": "rule_forbids", "args": ["x"]}]
    assert "another case" in failure_text(
        known, "case", Case.model_validate({"facts": facts}).model_dump_json().encode()
    )


def test_an_error_that_is_not_documented_is_noticed_once_by_its_place(
    known: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise ZeroDivisionError("what a defect")

    monkeypatch.setattr(json_inputs, "handle_tool_call", fails)
    found = list(failures(known["call"], [b"{}", b"[]"]))
    assert [(item.data, item.error) for item in found] == [(b"{}", "ZeroDivisionError")]
    assert "what a defect" in found[0].trace


def test_a_problem_without_a_place_is_noticed(
    known: dict[str, Target], judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.reader, "parse", lambda *_, **__: ((), (Problem("L106", "odd", line=7),)))
    with pytest.raises(TargetViolationError, match="a line that the text does not have"):
        known["text"].check(b"Flub.")


@pytest.mark.parametrize("change", ["drop 0 4", "take 0 4 1 5", "set 2 0 3 7", "set 3 0 2 10"])
def test_a_changed_log_that_is_said_to_hold_is_noticed(
    known: dict[str, Target], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    assert not failure_text(known, "log", change.encode())
    monkeypatch.setattr(logs, "verify", lambda *_: Verification(verified_count=1))
    assert failure_text(known, "log", change.encode())


def test_a_log_that_was_not_changed_holds(known: dict[str, Target], monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Verification] = []
    real = logs.verify
    monkeypatch.setattr(logs, "verify", lambda *asked: said.append(real(*asked)) or said[-1])
    known["log"].check(b"")
    assert [found.valid for found in said] == [True]
    assert said[0].entry_counts == {"opened": 1, "base": 1, "decision": 9, "override": 1, "redaction": 1}


def test_a_name_that_leads_out_of_the_folder_is_not_written(known: dict[str, Target], tmp_path: Path) -> None:
    known["base"].check(f"==== ../x\n1\n==== {tmp_path}/x\n1\n".encode())
    assert not list(tmp_path.iterdir())


def command(monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr(sys, "argv", ["fuzz", *options])
    return main()


def test_the_command_counts_what_it_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "findings"
    assert command(monkeypatch, "text", "--mutations", "5", "--findings", str(folder)) == 0
    assert "65 executions, 0 kinds of findings" in capsys.readouterr().out
    assert not folder.exists()


def test_the_command_writes_what_breaks_a_target(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails(*_: object) -> str:
        raise LanguageError(Problem("L106", "told"))

    monkeypatch.setattr(json_inputs, "handle_tool_call", fails)
    assert command(monkeypatch, "call", "--mutations", "0", "--findings", str(tmp_path)) == 1
    assert "1 kinds of findings" in capsys.readouterr().out
    (kept,) = tmp_path.iterdir()
    assert b'"facts"' in kept.read_bytes()


def test_without_atheris_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert command(monkeypatch, "text", "--seconds", "1", "--findings", str(tmp_path / "findings")) == 2
    said = capsys.readouterr().err
    assert said.startswith("X001: fuzzing guided by coverage needs the extra `fuzz`")
    assert "pip install 'legit-rules[fuzz]'" in said


class Atheris(ModuleType):
    """Stands for atheris: feeds the seeds, then what the mutator makes of them, until the process ends."""

    def __init__(self) -> None:
        super().__init__("atheris")
        self.watched: set[str] = set()

    def instrument_func(self, function: FunctionType) -> None:
        self.watched.add(function.__module__)

    def Setup(self, options: list[str], one: Callable[[bytes], None], custom_mutator: Mutator) -> None:  # noqa: N802
        self.given = (options, one, custom_mutator)

    def Mutate(self, data: bytes, most: int) -> bytes:  # noqa: N802
        return (data + b"!")[:most]

    def Fuzz(self) -> None:  # noqa: N802
        options, one, mutator = self.given
        seeds = [path.read_bytes() for path in sorted(Path(options[-1]).iterdir())]
        for number in range(100):
            one(mutator(seeds[number % len(seeds)], 500, number))
        raise AssertionError("the time was not kept")


class Ended(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize(("breaks", "status"), [(False, 0), (True, 1)])
def test_a_guided_run_ends_in_time_and_keeps_what_breaks_the_target(
    known: dict[str, Target],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    breaks: bool,
    status: int,
) -> None:
    def ended(status: int) -> None:
        raise Ended(status)

    def fails(*_: object) -> str:
        raise ZeroDivisionError

    fake = Atheris()
    clock = itertools.count()
    monkeypatch.setitem(sys.modules, "atheris", fake)
    monkeypatch.setattr(guided.os, "_exit", ended)
    monkeypatch.setattr(guided, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    if breaks:
        monkeypatch.setattr(json_inputs, "handle_tool_call", fails)
    with pytest.raises(Ended) as caught:
        guided.fuzz(known["call"], 20, CORPUS, tmp_path / "findings")
    assert caught.value.args == (status,)
    said = capsys.readouterr().out
    assert f"20 executions, {status} kinds of findings" in said
    kept = list((tmp_path / "findings").iterdir())
    assert len(kept) == status
    assert ("broken by" in said) == breaks
    assert {"legit.language.reader", "legit.consult.tools"} <= fake.watched
    assert not any(name.startswith("legit.testing") for name in fake.watched)
