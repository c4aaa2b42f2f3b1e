"""Checks rows of the dataset: every label is proved again, and what the prompts are like is counted.

The check reads the file alone. It does not trust the maker: verdicts, proofs and guidance come from the engine, pairs
are compared fact by fact, and near-duplicates, lengths, patterns and leaks are measured on the texts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from legit.assurance.priorities import PriorityTracer
from legit.dataset.make import label
from legit.dataset.near_duplicates import near_duplicates
from legit.dataset.rows import CANARY, DatasetRow
from legit.errors import LegitError
from legit.judge import Judge
from legit.model.facts import Case, Fact

MOST_ALIKE = 0.8
"""The Jaccard similarity over word 5-grams above which two prompts are near-duplicates."""

MOST_OF_A_PATTERN = 0.02
"""The largest share of the prompts that one sentence pattern may have."""

FEWEST_OF_A_KIND = 20
"""How often each criterion, undercutter, priority, authority and right is to occur in a dataset of 12,000 rows."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LABELS = ("verdict", "scope", "consequence", "proof", "undercut", "rights", "harm", "harms", "guidance", "base")


class CheckProblem(BaseModel):
    """What is wrong with a row: a stable code (E…), the id of the row, and words."""

    model_config = ConfigDict(frozen=True)

    code: str
    row: str
    message: str


class CheckResult(BaseModel):
    """What a check found. `sound` is False when a label, a pair, a split, or the canary is wrong."""

    model_config = ConfigDict(frozen=True)

    rows: int
    proved: int
    problems: tuple[CheckProblem, ...]
    balance: dict[str, dict[str, int]]
    never: dict[str, tuple[str, ...]]
    near_duplicates: tuple[tuple[str, str, float], ...]
    words_min: int
    words_median: int
    words_max: int
    pattern_share: float
    sentence_share: float
    most_common_sentence: str

    @property
    def sound(self) -> bool:
        """Whether every label was proved and nothing leaks."""
        return not self.problems


