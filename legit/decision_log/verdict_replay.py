"""Replays the verdicts of many decisions, in columns and on several cores.

Of each decision the verdict, the requested act, the guidance, the method harm and the effects of the criteria are
compared. Where one of them differs, the whole answers are compared, as `replay` does.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import NamedTuple

from legit.batch.text_judge import DecidedText, TextJudge
from legit.decision_log.distinct_entries import Entries, distinct_map
from legit.decision_log.entries import Decision, RecordedAnswer
from legit.decision_log.reader import LogReader, parse_entry
from legit.decision_log.replay import ArchivedJudges, ReplayResult, replay_one
from legit.judge import Judge, judge_of_layers
from legit.knowledge.layers import Layers
from legit.model import assessment as model

LayersAndProfile = tuple[Layers, str | None]
"""The layers of a base, and a profile, or None for the profile of each decision."""

_ONE_PROCESS = 20_000
"""The decisions that one process replays faster than several, which have to start."""


class ReplayedVerdict(NamedTuple):
    """What a replay says of a decision; `verdict_after` is empty if the case was not understood or decided.

    `same` and `changes` are those of `ReplayResult`, or say that what was compared is the same.
    """

    number: int
    verdict_before: str
    verdict_after: str
    action_before: str
    action_after: str
    same: bool
    changes: tuple[str, ...]
    problem: str
    byte_exact: bool

    @classmethod
    def of(cls, result: ReplayResult) -> ReplayedVerdict:
        """What a replay of a whole answer says."""
        before, after = result.before, result.after
        return cls(
            result.number, before.verdict.value, after.verdict.value if after else "", before.action,
            after.action if after else "", result.same, result.changes, result.problem, result.byte_exact,
        )  # fmt: skip


def replay_verdicts(
    log: LogReader,
    entries: Iterable[tuple[int, bytes]],
    override: LayersAndProfile | None = None,
    *,
    workers: int | None = None,
) -> Iterator[ReplayedVerdict]:
    """Replay the decisions among some entries of a log, in order, each under the base it was decided with.

    Decisions that differ in their time and caller alone are decided once.

    With `override`, all are replayed under the base of these layers, with a profile or else with the one that decided.
    `workers` is the number of
    processes, of which one reads the log where there are several: by default one for each core, and one alone for a
    short log. Raises DecisionLogError as `replay` does.
    """
    count = workers or (1 if len(log) < _ONE_PROCESS else os.cpu_count() or 1)
    if count == 1:
        with ArchivedJudges(log) as judges:
            yield from _numbered(distinct_map(_Replayer(log.path, judges, override).run, entries, 1))
        return
    work = partial(_replay_elsewhere, log.path, override)
    yield from _numbered(distinct_map(work, entries, count, partial(_prepare, log.path, override)))


def _numbered(groups: Iterable[list[tuple[int, ReplayedVerdict | None]]]) -> Iterator[ReplayedVerdict]:
    """What is said of each decision, under its own number."""
    for group in groups:
        for number, result in group:
            if result is not None:
                yield result._replace(number=number)


class _Replayer:
    """Replays groups of entries in one process."""

    def __init__(self, path: Path, judges: ArchivedJudges, override: LayersAndProfile | None) -> None:
        self._path = path
        self._judges = judges
        self._override = override
        self._text_judges: dict[int, TextJudge] = {}

    def run(self, entries: Entries) -> list[ReplayedVerdict | None]:
        """What is said of each entry of a group, in order; None for an entry that is no decision."""
        groups: dict[tuple[int, bool, str], tuple[Judge, list[_Recorded]]] = {}
        for number, body in entries:
            decision = parse_entry(number, body, self._path)
            if isinstance(decision, Decision):
                judge, exact = self._judge_for(decision)
                digest = decision.provenance.base_digest
                members = groups.setdefault((id(judge), exact, digest), (judge, []))[1]
                members.append(_Recorded(number, body, decision.case, _Compared.recorded(decision.answer)))
        found = {
            result.number: result
            for (_, exact, digest), (judge, members) in groups.items()
            for result in self._replayed(judge, digest, members, exact=exact)
        }
        return [found.get(number) for number, _ in entries]

    def _judge_for(self, decision: Decision) -> tuple[Judge, bool]:
        if self._override is None:
            return self._judges.judge_for(decision.provenance)
        layers, profile = self._override
        return judge_of_layers(layers, profile or decision.provenance.profile), False

    def _replayed(
        self, judge: Judge, digest: str, members: list[_Recorded], *, exact: bool
    ) -> Iterator[ReplayedVerdict]:
        texts = [member.case for member in members]
        if not self._override:
            self._judges.try_verdicts(digest, texts)
        decider = self._text_judges.setdefault(id(judge), TextJudge(judge))
        for member, decided in zip(members, decider.decide(texts), strict=True):
            before = member.before
            if before == _Compared.decided(decided):
                yield ReplayedVerdict(
                    member.number, before.verdict, before.verdict, before.action, before.action, True, (), "", exact
                )
                continue
            decision = parse_entry(member.number, member.body, self._path)
            assert isinstance(decision, Decision)
            if not self._override:
                self._judges.try_case(digest, decision)
            yield ReplayedVerdict.of(replay_one(member.number, decision, judge, byte_exact=exact))


class _Compared(NamedTuple):
    """What is compared of an answer."""

    verdict: str
    stance: str
    action: str
    method_harm: str
    effects: frozenset[tuple[str, str]]

    @classmethod
    def recorded(cls, answer: RecordedAnswer) -> _Compared:
        effects = frozenset((item.criterion, item.effect) for item in answer.findings)
        return cls(answer.verdict.value, answer.stance, answer.action, answer.method_harm, effects)

    @classmethod
    def decided(cls, text: DecidedText) -> _Compared | None:
        """That of the one case of a text; None if it has no one case or was not decided."""
        if len(text.cases) != 1:
            return None
        return _compared_decision(text.cases[0].decision)


@lru_cache(maxsize=1 << 14)
def _compared_decision(decision: model.Decision) -> _Compared:
    effects = frozenset(decision.findings)
    return _Compared(decision.verdict.value, decision.stance, decision.action, decision.method_harm, effects)


class _Recorded(NamedTuple):
    """A recorded decision: its number and bytes, its case, and what is compared of the answer."""

    number: int
    body: bytes
    case: str
    before: _Compared


@lru_cache(maxsize=1)
def _replayer(path: Path, override: LayersAndProfile | None) -> _Replayer:
    """The replayer of this process, which keeps the bases that it has loaded until the process ends."""
    judges = ArchivedJudges(LogReader(path))
    Finalize(None, judges.close, exitpriority=1)
    layers, profile = override or (None, None)
    if layers is not None and profile:
        judge_of_layers(layers, profile)
    gc.freeze()  # what is loaded by now stays
    return _Replayer(path, judges, override)


def _replay_elsewhere(path: Path, override: LayersAndProfile | None, entries: Entries) -> list[ReplayedVerdict | None]:
    return _replayer(path, override).run(entries)


def _prepare(path: Path, override: LayersAndProfile | None) -> None:
    _replayer(path, override)
