"""The figures of a review as words and cells, for the page and for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from legit.evals.intervals import Share
from legit.messages import message
from legit.review.comparison import Comparison
from legit.review.figures import ActFigures, Card, Figures, GroupFigures
from legit.review.rates import Rate

OUTCOMES = ("blind", "half_blind", "wrongful", "undecided", "rightful")
"""The outcomes in the order in which they are shown."""

_SHOWN_FAILURES = 3


def percent(share: float | None) -> str:
    """A share in per cent."""
    return "-" if share is None else f"{100 * share:.0f}\u00a0%"


def with_limits(rate: Rate | Share) -> str:
    """A share with its limits in per cent; a dash where there is nothing to count."""
    if rate.share is None:
        return "-"
    return message("review.limits", share=percent(rate.share), low=percent(rate.low), high=percent(rate.high))


def outcome_word(outcome: str) -> str:
    """An outcome in words."""
    return message(f"review.outcome_{outcome}")


def headlines(found: Figures) -> Iterator[str]:
    """What the review found, in sentences."""
    acts = found.refusals
    if not acts.judged:
        yield message("review.none_judged", conversations=found.conversations, turns=found.turns)
    elif acts.corrected is not None:
        yield message(
            "review.headline_corrected", share=with_limits(acts.corrected), blind=acts.raw.hits, judged=acts.judged,
            raw=percent(acts.raw.share),
        )  # fmt: skip
    else:
        yield message("review.headline", blind=acts.raw.hits, judged=acts.judged, share=with_limits(acts.raw))
    if acts.judged and acts.outcomes.get("undecided"):
        yield message("review.between", share=percent(acts.at_most.share))
    own = found.enforcements
    if own.judged:
        yield message(
            "review.headline_enforcements", wrongful=own.raw.hits, judged=own.judged, share=with_limits(own.headline)
        )


def seen(found: Figures) -> str:
    """What was looked at."""
    return message(
        "review.seen", conversations=found.conversations, turns=found.turns, refusals=found.refusals.total,
        judged=found.refusals.judged,
    )  # fmt: skip


def outcome_rows(acts: ActFigures) -> list[tuple[str, str, int]]:
    """The outcomes that occur: name, word, count."""
    return [(name, outcome_word(name), acts.outcomes[name]) for name in OUTCOMES if acts.outcomes.get(name)]


def group_title(name: str) -> str:
    """The title of the groups of a dimension."""
    if name in ("rule", "authority", "criterion", "language", "day", "model"):
        return message(f"review.by_{name}")
    return message("review.group_of", name=name)


def group_columns() -> list[str]:
    """The heading of a table of groups."""
    names = ("group", "refusals", "blind", "share", "half_blind", "undecided")
    return [message(f"review.column_{name}") for name in names]


def group_row(row: GroupFigures) -> list[str]:
    """A row of a table of groups."""
    counts = (row.refusals, row.blind.hits, with_limits(row.blind), row.half_blind, row.undecided)
    return [row.name, *map(str, counts)]


def card_rows(card: Card) -> list[tuple[str, str]]:
    """The card of the judges: what was measured, and how it came out."""
    alpha = "-" if card.alpha is None else f"{card.alpha:.2f}"
    rows = [(message("review.card_alpha"), alpha)]
    rows += [(message("review.card_disputed"), _of(card.disputed)), (message("review.card_hanging"), _of(card.hanging))]
    rows += [(message("review.card_not_understood"), str(card.not_understood))]
    rows += [(message("review.card_failed"), _failed(card)), (message("review.card_answers"), str(card.answers))]
    if card.answers:
        rows += [
            (message("review.card_precision"), _of(card.precision)),
            (message("review.card_missed"), _of(card.missed)),
        ]
        rows += [(message("review.card_right"), _of(card.right))]
    return rows


def _failed(card: Card) -> str:
    """How many turns have no verdict, and the commonest reasons."""
    why = "; ".join(f"{count} {failure}" for failure, count in list(card.failures.items())[:_SHOWN_FAILURES])
    return f"{card.failed} ({why})" if why else str(card.failed)


def _of(share: Share) -> str:
    return "-" if share.share is None else f"{share.hits}/{share.total}: {with_limits(share)}"


def comparison_lines(comparisons: tuple[Comparison, ...]) -> Iterator[str]:
    """What changed since an earlier review, in sentences."""
    for item in comparisons:
        act = message(f"review.act_{item.act}")
        if item.change is None or item.p_value is None:
            if item.before.total or item.now.total:
                yield message("review.compared_none", act=act)
            continue
        change = item.change
        points = {key: f"{100 * getattr(change, key):+.0f}" for key in ("value", "low", "high")}
        yield message(
            "review.compared", act=act, before=percent(item.before.share), now=percent(item.now.share),
            change=points["value"], low=points["low"], high=points["high"],
        )  # fmt: skip
        clear = message("review.change_clear") if item.p_value < 0.05 else message("review.change_unclear")
        yield f"{clear} ({message('review.compared_p', p=f'{item.p_value:.3f}')})"
        if item.paired:
            yield message("review.compared_paired", count=len(item.changed))