def check_rows(judge: Judge, rows: Sequence[DatasetRow]) -> CheckResult:
    """Check rows under a judge. The digest of the base is a part of the label: another base proves another dataset."""
    problems: list[CheckProblem] = []
    cases: dict[str, Case] = {}
    proved = 0
    for row in rows:
        wrong = list(_label_problems(judge, row, cases))
        proved += not wrong
        problems += wrong
    problems += _identity_problems(rows)
    problems += _pair_problems(rows, cases)
    problems += _split_problems(rows)
    alike = tuple((rows[one].id, rows[two].id, round(share, 3)) for one, two, share in _alike(rows))
    lengths = sorted(len(row.prompt.split()) for row in rows)
    patterns = Counter(name for row in rows for name in dict.fromkeys(row.patterns))
    sentences = Counter(text for row in rows for text in dict.fromkeys(_SENTENCE.split(row.prompt)))
    sentence, times = sentences.most_common(1)[0]
    tracer = PriorityTracer(judge)
    balance = _balance(rows)
    balance["priority"] = dict(_priorities(tracer, rows, cases))
    return CheckResult(
        rows=len(rows),
        proved=proved,
        problems=tuple(problems),
        balance=balance,
        never=_never(judge, balance, tracer.names),
        near_duplicates=alike,
        words_min=lengths[0],
        words_median=lengths[len(lengths) // 2],
        words_max=lengths[-1],
        pattern_share=round(max(patterns.values(), default=0) / len(rows), 4),
        sentence_share=round(times / len(rows), 4),
        most_common_sentence=sentence,
    )


def _priorities(tracer: PriorityTracer, rows: Sequence[DatasetRow], cases: Mapping[str, Case]) -> Counter[str]:
    """In how many rows each priority decides something."""
    times = Counter(row.id for row in rows)
    found: Counter[str] = Counter()
    for name, case in cases.items():
        found.update(dict.fromkeys(tracer.deciding(case), times[name]))
    return found


def _alike(rows: Sequence[DatasetRow]) -> Iterator[tuple[int, int, float]]:
    return near_duplicates([row.prompt for row in rows], MOST_ALIKE)


def _label_problems(judge: Judge, row: DatasetRow, cases: dict[str, Case]) -> Iterator[CheckProblem]:
    try:
        case = cases[row.id] = judge.parse_case(row.case)
        found = DatasetRow.model_validate({**row.model_dump(), **label(judge.assess(case))})
    except LegitError as error:
        yield CheckProblem(code="E001", row=row.id, message=f"the case is not understood: {error}")
        return
    for name in _LABELS:
        if getattr(found, name) != getattr(row, name):
            told = f"`{name}` is {_shown(row, name)}; the engine says {_shown(found, name)}"
            yield CheckProblem(code="E002", row=row.id, message=told)
            return
    for fact in case.facts:
        if fact.detail and not _in_prompt(fact.detail, row):
            yield CheckProblem(code="E003", row=row.id, message=f"the prompt lacks the fact “{fact.detail}”")


def _shown(row: DatasetRow, name: str) -> str:
    value = getattr(row, name)
    return f"`{value}`" if isinstance(value, str) else "another"


def _in_prompt(detail: str, row: DatasetRow) -> bool:
    """Whether the words of a detail stand in a prompt. A connector may have lowered its first letter."""
    return detail[1:].casefold() in f"{row.prompt} {row.operator}".casefold()


def _identity_problems(rows: Iterable[DatasetRow]) -> Iterator[CheckProblem]:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            yield CheckProblem(code="E004", row=row.id, message="another row has the same id")
        seen.add(row.id)
        if row.canary != CANARY:
            yield CheckProblem(code="E005", row=row.id, message="the canary is not that of the dataset")


def _pair_problems(rows: Iterable[DatasetRow], cases: dict[str, Case]) -> Iterator[CheckProblem]:
    pairs: dict[str, list[DatasetRow]] = defaultdict(list)
    for row in rows:
        if row.pair:
            pairs[row.pair].append(row)
    for name, members in pairs.items():
        if sorted(row.verdict for row in members) != ["defeated", "stands"]:
            yield CheckProblem(
                code="E006", row=members[0].id, message=f"`{name}` is no pair of a defeated and a standing case"
            )
        elif all(row.id in cases for row in members):
            changed = facts_apart(cases[members[0].id], cases[members[1].id])
            if changed != 1:
                yield CheckProblem(code="E007", row=members[0].id, message=f"the pair is {changed} facts apart")


def facts_apart(one: Case, other: Case) -> int:
    """How many facts two cases are apart: those that one has and the other has not, a replaced one counted once.
    The words of details do not count."""
    first, second = Counter(map(_content, one.facts)), Counter(map(_content, other.facts))
    return max((first - second).total(), (second - first).total())


def _content(fact: Fact) -> tuple[object, ...]:
    return (fact.predicate, fact.args, fact.truth, fact.speaker)


def _split_problems(rows: Iterable[DatasetRow]) -> Iterator[CheckProblem]:
    first: dict[str, DatasetRow] = {}
    for row in rows:
        known = first.setdefault(row.situation, row)
        if known.split != row.split:
            yield CheckProblem(code="E008", row=row.id, message=f"`{row.situation}` is in two splits")


def _balance(rows: Sequence[DatasetRow]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {
        name: Counter(str(getattr(row, name)) for row in rows)
        for name in (
            "verdict",
            "scope",
            "stance",
            "domain",
            "authority",
            "harm",
            "guidance",
            "split",
            "language",
            "voice",
        )
    }
    counts["criterion"] = Counter(item.criterion for row in rows for item in row.proof)
    counts["criterion that defeats"] = Counter(name for row in rows for name in row.criteria())
    counts["effect"] = Counter(item.effect for row in rows for item in row.proof)
    counts["undercutter"] = Counter(name for row in rows for name in row.undercut)
    counts["method harm"] = Counter(name for row in rows for name in row.harms)
    counts["right"] = Counter(name for row in rows for name in row.rights)
    return {name: dict(sorted(table.items())) for name, table in counts.items()}


def _never(judge: Judge, balance: dict[str, dict[str, int]], priorities: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What of the base occurs less often than `FEWEST_OF_A_KIND` times."""
    base = judge.base
    wanted = {
        "criterion": [name for name, item in base.criteria.items() if item.standard_of_review],
        "undercutter": [
            f"{name}:{words}" for name, item in base.criteria.items() for words in item.undercutters.values()
        ],
        "priority": list(priorities),
        "authority": list(base.vocabulary.values("authority_kind")),
        "right": list(base.bibliography.rights),
    }
    return {
        kind: tuple(sorted(name for name in names if balance[kind].get(name, 0) < FEWEST_OF_A_KIND))
        for kind, names in wanted.items()
    }
