"""The public class of the decision log."""

from __future__ import annotations

import datetime
import os
import secrets
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from legit._util.suggest import suggest
from legit.decision_log import archive
from legit.decision_log.entries import (
    BaseStored,
    Decision,
    LogOpened,
    NewAct,
    Override,
    RecordedAct,
    RecordedTurn,
    Recovery,
    Redaction,
    to_bytes,
    validate_author,
    validate_caller,
    validate_turn,
)
from legit.decision_log.entry_builder import build_decision
from legit.decision_log.filter_values import guidance_actions
from legit.decision_log.group_commit import GroupCommit
from legit.decision_log.reader import LogReader
from legit.decision_log.redaction import TextPolicy, make_commitments, pseudonymise, restore_model
from legit.decision_log.replay import ArchivedJudges
from legit.decision_log.store import LogWriter, PendingEntry, SeenLog
from legit.errors import CaseError, DecisionLogError, Problem
from legit.judge import TIME_LIMIT, Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.case_validation import validate_case
from legit.model.assessment import Assessment
from legit.model.facts import Case

_LOGS: weakref.WeakSet[DecisionLog] = weakref.WeakSet()
"""The logs of this process, whose locks are made anew in a forked one."""


@dataclass(slots=True)
class _DecisionEntry(PendingEntry):
    """The entry of a decision, and the knowledge base that has to be in the log before it."""

    base: KnowledgeBase | None = None


