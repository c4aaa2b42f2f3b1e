"""The figures of a review: rates with their limits, by rule, authority, criterion, language, day; and a card that tells
how good the refusal test, the describer and the judge were."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from legit.evals.intervals import Share, wilson
from legit.review.agreement import krippendorff_alpha
from legit.review.calibration import Sample, draw_sample
from legit.review.rates import Checked, Rate, clustered_rate, corrected_rate
from legit.review.records import NOT_AN_ACT, Answer, ReviewedConversation, ReviewedTurn
from legit.review.reviewed import Review


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ActFigures(_Frozen):
    """The figures of one kind of act. `wrong` is what is counted: blind refusals, or wrongful enforcements.

    `outcomes` counts the judged acts, where a person answered by the answer. `raw` is the share of the wrong ones as
    judged, `at_most` that share if every one that is still undecided were wrong too, `corrected` the share by what
    people said of a random sample; None without one.
    `lucky` is the share of the rightful ones before which the assistant had not looked.
    """

    total: int = 0
    judged: int = 0
    outcomes: dict[str, int] = {}
    raw: Rate = Rate(hits=0, total=0)
    at_most: Rate = Rate(hits=0, total=0)
    corrected: Rate | None = None
    looked: dict[str, int] = {}
    lucky: Share = Share(hits=0, total=0)

    @property
    def headline(self) -> Rate:
        """The corrected rate where there is one, and otherwise the raw one."""
        return self.corrected or self.raw


class GroupFigures(_Frozen):
    """The refusals of one group: of one rule, authority, criterion, language or day."""

    name: str
    refusals: int
    blind: Rate
    half_blind: int = 0
    undecided: int = 0


class Card(_Frozen):
    """How good the judges were.

    `alpha` is the agreement of the descriptions of a turn on its outcome, by Krippendorff. `disputed` is the share of
    described turns on which descriptions differ in a fact, `hanging` that of turns whose outcome depends on it.
    `failed` counts turns without a verdict, `failures` why there is none.
    `precision` is the share of the found turns that people confirm as refusals or enforcements, `missed` the share of
    the other turns that people say are some. `right` is the share of outcomes that people confirm.
    """

    answers: int = 0
    alpha: float | None = None
    disputed: Share = Share(hits=0, total=0)
    hanging: Share = Share(hits=0, total=0)
    not_understood: int = 0
    failed: int = 0
    failures: dict[str, int] = {}
    precision: Share = Share(hits=0, total=0)
    missed: Share = Share(hits=0, total=0)
    right: Share = Share(hits=0, total=0)


class Figures(_Frozen):
    """All figures of a review. `kinds` counts the assistant's turns by what they do."""

    conversations: int = 0
    turns: int = 0
    kinds: dict[str, int] = {}
    refusals: ActFigures = ActFigures()
    enforcements: ActFigures = ActFigures()
    refusals_to_enforce: ActFigures = ActFigures()
    groups: dict[str, tuple[GroupFigures, ...]] = {}
    card: Card = Card()
    tokens: int = 0


@dataclass
class _Act:
    """What is kept of a judged turn."""

    id: str
    cluster: str
    outcome: str
    settled: str
    looked: str
    groups: tuple[tuple[str, str], ...]


@dataclass
class _Count:
    answers: Mapping[str, Answer]
    kinds: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    acts: dict[str, list[_Act]] = field(default_factory=lambda: defaultdict(list))
    votes: list[tuple[str, ...]] = field(default_factory=list)
    described: int = 0
    disputed: int = 0
    hanging: int = 0
    not_understood: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    conversations: int = 0
    tokens: int = 0

    def add(self, line: ReviewedConversation) -> None:
        """Count a conversation."""
        self.conversations += 1
        self.tokens += line.tokens
        self.kinds.update(line.kinds)
        for turn in line.turns:
            self.totals[turn.act] += 1
            if turn.judged:
                self._add_judged(line, turn)

    def _add_judged(self, line: ReviewedConversation, turn: ReviewedTurn) -> None:
        settled = self.answers[turn.id].outcome if turn.id in self.answers else turn.outcome
        act = _Act(turn.id, line.conversation, turn.outcome, settled, turn.looked, _groups(line, turn))
        self.acts[turn.act].append(act)
        self.failures.update([turn.failure] if turn.failure else [])
        self.not_understood += turn.problems
        if len(turn.votes) > 1:
            self.described += 1
            self.votes.append(turn.votes)
            self.disputed += bool(turn.disputed)
            self.hanging += bool(turn.disputed) and turn.outcome == "undecided"


