"""The decided cases that a query searches: precedents, files, or the decisions of a log, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from legit._util.filetype import is_database
from legit.catalogue.precedents import load_precedents
from legit.decision_log.entries import Decision, RecordedAnswer, StatedFact
from legit.decision_log.entry_builder import record_answer, record_facts
from legit.decision_log.filters import latest_overrides
from legit.decision_log.reader import LogReader
from legit.errors import Problem, QueryError
from legit.judge import Judge
from legit.language.tokenizer import MAX_CHARACTERS
from legit.messages import message
from legit.model.facts import Case

_MAX_FILE_BYTES = 4 * MAX_CHARACTERS  # a character has up to 4 bytes


class CorpusCase(Protocol):
    """A decided case. `number` identifies it in its source, `title` describes it.

    `time` is when it was decided, if known; `overridden` is the action that was taken instead, if any.
    """

    @property
    def case_id(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def time(self) -> str: ...

    @property
    def override_action(self) -> str: ...

    @property
    def facts(self) -> tuple[StatedFact, ...]: ...

    @property
    def answer(self) -> RecordedAnswer: ...


@dataclass
class LazyDecision:
    """A case that is judged when its decision is first read."""

    judge: Judge
    case: Case
    case_id: str
    title: str = ""
    time: str = ""
    override_action: str = ""

    @cached_property
    def facts(self) -> tuple[StatedFact, ...]:
        """The facts of the case."""
        return record_facts(self.case)

    @cached_property
    def answer(self) -> RecordedAnswer:
        """The decision under the current base."""
        return record_answer(self.judge, self.case, self.judge.assess(self.case))


@dataclass(frozen=True)
class LoggedDecision:
    """A decision of a log, as recorded."""

    entry: Decision
    case_id: str
    override_action: str = ""
    title: str = ""

    @property
    def time(self) -> str:
        """The time of the decision, in UTC."""
        return self.entry.time

    @property
    def facts(self) -> tuple[StatedFact, ...]:
        """The facts, with placeholders for texts."""
        return self.entry.facts

    @property
    def answer(self) -> RecordedAnswer:
        """The recorded decision."""
        return self.entry.answer


@dataclass(frozen=True)
class Corpus:
    """The cases to search: those of the files, of the log, or else the precedents of the base."""

    judge: Judge
    paths: tuple[Path, ...] = ()
    log: LogReader | None = None

    @property
    def description(self) -> str:
        """The source of the cases, in words."""
        kind = "log" if self.log is not None else "files" if self.paths else "precedents"
        return message(f"query.corpus_{kind}")

    @property
    def available_fields(self) -> frozenset[str]:
        """The optional fields that these cases have: `time`, `overridden`, `texts`."""
        if self.log is not None:
            return frozenset({"time", "overridden"})
        return frozenset({"texts"} if self.paths else {"texts", "time"})

    @property
    def label_field(self) -> str:
        """The field that identifies a case best, apart from its number: `title` or `time`."""
        return "time" if self.log is not None else "title"

    def __iter__(self) -> Iterator[CorpusCase]:
        """The cases. Raises LanguageError, CaseError or DecisionLogError when one cannot be read."""
        if self.log is not None:
            yield from _logged_decisions(self.log)
        elif self.paths:
            yield from _file_decisions(self.judge, self.paths)
        else:
            yield from _precedent_decisions(self.judge)


def _logged_decisions(log: LogReader) -> Iterator[CorpusCase]:
    overridden = latest_overrides(log)
    for number, record in log.entries():
        if isinstance(record, Decision):
            found = overridden.get(number)
            yield LoggedDecision(record, str(number), found.action if found else "")


def _precedent_decisions(judge: Judge) -> Iterator[CorpusCase]:
    for item in load_precedents(judge.base.layers):
        case = judge.parse_case(item.facts, item.path)
        yield LazyDecision(judge, case, item.id, item.title, str(item.year or ""))


def _file_decisions(judge: Judge, paths: Iterable[Path]) -> Iterator[CorpusCase]:
    for path in paths:
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES + 1)
            if is_database(data):
                what = f"`{path}` is not a text but a database, as a decision log is"
                raise QueryError(Problem("Q301", what, help="a decision log is asked with `--log`"))
            if len(data) > _MAX_FILE_BYTES:
                raise QueryError(Problem("Q301", f"`{path}` has more than {_MAX_FILE_BYTES:,} bytes"))
            text = data.decode("utf-8-sig")
        except OSError as error:
            why = (error.strerror or "no such file").lower()
            raise QueryError(Problem("Q301", f"cannot read `{path}`: {why}")) from error
        except UnicodeDecodeError as error:
            raise QueryError(Problem("Q301", f"`{path}` is not a text in UTF-8")) from error
        cases = judge.parse_cases(text, str(path))
        for number, case in enumerate(cases, start=1):
            name = path.name if len(cases) == 1 else f"{path.name}:{number}"
            yield LazyDecision(judge, case, name, case.name)


def case_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The given files, and all `*.legit` in the given folders. Raises QueryError (Q301) for one that does not exist."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*.legit")) if path.is_dir() else [path]
        if not inside:
            raise QueryError(
                Problem(
                    "Q301",
                    f"no case in `{path}`",
                    help="cases are files that end in .legit; the precedents of the base are asked without --cases",
                )
            )
        found += inside
    return tuple(found)
