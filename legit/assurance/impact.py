"""The effect of a change of a base: witness cases with different answers, and the impact on given cases."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from legit.assurance.case_search import CaseSearch
from legit.assurance.case_space import CaseSpace
from legit.assurance.concrete_case import ConcreteCase, build_concrete_case
from legit.assurance.verify import format_count
from legit.batch.text_judge import TEXTS_AT_ONCE, DecidedText, TextJudge
from legit.catalogue.precedents import read_precedents
from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base_files import BaseFile
from legit.knowledge.toml_files import read_text
from legit.messages import message
from legit.model.assessment import Decision
from legit.render.phrases import effect_name

_DIVERGENCE_RULES = """
found(verdict,V,W)  :- before(verdict(V)), after(verdict(W)), V != W.
found(harm,L,M)     :- before(method_harm_level(L)), after(method_harm_level(M)), L != M.
found(guidance,A,B) :- before(verdict(V)), before(guidance(V,A)), after(verdict(W)), after(guidance(W,B)), A != B.
found(applies,C)     :- after(applies(C)), not before(applies(C)).
found(not_applies,C) :- before(applies(C)), not after(applies(C)).
found(undetermined,A,B) :- before(guidance(undetermined,A)), after(guidance(undetermined,B)), A != B.
"""
_SAME_CASE_RULES = """
after(X) :- input(X), before(X).
"""
_DIVERGENCE_KINDS = ("verdict", "guidance", "undetermined", "harm", "not_applies", "applies")
"""What `found` of the rules begins with, in the order of the answer."""

DELTA_KINDS = ("verdict", "guidance", "findings")
"""The kinds of difference between two answers to a case, the weightiest first."""


class Divergence(BaseModel):
    """A difference between two bases, with a case that shows it."""

    model_config = ConfigDict(frozen=True)

    summary: str
    case: ConcreteCase | None


class Divergences(BaseModel):
    """All kinds of divergences over the cases that both bases can state; none means that no result differs.

    `case_count` is the number of these cases. `only_old` and `only_new` are the numbers of the cases that one base
    alone can state; they have no second answer. Large numbers are given as a power of ten.
    """

    model_config = ConfigDict(frozen=True)

    divergences: tuple[Divergence, ...]
    case_count: str
    only_old: str
    only_new: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CaseDelta:
    """A case with different answers: (before, after), and where it stands."""

    file: str
    case: str
    verdict: tuple[str, str]
    guidance: tuple[str, str]
    harm: tuple[str, str]
    findings: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The weightiest kind of difference: one of `DELTA_KINDS`."""
        if self.verdict[0] != self.verdict[1]:
            return "verdict"
        same = self.guidance[0] == self.guidance[1] and self.harm[0] == self.harm[1]
        return "findings" if same else "guidance"

    def lines(self) -> tuple[str, ...]:
        """The differences, one a line."""
        kinds = (("verdict", self.verdict), ("guidance", self.guidance), ("harm", self.harm))
        changed = [
            message(f"assurance.change_{kind}", before=before, after=after)
            for kind, (before, after) in kinds
            if before != after
        ]
        return (*changed, *self.findings)


class Impact(BaseModel):
    """The cases with a different result, the cases that only one base understands, and counts."""

    model_config = ConfigDict(frozen=True)

    total: int
    deltas: tuple[CaseDelta, ...]
    unreadable: tuple[str, ...]
    verdict_transitions: dict[str, int]

    def summary(self) -> str:
        """How many cases have different answers, by the weightiest difference of each."""
        counts = Counter(item.kind for item in self.deltas)
        return ", ".join(message(f"assurance.changed_{kind}", number=counts[kind]) for kind in DELTA_KINDS)


def find_divergences(old: Judge, new: Judge, bounds: Bounds, limit: float) -> Divergences:
    """The kinds of shifts between two bases, each with a witness. Raises OutOfTimeError after `limit` seconds."""
    started = time.monotonic()
    deadline = started + limit
    spaces = [CaseSpace(judge.base, Program(judge.base, bounds)) for judge in (old, new)]
    search = CaseSearch(spaces, _DIVERGENCE_RULES, shared_inputs_only=True, linking_rules=_SAME_CASE_RULES)
    found = []
    for instance in sorted(search.reachable_instances(search.instances, deadline), key=_divergence_order):
        model = search.find_case(instance, deadline)
        kind, *args = instance.split(",")
        summary = message(f"assurance.divergence_{kind}", before=args[0], after=args[-1])
        shown = build_concrete_case([old, new], spaces, model, ["before", "after"]) if model else None
        found.append(Divergence(summary=summary, case=shown))
    common = set.intersection(*(set(space.symbols.values()) for space in spaces))
    shared = [space.count_within(common) for space in spaces]
    only_old, only_new = (format_count(space.count - count) for space, count in zip(spaces, shared, strict=True))
    return Divergences(
        divergences=tuple(found), case_count=format_count(min(shared)), only_old=only_old, only_new=only_new,
        seconds=round(time.monotonic() - started, 2),
    )  # fmt: skip