class DecisionLog(LogReader):
    """An append-only, tamper-evident log of decisions in one file.

    The file is created by the first write. Several threads may share an instance, and several processes a file on a
    local disk; entries that are appended at the same time are written together. `text_policy` says how quoted texts are
    treated: they are stored beside the entries, or only proven by hash, or left out.

    Every method that touches the file raises DecisionLogError: R101 when it cannot be used, R102 when it is no decision
    log, R103 when others keep it in use for a minute.
    """

    def __init__(self, path: str | Path, *, text_policy: TextPolicy | str = TextPolicy.STORED) -> None:
        super().__init__(path)
        self.text_policy = TextPolicy(text_policy)
        self._writer: LogWriter | None = None
        # Opened before a fork: only the process that opened a writer may close it.
        self._inherited_writers: list[LogWriter] = []
        # Of a writer that was closed, though not by the program: see `_before_fork`.
        self._seen: SeenLog | None = None
        self._stored_bases: set[str] = set()
        self._make_locks()
        _LOGS.add(self)

    def __enter__(self) -> DecisionLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        with self._lock:
            self._close_writer()
            self._seen = None

    def assess(
        self,
        case: str | Case,
        *,
        judge: Judge | None = None,
        caller: dict[str, str] | None = None,
        time_limit: float = TIME_LIMIT,
    ) -> Assessment:
        """Judge a case as `judge.assess` does, and return the answer after it is recorded.

        `caller` is the caller's metadata, such as the id of a session: small, and without personal texts, since they
        cannot be redacted. Raises as `Judge.assess` does, and DecisionLogError when the decision cannot be recorded.
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
        """Assess several cases, and record all of them together. If one cannot be assessed, none is recorded."""
        return self._assess_all(cases, judge or cached_judge(), caller or {}, time_limit)[0]

    def assess_and_record(
        self,
        case: str | Case,
        *,
        judge: Judge | None = None,
        caller: dict[str, str] | None = None,
        time_limit: float = TIME_LIMIT,
    ) -> tuple[Assessment, int]:
        """As `assess`. Also returns the number of the entry, by which other methods show, override or redact the
        decision.
        """
        answers, numbers = self._assess_all([case], judge or cached_judge(), caller or {}, time_limit)
        return answers[0], numbers[0]

    def prepare(
        self, case: Case, *, judge: Judge, caller: dict[str, str] | None = None, time_limit: float = TIME_LIMIT
    ) -> PendingEntry:
        """Assess a case and make its entry, which `append` writes, here or in another process. Raises as `assess`."""
        return self._assess_one(case, judge, validate_caller(caller or {}), time_limit)[1]

    def append(self, entries: Sequence[PendingEntry], *, judge: Judge) -> list[int]:
        """Write entries of `prepare` under the same judge together, all or none. Returns their numbers."""
        return self._group_commit.append([_DecisionEntry(item.body, item.texts, judge.base) for item in entries])

    def open(self) -> None:
        """Open the file, or make it. Errors of the file are then raised before the first decision."""
        with self._lock:
            self._open_writer()

    def _assess_all(
        self, cases: Sequence[str | Case], judge: Judge, caller: dict[str, str], time_limit: float
    ) -> tuple[list[Assessment], list[int]]:
        caller = validate_caller(caller)
        answers, entries = [], []
        for item in cases:
            case = judge.parse_case(item) if isinstance(item, str) else item
            answer, entry = self._assess_one(case, judge, caller, time_limit)
            answers.append(answer)
            entries.append(entry)
        return answers, self.append(entries, judge=judge)

    def override(self, number: int, *, action: str | None = None, by: str, why: str, judge: Judge | None = None) -> int:
        """Record that somebody acted differently from the guidance of decision `number`. Returns the number of the new
        entry. `action` is an action that the base of `judge` knows, by default the base that decided; without one it is
        the `override_action` of that base, which is for what was requested and done all the same. Raises
        DecisionLogError: R107 when that base is not in the log, R108 when there is no such decision, R114 no such
        action, R126 no author or reason.
        """
        validate_author(by, why)
        known, done_all_the_same = self._allowed_actions(self.decision(number), judge)
        action = done_all_the_same if action is None else action
        if action not in known:
            near = suggest(action, known)
            help_ = "" if near else f"give one of {', '.join(sorted(known))}"
            message = f"there is no guidance `{action}`"
            raise DecisionLogError(Problem("R114", message, source=str(self.path), help=help_, nearest=near))
        record = Override(time=utc_now(), decision_number=number, action=action, by=by, why=why)
        return self._group_commit.append([PendingEntry(to_bytes(record))])[0]

    def record_turn(
        self,
        turn: str,
        *,
        acts: Sequence[Mapping[str, Any]],
        answered: int,
        failed: int,
        finished: bool = True,
        caller: dict[str, str] | None = None,
    ) -> int:
        """Record a turn of an agent, as `legit.consult.Turn.record` gives it. Returns the number of the new entry.

        `turn` is the id of the turn, `acts` the fields of each `legit.decision_log.entries.RecordedAct`. Raises
        DecisionLogError: R105 when the caller's metadata or the id are too large, or the id cannot stand in a line; and
        ValueError for an act of another form.
        """
        ids = validate_caller({**(caller or {}), "turn": turn})
        entry = RecordedTurn(
            time=utc_now(),
            turn=validate_turn(ids.pop("turn")),
            caller=ids,
            finished=finished,
            answered=answered,
            failed=failed,
            acts=tuple(RecordedAct(**dict(NewAct.model_validate(act))) for act in acts),
        )
        return self._group_commit.append([PendingEntry(to_bytes(entry))])[0]

    def redact(self, number: int, *, by: str, why: str, placeholders: Sequence[str] | None = None) -> int:
        """Erase the texts of decision `number` (some placeholders, or all) for good. Returns the number of the new
        entry.

        All entries and proofs stay valid. If everything was erased before, no entry is added, and the number of the
        earlier redaction is returned. Raises DecisionLogError: R108 when there is no such decision, or no such text in
        it of which the log held anything, R126 when there is no author or reason.
        """
        validate_author(by, why)
        known = [item for item, said in self.decision(number).commitments.items() if said is not None]
        chosen = sorted(known) if placeholders is None else sorted(set(placeholders))
        missing = [item for item in chosen if item not in known]
        if missing or not chosen:
            said = f"text {', '.join(missing)}" if missing else "text"
            message = f"the log has held no {said} of decision {number}"
            raise DecisionLogError(Problem("R108", message, source=str(self.path)))
        with self._lock:
            writer = self._open_writer()
            redacted: int | None = None
            while redacted is None:  # again where another program has redacted the decision meanwhile
                erased = self._erased_placeholders(number)
                left = [item for item in chosen if item not in erased]
                if not left:
                    writer.truncate_wal()
                    return max(erased[item] for item in chosen)
                record = Redaction(time=utc_now(), decision_number=number, placeholders=tuple(left), by=by, why=why)
                moved_on = partial(self._has_other_erased, number, erased)
                redacted = writer.redact(PendingEntry(to_bytes(record)), number, left, unless=moved_on)
            return redacted

    def _has_other_erased(self, number: int, before: dict[str, int]) -> bool:
        return self._erased_placeholders(number) != before

    def _erased_placeholders(self, number: int) -> dict[str, int]:
        """The placeholders of a decision whose texts were erased, with the number of the entry that says so."""
        return {
            item: at
            for at, record in self.annotations_of(number)
            if isinstance(record, Redaction)
            for item in record.placeholders
        }

    def _allowed_actions(self, decision: Decision, judge: Judge | None) -> tuple[frozenset[str], str]:
        """The actions of a base, and its action for what was requested and done all the same."""
        if judge is None and cached_judge().base.digest == decision.provenance.base_digest:
            judge = cached_judge()
        if judge is not None:
            return guidance_actions(judge.base), judge.base.manifest.turn_roles.override_action
        with ArchivedJudges(self) as judges:
            base = judges.judge_for(decision.provenance)[0].base
            return guidance_actions(base), base.manifest.turn_roles.override_action

    def _assess_one(
        self, case: Case, judge: Judge, caller: dict[str, str], time_limit: float
    ) -> tuple[Assessment, PendingEntry]:
        if not isinstance(case, Case):
            raise TypeError(f"a case is a text or a legit.Case, not {type(case).__name__}")
        problems = validate_case(judge.base.vocabulary, case)
        if problems:  # problems quote the texts as they were given
            raise CaseError(*problems)
        hidden, stand_ins = pseudonymise(judge.writer.checked(case), judge.base.vocabulary)
        answer = judge.assess(hidden, time_limit=time_limit)
        commitments, kept = make_commitments(stand_ins, self.text_policy)
        record = build_decision(judge, hidden, answer, commitments, self.text_policy, caller, utc_now())
        return restore_model(answer, stand_ins), PendingEntry(to_bytes(record), kept)

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._seen = self._writer.seen
            if self._writer.process_id == os.getpid():
                self._writer.close()
        self._writer = None

    def _make_locks(self) -> None:
        """Make the locks: for a new log, and in a forked process, whose locks may be held by threads it has not."""
        self._lock = threading.Lock()
        self._group_commit = GroupCommit(self.path, self._lock, self._write)

    def _open_writer(self) -> LogWriter:
        if self._writer is not None and self._writer.process_id != os.getpid():
            self._inherited_writers.append(self._writer)
            self._close_writer()
        if self._writer is None:
            self._stored_bases.clear()  # the file may be another than before
            self._writer = LogWriter(self.path, _opening_entry, recovery_entry, self._seen)
        return self._writer

    def _write(self, entries: list[PendingEntry]) -> list[int]:
        """Write entries, and before them the bases that the log does not hold. The lock is held, so that all come into
        one file."""
        writer = self._open_writer()
        bases = {item.base.digest: item.base for item in entries if isinstance(item, _DecisionEntry) and item.base}
        for digest, base in bases.items():
            if digest not in self._stored_bases:
                self._store_base(writer, base)
        return writer.append(entries)

    def _store_base(self, writer: LogWriter, base: KnowledgeBase) -> None:
        """Store a knowledge base in the log, once. If its files changed in the meantime, `verify` reports it."""
        digest = base.digest
        if not writer.has_base(digest):
            data, profile = archive.pack_base(base), base.profile.id
            if data is not None:
                record = BaseStored(
                    time=utc_now(), base_digest=digest, profile=profile, archive_digest=archive.sha256(data)
                )
                writer.store_base(PendingEntry(to_bytes(record)), digest, profile, data)
        self._stored_bases.add(digest)


# SQLite may not be carried across a fork: the child would take itself for the holder of the locks of its parent
# (sqlite.org/howtocorrupt.html, 2.6). Therefore the file is closed first, and both open it again when they need it. The
# program has not closed the log, so that both go on only in the same file with the same entries.
_FORK_WAIT_SECONDS = 2.0
_held_at_fork: list[threading.Lock] = []


def _before_fork() -> None:
    for log in list(_LOGS):
        if log._lock.acquire(timeout=_FORK_WAIT_SECONDS):
            _held_at_fork.append(log._lock)
            log._close_writer()


def _after_fork_in_parent() -> None:
    while _held_at_fork:
        _held_at_fork.pop().release()


def _after_fork_in_child() -> None:
    _held_at_fork.clear()
    for log in list(_LOGS):
        log._make_locks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


def utc_now() -> str:
    """The time now, as entries hold it: UTC with microseconds, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def new_log_name() -> str:
    """A name for a new log, which no other log has."""
    return f"legit-log/{secrets.token_hex(16)}"


def _opening_entry() -> bytes:
    return to_bytes(LogOpened(time=utc_now(), log_name=new_log_name()))


def recovery_entry(dropped: int) -> bytes:
    """The bytes of the entry that reports a write that was never finished."""
    return to_bytes(Recovery(time=utc_now(), dropped_bytes=dropped))
