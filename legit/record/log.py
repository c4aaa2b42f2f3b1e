"""The decision log as programs use it."""

from __future__ import annotations

import datetime
import secrets
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import getpid
from pathlib import Path

from legit.assessment import Assessment
from legit.errors import CaseError, Problem, RecordError
from legit.facts import Case
from legit.judge import TIME_LIMIT, Judge, judge_for
from legit.knowledge.conformity import case_problems
from legit.record import archive
from legit.record.made import decision_of
from legit.record.reader import LogReader
from legit.record.records import KeptBase, Opened, Override, Recovery, Redaction, checked_caller, to_bytes
from legit.record.store import Entry, Writer
from legit.record.texts import Texts, commit, unveiled_answer, veiled


@dataclass(slots=True)
class _Waiting:
    entries: list[Entry]
    numbers: list[int] = field(default_factory=list)
    error: RecordError | None = None
    done: bool = False


class DecisionLog(LogReader):
    """An append-only, tamper-evident log of decisions in one file.

    The file is made when something is first written. Several threads may share an instance, and several processes a
    file on a local disk; what is appended at the same time is written together. `texts` says what becomes of quoted
    texts: they are stored beside the records, or only proven by hash, or left out.

    Every method that touches the file raises RecordError: R101 when it cannot be used, R102 when it is no decision log,
    R103 when others keep it in use for a minute.
    """

    def __init__(self, path: str | Path, *, texts: Texts | str = Texts.STORED) -> None:
        super().__init__(path)
        self.texts = Texts(texts)
        self._writer: Writer | None = None
        self._left: list[Writer] = []  # of the process before a fork: not ours to close
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._bases: set[str] = set()

    def __enter__(self) -> DecisionLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; the next use opens it again."""
        with self._lock:
            if self._writer is not None and self._writer.process == getpid():
                self._writer.close()
            self._writer = None

    def assess(
        self,
        case: str | Case,
        *,
        judge: Judge | None = None,
        caller: dict[str, str] | None = None,
        time_limit: float = TIME_LIMIT,
    ) -> Assessment:
        """Judge a case as `judge.assess` does, and return the answer once it is on record.

        `caller` holds the caller's own entries, such as the id of a session: small, and no personal texts, since these
        cannot be redacted. Raises as `Judge.assess` does, and RecordError when it cannot be recorded.
        """
        return self.assess_many([case], judge=judge, caller=caller, time_limit=time_limit)[0]

    def assess_many(
        self,
        cases: Sequence[str | Case],
        *,
        judge: Judge | None = None,
        caller: dict[str, str] | None = None,
        time_limit: float = TIME_LIMIT,
    ) -> list[Assessment]:
        """Judge several cases, and record them all together or, when one of them cannot be judged, none."""
        judge = judge or judge_for()
        caller = checked_caller(caller or {})
        answers, entries = [], []
        for item in cases:
            case = judge.read_one(item) if isinstance(item, str) else item
            answer, entry = self._decided(case, judge, caller, time_limit)
            answers.append(answer)
            entries.append(entry)
        self._keep_base(judge)
        self._append(entries)
        return answers

    def override(self, number: int, *, action: str, by: str, why: str) -> int:
        """Record that somebody decided otherwise than decision `number` said; the number of the new record.

        Raises RecordError (R108) when there is no such decision.
        """
        self.decision(number)
        record = Override(time=_now(), of=number, action=action, by=by, why=why)
        return self._append([Entry(to_bytes(record))])[0]

    def redact(self, number: int, *, by: str, why: str, stand_ins: Sequence[str] | None = None) -> int:
        """Erase the texts of decision `number` (some stand-ins, or all) for good; the number of the new record.

        The records stay as they are, and so does every proof. Raises RecordError (R108) when there is no such decision,
        or no such text in it.
        """
        known = self.decision(number).texts
        chosen = sorted(known) if stand_ins is None else sorted(set(stand_ins))
        missing = [item for item in chosen if item not in known]
        if missing or not chosen:
            said = f"no text {', '.join(missing)}" if missing else "no text"
            raise RecordError(Problem("R108", f"decision {number} has {said}", source=str(self.path)))
        entry = Entry(to_bytes(Redaction(time=_now(), of=number, texts=tuple(chosen), by=by, why=why)))
        with self._lock:
            return self._open().redact(entry, number, chosen)

    def _decided(self, case: Case, judge: Judge, caller: dict[str, str], time_limit: float) -> tuple[Assessment, Entry]:
        if not isinstance(case, Case):
            raise TypeError(f"a case is a text or a legit.Case, not {type(case).__name__}")
        problems = case_problems(judge.base.vocabulary, case)
        if problems:  # they speak of the texts as given
            raise CaseError(*problems)
        hidden, stand_ins = veiled(case, judge.base.vocabulary)
        answer = judge.assess(hidden, time_limit=time_limit)
        commitments, kept = commit(stand_ins, self.texts)
        record = decision_of(judge, hidden, answer, commitments, self.texts, caller, _now())
        return unveiled_answer(answer, stand_ins), Entry(to_bytes(record), kept)

    def _append(self, entries: list[Entry]) -> list[int]:
        """Append, together with whatever other threads are waiting to append."""
        mine = _Waiting(entries)
        self._waiting.append(mine)
        with self._lock:
            if not mine.done:
                self._write_waiting()
        if mine.error is not None:
            raise mine.error
        return mine.numbers

    def _write_waiting(self) -> None:
        together: list[_Waiting] = []
        while self._waiting:
            together.append(self._waiting.popleft())
        try:
            numbers = iter(self._open().append([entry for item in together for entry in item.entries]))
            for item in together:
                item.numbers = [next(numbers) for _ in item.entries]
        except BaseException as error:
            broken_off = RecordError(Problem("R101", "the write was broken off", source=str(self.path)))
            for item in together:
                item.error = error if isinstance(error, RecordError) else broken_off
            if not isinstance(error, RecordError):
                raise
        finally:
            for item in together:
                item.done = True

    def _open(self) -> Writer:
        if self._writer is not None and self._writer.process != getpid():
            self._left.append(self._writer)
            self._writer = None
        if self._writer is None:
            self._writer = Writer(self.path, _first, _recovered)
        return self._writer

    def _keep_base(self, judge: Judge) -> None:
        """Keep the knowledge base in the log, once; where its files have changed meanwhile, `verify` tells."""
        digest = judge.base.digest
        if digest in self._bases:
            return
        with self._lock:
            writer = self._open()
            if not writer.has_base(digest):
                data, profile = archive.packed(judge.base), judge.base.profile.id
                if data is not None:
                    record = KeptBase(time=_now(), digest=digest, profile=profile, archive=archive.sha256(data))
                    writer.keep_base(Entry(to_bytes(record)), digest, profile, data)
            self._bases.add(digest)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _first() -> bytes:
    return to_bytes(Opened(time=_now(), log=f"legit-log/{secrets.token_hex(16)}"))


def _recovered(dropped: int) -> bytes:
    return to_bytes(Recovery(time=_now(), dropped_bytes=dropped))