def _divergence_order(instance: str) -> tuple[int, str]:
    return _DIVERGENCE_KINDS.index(instance.partition(",")[0]), instance


def iter_case_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """The cases of a folder, each with its path in it: files that end in `.legit`, and precedents in `.toml`.

    Raises KnowledgeBaseError: K101-K103 unreadable, K201 a precedent of the wrong shape.
    """
    for path in sorted(folder.rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if path.suffix == ".legit":
            yield shown, read_text(BaseFile(path, shown), shown).removeprefix("\ufeff")
        elif path.suffix == ".toml":
            found, problems = read_precedents(BaseFile(path, shown), shown)
            if problems:
                raise KnowledgeBaseError(*problems)
            yield from ((f"{shown}: {item.id}", item.facts) for item in found)


def impact(
    old: Judge, new: Judge, texts: Iterable[tuple[str, str]], step: Callable[[int, int], None] | None = None
) -> Impact:
    """The changes of the answers for the cases in named texts."""
    total = 0
    moved: list[CaseDelta] = []
    unread: list[str] = []
    verdicts: Counter[str] = Counter()
    comparison = Comparison(old, new)
    rest = iter(texts)
    while group := list(itertools.islice(rest, TEXTS_AT_ONCE)):
        part = comparison.compare(group)
        total += part.total
        moved += part.deltas
        unread += part.unreadable
        verdicts.update(part.verdict_transitions)
        if step:
            step(total, 0)
    return Impact(
        total=total, deltas=tuple(moved), unreadable=tuple(unread), verdict_transitions=dict(sorted(verdicts.items()))
    )


class TextChange(NamedTuple):
    """What two judges say of a text: why one of them did not understand it, or the verdicts on each of its cases.

    `deltas` are the cases with different answers.
    """

    problem: str | None
    verdicts: tuple[str, ...]
    deltas: tuple[CaseDelta, ...]


class Comparison:
    """Compares the answers of two judges. An instance keeps the sentences that it has read; it serves one thread."""

    def __init__(self, old: Judge, new: Judge) -> None:
        self._old, self._new = TextJudge(old), TextJudge(new)

    def compare(self, texts: Sequence[tuple[str, str]]) -> Impact:
        """The changes of the answers for some named texts; at best `TEXTS_AT_ONCE` of them."""
        changes = self.changes(texts)
        problems = ((shown, change.problem) for (shown, _), change in zip(texts, changes, strict=True))
        return Impact(
            total=sum(len(change.verdicts) for change in changes),
            deltas=tuple(delta for change in changes for delta in change.deltas),
            unreadable=tuple(f"{shown}: {problem}" for shown, problem in problems if problem is not None),
            verdict_transitions=dict(Counter(words for change in changes for words in change.verdicts)),
        )

    def changes(self, texts: Sequence[tuple[str, str]]) -> list[TextChange]:
        """The change of each of some named texts."""
        befores, afters = (judge.decide([text for _, text in texts]) for judge in (self._old, self._new))
        return [
            _text_change(shown, before, after) for (shown, _), before, after in zip(texts, befores, afters, strict=True)
        ]


def _text_change(file: str, before: DecidedText, after: DecidedText) -> TextChange:
    problems = before.problems or after.problems
    if problems:
        return TextChange(problems[0].message, (), ())
    pairs = list(zip(before.cases, after.cases, strict=True))
    verdicts = tuple(f"{one.decision.verdict} -> {other.decision.verdict}" for one, other in pairs)
    deltas = (
        _case_delta(file, one.name, number, one.decision, other.decision)
        for number, (one, other) in enumerate(pairs, start=1)
    )
    return TextChange(None, verdicts, tuple(delta for delta in deltas if delta))


def _case_delta(file: str, name: str, number: int, before: Decision, after: Decision) -> CaseDelta | None:
    if before == after:
        return None
    old, new = dict(before.findings), dict(after.findings)
    findings = [
        message(
            "assurance.finding_change",
            criterion=name,
            before=effect_name(old.get(name)),
            after=effect_name(new.get(name)),
        )
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]
    return CaseDelta(
        file=file,
        case=name or message("assurance.unnamed_case", number=number),
        verdict=(before.verdict.value, after.verdict.value),
        guidance=(before.action, after.action), harm=(before.method_harm, after.method_harm), findings=tuple(findings),
    )  # fmt: skip
