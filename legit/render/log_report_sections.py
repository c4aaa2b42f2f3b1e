"""The sections of a report that say more than counts by group: speakers, open ends, overrides, versions."""

from __future__ import annotations

from collections.abc import Iterator

from legit.decision_log.regression import Drift
from legit.decision_log.report import MOST_OVERRIDES, Figures
from legit.model.assessment import Verdict
from legit.render.log_report_tables import MOST_ROWS, VERDICTS, bar, cut, group_table, grouped, share
from legit.render.page import figure, table, text
from legit.render.plots import bar_plot

_REASONS = {"": "what was not known", "time": "not decided in time", "corroboration": "somebody else has to confirm it"}


def whose_word(counted: Figures) -> Iterator[str]:
    """Whose word verdicts rest on."""
    yield "<h2>On whose word</h2>\n"
    yield "<p>On whose word alone the verdict rests: without it, something else would or might have come out.</p>\n"
    alone = sorted(counted.whole.alone.items(), key=lambda item: (not item[0], item[0]))
    yield table(
        "Decisions by the speaker on whose word alone they rest",
        ("speaker", "decisions", "share"),
        [(name or "nobody's alone", number, share(number, counted.whole.decisions)) for name, number in alone],
    )
    yield from grouped("Decisions that are not settled without the word of", "speaker", counted.needed)
    yield group_table("Decisions in which a speaker said something", "speaker", counted.speakers)


def undetermined(counted: Figures) -> Iterator[str]:
    """How much was undetermined, and why."""
    total = counted.whole.verdicts[Verdict.UNDETERMINED.value]
    yield f"<h2>Undetermined</h2>\n<p>{total} of {counted.whole.decisions} decisions "
    yield f"({share(total, counted.whole.decisions)}). The share for each group is in the tables of this page.</p>\n"
    yield table(
        "What undetermined decisions waited for",
        ("reason", "decisions", "share of the undetermined"),
        [(_REASONS.get(key, key), number, share(number, total)) for key, number in counted.reasons.most_common()],
    )
    yield table(
        "Open questions on which undetermined verdicts hung" + cut(len(counted.questions)),
        ("question", "decisions", "share of the undetermined"),
        [(key, number, share(number, total)) for key, number in counted.questions.most_common(MOST_ROWS)],
    )


def overrides(counted: Figures) -> Iterator[str]:
    """Where somebody decided otherwise."""
    total = counted.whole.overridden
    yield "<h2>Overrides</h2>\n"
    if not total:
        yield "<p>No override is on record.</p>\n"
        return
    decisions = counted.whole.decisions
    yield f"<p>{total} of {decisions} decisions ({share(total, decisions)}) were overridden: "
    yield "somebody who answers for it decided otherwise, and said so to the log.</p>\n"
    yield table(
        "From what to what",
        ("guidance", "done instead", "decisions"),
        [(before or "none", after, number) for (before, after), number in counted.changed.most_common()],
        words=(1,),
    )
    more = f", the first {MOST_OVERRIDES}" if total > len(counted.overrides) else ""
    yield table(
        f"The overridden decisions{more}",
        ("number", "time", "verdict", "guidance", "done instead", "by", "why"),
        [
            (item.number, item.record.time[:16], item.record.answer.verdict.value, item.record.answer.action,
             item.override.action, item.override.by, item.override.why)
            for item in counted.overrides if item.override
        ],
        words=range(1, 7),
    )  # fmt: skip


def redactions(counted: Figures) -> Iterator[str]:
    """Of which decisions texts were erased."""
    total = counted.redacted
    yield "<h2>Redactions</h2>\n"
    if not total:
        yield "<p>No redaction is on record.</p>\n"
        return
    yield f"<p>Quoted texts of {total} of {counted.whole.decisions} decisions "
    yield f"({share(total, counted.whole.decisions)}) were erased for good. The records stay as they were.</p>\n"
    most = f" (at most {MOST_OVERRIDES} are listed)" if len(counted.redactions) >= MOST_OVERRIDES else ""
    yield table(
        f"The redactions{most}",
        ("decision", "time", "texts erased", "by", "why"),
        [(note.of, note.time[:16], ", ".join(note.texts), note.by, note.why) for _, note in counted.redactions],
        words=range(1, 5),
    )


def versions(counted: Figures, changed: Drift) -> Iterator[str]:
    """Which versions decided, and what became of it under the latest."""
    yield "<h2>Versions of the knowledge base</h2>\n"
    labels = {
        digest: f"{origin.base} {origin.base_version}, {origin.profile} {origin.profile_version} ({digest[:8]})"
        for digest, (origin, _) in counted.versions.items()
    }
    groups = {
        labels[digest]: group for digest, (_, group) in sorted(counted.versions.items(), key=lambda i: i[1][1].first)
    }
    yield figure(
        "Decisions by version", bar_plot("Decisions by version", [bar(*item) for item in groups.items()], VERDICTS)
    )
    yield group_table("Decisions by version", "version", groups, len(groups))
    yield table(
        "When each version decided",
        ("version", "first decision", "last decision"),
        [(name, group.first[:16], group.last[:16]) for name, group in groups.items()],
        words=(1, 2),
    )
    if not changed.earlier:
        yield "<p>One version made all of these decisions: there is nothing to compare.</p>\n"
        return
    yield "<p>Different versions had different cases before them, so that the shares above do not compare them. "
    if changed.problem:
        yield f"The decisions of earlier versions could not be made again: {text(changed.problem)}.</p>\n"
        return
    if not changed.tried:
        yield f"{changed.earlier} decisions of earlier versions were not made again.</p>\n"
        return
    which = "all" if changed.tried == changed.earlier else f"{changed.tried}, evenly spread, of"
    yield f"So {which} {changed.earlier} decisions of earlier versions were made again under the latest one.</p>\n"
    yield table(
        "Decisions of earlier versions, made again under the latest",
        ("what came of it", "decisions", "share"),
        [
            (says, number, share(number, changed.tried))
            for says, number in (
                ("the same verdict and guidance", changed.same),
                ("the same verdict, other guidance", changed.other_guidance),
                *(
                    (f"{before} becomes {after}", number)
                    for (before, after), number in changed.other_verdict.most_common()
                ),
                ("no longer understood or decided", changed.not_decided),
            )
        ],
    )
    yield table(
        "Decisions that come out otherwise, the first ones",
        ("number", "before", "now", "what changed"),
        [
            (item.number, f"{item.before.verdict.value}, {item.before.action}",
             f"{item.after.verdict.value}, {item.after.action}" if item.after else item.problem,
             "; ".join(item.changes))
            for item in changed.listed
        ],
        words=(1, 2, 3),
    )  # fmt: skip
