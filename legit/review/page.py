"""The review as one HTML page that loads nothing. This module prepares what the template `review.html` shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from legit.messages import message
from legit.render.html import render_html
from legit.review.calibration import QueueItem, queue
from legit.review.comparison import Comparison
from legit.review.figures import ActFigures, Figures
from legit.review.records import ReviewedConversation, ReviewedTurn
from legit.review.reviewed import Review
from legit.review.words import (
    card_rows,
    comparison_lines,
    group_columns,
    group_row,
    group_title,
    headlines,
    outcome_rows,
    outcome_word,
    percent,
    seen,
)

_SHOWN_TURNS = 12
_SHOWN_ALIKE = 2
"""How many turns about one rule with one outcome are shown: further ones say the same again."""
_SHOWN_QUEUE = 10
_KEPT = 1_000
_SHOWN_CHANGES = 6
_SHOWN_GROUPS = 15
_WRONG = ("blind", "wrongful", "half_blind")


def review_page(
    review: Review, found: Figures, comparisons: tuple[Comparison, ...] = (), *, sample_size: int = 50
) -> str:
    """The page. Every text of a transcript is escaped. Raises MissingExtraError (X001) without the extra `html`."""
    wrong, more = _wrong_turns(review)
    waiting = queue(review, sample_size=sample_size)
    return render_html(
        "review.html",
        title=message("review.title"),
        styles=("page.css", "review.css"),
        headlines=list(headlines(found)),
        seen=seen(found),
        changes=_changes(review),
        outcomes=[_bar(acts, title) for title, acts in _acts(found) if acts.judged],
        looked=_looked(found),
        group_columns=group_columns(),
        groups=[
            (group_title(name), [group_row(row) for row in rows[:_SHOWN_GROUPS]])
            for name, rows in found.groups.items()
            if len(rows) > 1 or name in ("rule", "criterion")
        ],
        turns=[_turn(line, turn) for line, turn in wrong],
        more=more,
        queue=[_queued(item) for item in waiting[:_SHOWN_QUEUE]],
        waiting=len(waiting),
        card=card_rows(found.card),
        answers=found.card.answers,
        sample_size=sample_size,
        comparison=list(comparison_lines(comparisons)),
        run=_run(review, found),
    )


def _acts(found: Figures) -> list[tuple[str, ActFigures]]:
    return [
        (message("review.act_refusal"), found.refusals),
        (message("review.act_refusal_to_enforce"), found.refusals_to_enforce),
        (message("review.act_enforcement"), found.enforcements),
    ]


def _bar(acts: ActFigures, title: str) -> dict[str, Any]:
    """The parts of a bar: each outcome with its count and its share of the whole."""
    rows = outcome_rows(acts)
    total = sum(count for _, _, count in rows) or 1
    parts = [
        {
            "name": name,
            "word": word,
            "count": count,
            "percent": percent(count / total),
            "width": f"{100 * count / total:.2f}%",
        }
        for name, word, count in rows
    ]
    return {"title": title, "parts": parts, "total": total}


def _looked(found: Figures) -> dict[str, Any]:
    acts = found.refusals
    rows = [(message(f"review.looked_{name}"), acts.looked.get(name, 0)) for name in ("consulted", "checked", "no")]
    return {"rows": [row for row in rows if row[1]], "lucky": acts.lucky, "judged": acts.judged}


def _changes(review: Review) -> list[dict[str, str]]:
    """The rules that were the reason of most wrong acts, each with why it is no reason and what to say instead."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    wrong: dict[tuple[str, str], list[ReviewedTurn]] = defaultdict(list)
    for line in review.conversations():
        for turn in line.turns:
            key = turn.act, turn.rule or ", ".join(turn.rule_words)
            if turn.judged and key[1]:
                totals[key] += 1
                if _settled(review, turn) in ("blind", "wrongful") and len(wrong[key]) < _KEPT:
                    wrong[key].append(turn)
    ordered = sorted((key for key in wrong if wrong[key]), key=lambda key: (-len(wrong[key]), key))
    return [_change(key, wrong[key], totals[key]) for key in ordered[:_SHOWN_CHANGES]]