def _groups(line: ReviewedConversation, turn: ReviewedTurn) -> tuple[tuple[str, str], ...]:
    found = [("rule", turn.rule or ", ".join(turn.rule_words).casefold()), *sorted(turn.groups.items())]
    found += [("criterion", item.title) for item in turn.criteria]
    found += [("language", line.language), ("day", line.day), ("model", line.model)]
    return tuple((name, value) for name, value in found if value)


def figures(review: Review, *, sample_size: int = 50) -> Figures:
    """The figures of a review, with the answers of people that it has. Raises ReviewError (V202)."""
    count = _Count(review.answers)
    for line in review.conversations():
        count.add(line)
    sample = draw_sample(review, sample_size)
    return Figures(
        conversations=count.conversations, turns=count.kinds.total(), kinds=dict(count.kinds), tokens=count.tokens,
        refusals=_act_figures(count, "refusal", "blind", review, sample),
        enforcements=_act_figures(count, "enforcement", "wrongful", review, sample),
        refusals_to_enforce=_act_figures(count, "refusal_to_enforce", "wrongful", review, sample),
        groups=_group_figures(count.acts["refusal"]), card=_card(count, review, sample),
    )  # fmt: skip


def _act_figures(count: _Count, act: str, wrong: str, review: Review, sample: Sample) -> ActFigures:
    acts = count.acts[act]
    values = [(item.cluster, int(item.outcome == wrong)) for item in acts]
    drawn = set(sample.acts)
    checked = [
        Checked(item.cluster, int(item.outcome == wrong), int(review.answers[item.id].outcome == wrong))
        for item in acts
        if item.id in drawn and item.id in review.answers and review.answers[item.id].outcome != "undecided"
    ]
    rightful = [item for item in acts if item.settled == "rightful"]
    confirmed = [item for item in acts if item.settled != NOT_AN_ACT]
    return ActFigures(
        total=count.totals[act], judged=len(acts), outcomes=dict(Counter(item.settled for item in confirmed)),
        raw=clustered_rate(values),
        at_most=clustered_rate((item.cluster, int(item.settled in (wrong, "undecided"))) for item in confirmed),
        corrected=corrected_rate(values, checked), looked=dict(Counter(item.looked for item in acts)),
        lucky=wilson(sum(item.looked == "no" for item in rightful), len(rightful)),
    )  # fmt: skip


def _group_figures(acts: Iterable[_Act]) -> dict[str, tuple[GroupFigures, ...]]:
    """Refusals by each dimension, those with most blind ones first; days in their order."""
    by_group: dict[str, dict[str, list[_Act]]] = defaultdict(lambda: defaultdict(list))
    for item in acts:
        if item.settled == NOT_AN_ACT:
            continue
        for name, value in dict.fromkeys(item.groups):
            by_group[name][value].append(item)
    found = {}
    for name, groups in by_group.items():
        rows = [_group(value, items) for value, items in groups.items()]
        order: Callable[[GroupFigures], tuple[object, ...]] = (
            (lambda row: (row.name,)) if name == "day" else (lambda row: (-row.blind.hits, -row.refusals, row.name))
        )
        found[name] = tuple(sorted(rows, key=order))
    return found


def _group(name: str, items: list[_Act]) -> GroupFigures:
    outcomes = Counter(item.settled for item in items)
    blind = clustered_rate((item.cluster, int(item.settled == "blind")) for item in items)
    return GroupFigures(
        name=name, refusals=len(items), blind=blind, half_blind=outcomes["half_blind"], undecided=outcomes["undecided"]
    )


def _card(count: _Count, review: Review, sample: Sample) -> Card:
    answers = review.answers
    outcome = {item.id: item.outcome for acts in count.acts.values() for item in acts}
    said = [answers[key] for key in sample.acts if key in answers]
    confirmed = [item for item in said if item.outcome != NOT_AN_ACT]
    others = [answers[key] for key in sample.others if key in answers]
    decided = [item for item in said if outcome.get(item.id, "undecided") != "undecided"]
    return Card(
        answers=len(answers), alpha=krippendorff_alpha(count.votes), disputed=wilson(count.disputed, count.described),
        hanging=wilson(count.hanging, count.described), not_understood=count.not_understood,
        failed=count.failures.total(),
        failures=dict(count.failures.most_common()),
        precision=wilson(len(confirmed), len(said)),
        missed=wilson(sum(item.outcome not in (NOT_AN_ACT,) for item in others), len(others)),
        right=wilson(sum(item.outcome == outcome[item.id] for item in decided), len(decided)),
    )  # fmt: skip
