"""The report of a dossier as one HTML page that loads nothing, for the screen and for print.

This module makes cells of words and numbers; the page is `legit/render/templates/dossier.html`. The same report gives
the same bytes, whatever the language of the program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from legit.dossier.figures import FIGURES, Figure
from legit.dossier.protocol import Protocol, Threshold
from legit.dossier.report import Claim, Clause, FailureKind, JudgedThreshold, Note, Report, load_frameworks
from legit.messages import DEFAULT_LANGUAGE, message, using_language
from legit.render.html import render_html

_SOURCES = (
    ("legit.render", "templates/base.html"),
    ("legit.render", "templates/dossier.html"),
    ("legit.render", "dossier.css"),
    ("legit.messages", f"{DEFAULT_LANGUAGE}/dossier.toml"),
)
_NOT_SHARES = frozenset({"panel_alpha", "days_between_heads"})
_DASH = "\N{EN DASH}"
_STATUSES = ("attested", "asserted", "not_covered")


def _page_version() -> str:
    digest = hashlib.sha256()
    for package, name in _SOURCES:
        digest.update(hashlib.sha256(files(package).joinpath(*name.split("/")).read_bytes()).digest())
    return digest.hexdigest()[:16]


PAGE_VERSION = _page_version()
"""What a page is made with: the digest of its template, style and texts. Pages of one version can be compared."""


def render_page(protocol: Protocol, report: Report) -> str:
    """The page. Raises MissingExtraError (X001) when the extra `html` is not installed."""
    with using_language(DEFAULT_LANGUAGE):
        return render_html(
            "dossier.html",
            title=message("dossier.page_title", id=protocol.id, system=protocol.system.name),
            heading=protocol.title,
            styles=("dossier.css",),
            protocol=protocol,
            report=report,
            conclusion=message(f"dossier.conclusion_{report.conclusion}"),
            sealed_by=_sealed_by(report),
            tested=list(_tested(protocol)),
            drawn_terms=list(_drawn_terms(protocol)),
            drawn_rows=_drawn_rows(protocol),
            left_out=list(_left_out(protocol)),
            threshold_rows=[row for item in report.thresholds for row in _threshold_rows(item)],
            figure_rows=[_figure_row(item) for item in report.figures],
            strata_rows=[_figure_row(item) for item in report.strata],
            effects=[_effect(item) for item in report.effect],
            failures=[_failure(item) for item in report.failures],
            judges=list(_judges(protocol, report)),
            deviations=[_deviation(item) for item in report.deviations],
            claims=[(status, _claims(report, status)) for status in _STATUSES],
            clauses=list(_clause_tables(report)),
            people=[
                (item.name, message(f"dossier.role_{item.role}"), item.organisation, item.key) for item in protocol.who
            ],
            when=list(_when(protocol, report)),
            definitions=[(figure_name(name), message(f"dossier.defined_{name}")) for name in FIGURES],
        )


def figure_name(name: str) -> str:
    """A figure in words."""
    return message(f"dossier.figure_{name}")


def threshold_name(threshold: Threshold) -> str:
    """A threshold in words: its figure, and the strata of which it is asked."""
    return f"{figure_name(threshold.figure)}, {threshold.by}" if threshold.by else figure_name(threshold.figure)


def format_value(name: str, value: float | None) -> str:
    """A value of a figure: a share in per cent, alpha and days as they are; a dash where there is none."""
    if value is None:
        return _DASH
    return f"{value:.2f}" if name in _NOT_SHARES else f"{100 * value:.1f} %"


def _sealed_by(report: Report) -> str:
    if not report.sealers:
        return message("dossier.sealed_by_nobody")
    names = ", ".join(f"{item.name} ({message(f'dossier.role_{item.role}')})" for item in report.sealers)
    return message("dossier.sealed_by", names=names)


def _tested(protocol: Protocol) -> Iterator[tuple[str, str]]:
    system, base = protocol.system, protocol.base
    yield message("dossier.term_system"), system.name
    yield message("dossier.term_provider"), system.provider
    yield message("dossier.term_version"), system.version
    yield message("dossier.term_model"), system.model
    yield message("dossier.term_prompt"), system.operator_prompt or message("dossier.term_no_prompt")
    used = message(
        "dossier.term_base_value", name=base.name, profile=base.profile, digest=base.digest[:16], engine=base.engine
    )
    yield message("dossier.term_base"), used
    arms = ", ".join(message(f"dossier.arm_{arm}") for arm in protocol.arms)
    yield message("dossier.term_arms"), f"{arms}. {message('dossier.term_arm_counts', arm=protocol.arm)}"


def _drawn_terms(protocol: Protocol) -> Iterator[tuple[str, str]]:
    sampling, size = protocol.sampling, protocol.sample
    digest = message("dossier.term_dataset_value", name=sampling.dataset, digest=sampling.dataset_sha256)
    yield message("dossier.term_dataset"), digest
    yield message("dossier.term_method"), sampling.method
    yield message("dossier.term_seed"), str(sampling.seed)
    number = message(
        "dossier.term_size_value",
        width=f"{100 * size.width:g} points",
        expected=f"{100 * size.expected:g} %",
        wanted=size.for_each_pole,
        reason=size.reason,
    )
    yield message("dossier.term_size"), number
    yield message("dossier.term_failure"), protocol.failure.what
    yield message("dossier.term_unanswered"), message(f"dossier.unanswered_{protocol.failure.unanswered}")


def _drawn_rows(protocol: Protocol) -> list[tuple[str, int, int]]:
    held, drawn = protocol.sampling.dataset_cases, protocol.sample.drawn
    return [(_kind(kind), held[kind], drawn.get(kind, 0)) for kind in sorted(held)]


def _kind(kind: str) -> str:
    """Label and expectation of cases in words."""
    label, _, expected = kind.partition("/")
    return f"{message(f'dossier.label_{label}')}; {message(f'dossier.expected_{expected}')}"


def _threshold_rows(item: JudgedThreshold) -> Iterator[dict[str, Any]]:
    threshold = item.threshold
    bounds = [x for x in (threshold.at_least, threshold.at_most) if x is not None]
    figures = item.figures or (Figure(name=threshold.figure),)
    outcomes = item.outcomes or (item.outcome,)
    for figure, outcome in zip(figures, outcomes, strict=True):
        yield _figure_row(figure) | {
            "bound": bound_text(threshold),
            "tick": bounds[0] if bounds and threshold.figure not in _NOT_SHARES else None,
            "outcome": outcome,
            "outcome_text": message(f"dossier.outcome_{outcome}"),
            "grave": threshold.grave,
            "reason": threshold.reason,
        }


def _left_out(protocol: Protocol) -> Iterator[str]:
    """The thresholds of the profile that the protocol does not ask for, or not so."""
    thresholds = protocol.thresholds
    for item in thresholds.replaced:
        yield message(
            "dossier.profile_replaced", profile=thresholds.profile, name=threshold_name(item), bound=bound_text(item)
        )
    for name, reason in thresholds.without.items():
        figure, _, by = name.partition("_by_")
        words = figure_name(figure) if figure in FIGURES else figure
        yield message(
            "dossier.profile_without",
            profile=thresholds.profile,
            name=f"{words}, {by}" if by else words,
            reason=reason,
        )


def bound_text(threshold: Threshold) -> str:
    """The bound of a threshold in words."""
    if threshold.hits_at_most is not None:
        return message("dossier.bound_hits", hits=threshold.hits_at_most, total=threshold.of_at_least)
    if threshold.at_least is not None:
        return message("dossier.bound_at_least", value=format_value(threshold.figure, threshold.at_least))
    return message("dossier.bound_at_most", value=format_value(threshold.figure, threshold.at_most))


def _figure_row(figure: Figure) -> dict[str, Any]:
    limits = _DASH
    if figure.low is not None and figure.high is not None:
        limits = f"{format_value(figure.name, figure.low)} to {format_value(figure.name, figure.high)}"
    cases = str(figure.total) if figure.hits is None else f"{figure.hits} of {figure.total}"
    share = figure.name not in _NOT_SHARES and figure.value is not None
    return {
        "name": figure.stratum or figure_name(figure.name),
        "value": format_value(figure.name, figure.value),
        "limits": limits,
        "cases": cases,
        "bar": (figure.low, figure.value, figure.high) if share else None,
    }


def _effect(item: Any) -> str:
    label = message(f"dossier.asked_{item.stance}_{item.label}")
    if item.value is None:
        return message("dossier.effect_none", label=label)
    value, low, high = (f"{100 * number:+.1f}" for number in (item.value, item.low, item.high))
    return message("dossier.effect_line", label=label, value=value, low=low, high=high, pairs=item.pairs)


def _failure(kind: FailureKind) -> dict[str, Any]:
    examples = []
    for item in kind.examples:
        verdict = message("dossier.failure_verdict", verdict=item.verdict) if item.verdict else ""
        label = message(f"dossier.label_{item.label}")
        head = message("dossier.failure_example", case=item.case, label=label, verdict=verdict)
        examples.append((head, item.response or message("dossier.no_words")))
    name = message(f"dossier.kind_{kind.kind}")
    return {"name": message("dossier.failure_count", kind=name, count=kind.count), "examples": examples}


def _judges(protocol: Protocol, report: Report) -> Iterator[str]:
    kinds = {judge.name: message(f"dossier.judge_{judge.kind}") for judge in protocol.judges}
    for name in sorted(kinds.keys() | report.judges.keys()):
        counts = report.judges.get(name, {})
        text = ", ".join(f"{value.replace('_', ' ')} {number}" for value, number in counts.items())
        yield message(
            "dossier.judging_line",
            name=name,
            kind=kinds.get(name, _DASH),
            counts=text or message("dossier.judging_nothing"),
        )


def _deviation(note: Note) -> str:
    values = dict(note.values)
    if "pole" in values:
        values["pole"] = message(f"dossier.expected_{values['pole']}")
    return message(f"dossier.deviation_{note.code}", **values)


def _claims(report: Report, status: str) -> list[str]:
    return [_claim(item) for item in report.claims if item.status == status]


def _claim(claim: Claim) -> str:
    return message(f"dossier.claim_{claim.claim}", **claim.values)


def _clause_tables(report: Report) -> Iterator[dict[str, Any]]:
    for name, (title, note) in load_frameworks().items():
        rows = [_clause_row(item) for item in report.clauses if item.framework == name]
        yield {"title": title, "note": note, "rows": rows}


def _clause_row(clause: Clause) -> tuple[str, ...]:
    here = [figure_name(name) for name in clause.figures]
    here += [message(f"dossier.evidence_{name}") for name in clause.evidence]
    if clause.verified:
        checked = message("dossier.clause_verified", read=clause.read)
    else:
        checked = message("dossier.clause_not_verified", read=clause.read)
    return clause.clause, clause.asks, ", ".join(here), checked


def _when(protocol: Protocol, report: Report) -> Iterator[tuple[str, str]]:
    yield message("dossier.term_sealed"), protocol.when.sealed
    run = message("dossier.term_run_value", count=report.records, first=report.first_record, last=report.last_record)
    yield message("dossier.term_run"), run
    yield message("dossier.term_protocol"), report.protocol_sha256