def _change(key: tuple[str, str], turns: list[ReviewedTurn], total: int) -> dict[str, str]:
    act, rule = key
    first = turns[0]
    title = message("review.change_rule", rule=rule) if first.rule else message("review.change_words", rule=rule)
    why = "; ".join(dict.fromkeys(item.statement for turn in turns for item in turn.criteria[:1]))
    return {
        "title": title,
        "count": message(f"review.change_count_{act}", wrong=len(turns), total=total),
        "why": message("review.change_why", why=why) if why else "",
        "say": message("review.change_say", say=" ".join([first.should, *first.advice[:1]])) if first.should else "",
        "route": first.routes[0] if first.routes else "",
    }


def _settled(review: Review, turn: ReviewedTurn) -> str:
    return review.answers[turn.id].outcome if turn.id in review.answers else turn.outcome


def _wrong_turns(review: Review) -> tuple[list[tuple[ReviewedConversation, ReviewedTurn]], int]:
    """The turns that were wrong, blind ones first, and how many more there are."""
    by_outcome: dict[str, list[tuple[ReviewedConversation, ReviewedTurn]]] = defaultdict(list)
    alike: Counter[tuple[str, str]] = Counter()
    count = 0
    for line in review.conversations():
        for turn in line.turns:
            outcome = _settled(review, turn)
            if turn.judged and outcome in _WRONG:
                count += 1
                alike[outcome, turn.rule] += 1
                if alike[outcome, turn.rule] <= _SHOWN_ALIKE and len(by_outcome[outcome]) < _SHOWN_TURNS:
                    bare = line.model_copy(update={"turns": (), "others": ()})
                    by_outcome[outcome].append((bare, turn.model_copy(update={"outcome": outcome})))
    shown = [item for outcome in _WRONG for item in by_outcome[outcome]][:_SHOWN_TURNS]
    return shown, count - len(shown)


def _turn(line: ReviewedConversation, turn: ReviewedTurn) -> dict[str, Any]:
    return {
        "id": turn.id,
        "outcome": turn.outcome,
        "word": outcome_word(turn.outcome),
        "asked": turn.asked,
        "said": _marked(turn.said, turn.rule_words),
        "why": [f"{item.title}. {item.statement}" for item in turn.criteria[:3]] or [turn.verdict_summary],
        "should": turn.should,
        "route": turn.routes[0] if turn.routes else "",
        "looked": message(f"review.looked_{turn.looked}"),
        "place": " · ".join(part for part in (line.day, line.language, line.model) if part),
    }


def _marked(said: str, words: tuple[str, ...]) -> list[tuple[str, bool]]:
    """A text in parts, with whether a part names the rule."""
    low = said.casefold()
    if len(low) != len(said):  # a letter that folds to two: positions would differ
        return [(said, False)]
    parts: list[tuple[str, bool]] = []
    at = 0
    for word in words:
        found = low.find(word.casefold(), at)
        if found >= 0 and word:
            parts += [(said[at:found], False), (said[found : found + len(word)], True)]
            at = found + len(word)
    return [*parts, (said[at:], False)]


def _queued(item: QueueItem) -> dict[str, str]:
    if item.why == "open":
        why = message("review.queue_open", count=item.settles)
    elif item.why == "sample":
        why = message("review.queue_sample", outcome=outcome_word(item.outcome))
    elif item.why == "failed":
        why = message("review.queue_failed")
    else:
        why = message("review.queue_other")
    return {"id": item.id, "why": why, "asked": item.asked, "said": item.said, "question": item.question}


def _run(review: Review, found: Figures) -> list[tuple[str, str]]:
    header = review.header
    rows = [
        (
            message("review.run_base"),
            f"{header.base} {header.base_version} ({header.profile}) {header.base_digest[:19]}",
        ),
        (message("review.run_describer"), header.describer),
        (message("review.run_samples"), str(header.samples)),
        (message("review.run_strictness"), header.strictness),
    ]
    return [*rows, (message("review.run_tokens"), str(found.tokens))] if found.tokens else rows
