"""A report on a log as one HTML page: plots, the tables behind them, and what the record shows and does not.

The same log gives the same page: nothing of the time or place of its making is in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from legit._version import __version__
from legit.decision_log.regression import Drift
from legit.decision_log.report import Figures, over_time
from legit.decision_log.verify import Verification
from legit.model.facts import SpeakerKind
from legit.render.log_report_scope import claims
from legit.render.log_report_sections import overrides, redactions, undetermined, versions, whose_word
from legit.render.log_report_tables import VERDICTS, Words, bar, group_table, grouped, named, share
from legit.render.page import figure, page_of, style_sheet, table, text
from legit.render.plots import bar_plot, column_plot

_EFFECTS = {
    "defeats": "defeated the rule", "tied": "evenly matched", "outweighed": "outweighed", "open": "left open",
    "possible": "may apply",
}  # fmt: skip


def page(counted: Figures, changed: Drift, verified: Verification, heads: int, asked: str, words: Words) -> str:
    """The page. `asked` says which decisions were asked for, `heads` how many tree heads the log was held against."""
    style = style_sheet("legit.render", "page.css") + style_sheet("legit.render", "log_report.css")
    if not counted.whole.decisions:
        sections = iter(["<p>No decision on record was asked for.</p>\n"])
    else:
        sections = _sections(counted, changed, words)
    body = [
        "<h1>Decisions on record</h1>\n",
        *_summary(counted, asked),
        claims(counted, verified, heads),
        *sections,
        *_made_of(counted),
    ]
    return page_of(f"Decisions on record, {counted.head.log}", style, "".join(body))


def _summary(counted: Figures, asked: str) -> Iterator[str]:
    whole = counted.whole
    period = f"{whole.first[:10]} to {whole.last[:10]}" if whole.decisions else "none"
    yield f"<p>{text(asked)} First and last of them: {text(period)} (UTC).</p>\n"
    yield '<ul class="key">\n'
    total = whole.decisions
    for number, says in (
        (str(total), f"decision{'' if total == 1 else 's'}"),
        *((share(whole.verdicts[name], total), name) for name in VERDICTS),
        (share(whole.alone[SpeakerKind.USER.value], total), "on the user's word alone"),
        (share(whole.overridden, total), "overridden"),
    ):
        yield f"<li><strong>{text(number)}</strong> {text(says)}</li>\n"
    yield "</ul>\n"


def _sections(counted: Figures, changed: Drift, words: Words) -> Iterator[str]:
    yield "<h2>Verdicts</h2>\n"
    yield '<p class="legend">'
    yield " ".join(f'<span class="{name}">{look.mark} {name}</span>' for name, look in VERDICTS.items())
    yield "</p>\n"
    yield figure(
        "All decisions, by verdict", bar_plot("All decisions, by verdict", [bar("all", counted.whole)], VERDICTS)
    )
    unit, groups = over_time(counted.days)
    title = f"Decisions by {unit} and verdict"
    yield figure(title, column_plot(title, [bar(name, group) for name, group in groups.items()], VERDICTS))
    yield group_table(title, f"{unit} from", groups, len(groups))
    yield "<h2>Guidance</h2>\n"
    yield from grouped("Decisions by guidance", "guidance", counted.guidance)
    yield from grouped("Decisions by what was asked", "asked to", counted.stances)
    yield "<h2>Families of criteria</h2>\n"
    yield "<p>A decision counts in every family of which a criterion applied or may have applied.</p>\n"
    yield from grouped("Decisions by family", "family", counted.families)
    yield table(
        "What became of the criteria of a family, in decisions",
        ("family", *_EFFECTS.values()),
        [
            (
                f"{named(name)}: {words.families[name]}" if name in words.families else named(name),
                *(effects[key] for key in _EFFECTS),
            )
            for name, effects in sorted(counted.effects.items(), key=lambda item: -item[1].total())
        ],
    )
    yield group_table("Decisions by the criteria that decided", "criterion", counted.criteria, words=words.criteria)
    for predicate, said in counted.said.items():
        name = words.predicates.get(predicate, named(predicate))
        yield f"<h2>{text(name[:1].upper() + name[1:])}</h2>\n"
        yield from grouped(f"Decisions by {name}", name, said)
    yield from whose_word(counted)
    yield from undetermined(counted)
    yield from overrides(counted)
    yield from redactions(counted)
    yield from versions(counted, changed)
    yield "<h2>Harm apart from the rule</h2>\n"
    yield from grouped("Decisions by independent harm", "harm", counted.harm)


def _made_of(counted: Figures) -> Iterator[str]:
    yield "<h2>Where these figures come from</h2>\n"
    yield f"<p>Counted by legit {__version__} over the log as it was under this tree head. Whoever keeps these three "
    yield "lines can show later whether the records counted here were touched "
    yield "(<code>legit log verify LOG --head FILE</code>).</p>\n"
    lines = "\n".join(map(text, str(counted.head).splitlines()))
    yield f"<pre>{lines}</pre>\n"
    yield "<p>The figures are counts of all decisions that were asked for, and no estimates. "
    yield "Quoted texts are not in the records: ⟨1text⟩ and the like stand for them.</p>\n"
