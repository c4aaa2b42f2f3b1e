"""An assessment as text for a terminal: the verdict on top, then reasons with their facts and sources."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legit.messages import message
from legit.model.assessment import Assessment, Evidence, Finding, Verdict
from legit.render.phrases import (
    cited,
    line_references,
    no_justification_text,
    no_method_harm_text,
    question_text,
    right_text,
    speaker_names,
    undercut_text,
    verdict_summary,
)

if TYPE_CHECKING:
    from legit.model.explanation import Difference

_LABEL_WIDTH = 26
_MAX_FINDINGS = 5
_COLOURS = {"stands": "34", "defeated": "32", "contested": "33", "undetermined": "35", "bold": "1", "dim": "2"}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How to print: with colour or not, how wide, and whether to show every finding."""

    colour: bool = False
    width: int = 100
    full: bool = False

    def paint(self, text: str, name: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self.colour else text


def render_assessment(assessment: Assessment, style: TextStyle | None = None) -> str:
    """The assessment as text, ending in a line break."""
    style = style or TextStyle()
    lines = []
    if assessment.case:
        lines.append(style.paint(assessment.case, "bold"))
    lines.append(headline(assessment, style))
    lines.append("")
    if assessment.verdict is Verdict.UNDETERMINED and assessment.questions:
        lines += [*_questions(assessment, style), ""]
    shown = assessment.findings if style.full else _default_findings(assessment)
    for finding in shown:
        lines += _finding(finding, style)
    rest = [finding for finding in assessment.findings if finding not in shown]
    if rest:
        label = "  perhaps also" if all(finding.effect == "possible" for finding in rest) else "  and also"
        lines += _labelled_lines(label, ", ".join(finding.title.lower() for finding in rest), style)
    if assessment.findings:
        lines.append("")
    for saved in assessment.undercut:
        lines += _labelled_lines("Does not count", undercut_text(saved), style)
    speaks = [
        f"{item.title} ({line_references(item.evidence)})" if item.evidence else item.title
        for item in assessment.justifications
    ]
    lines += _labelled_lines(
        "For the rule", "; ".join(speaks) + "." if speaks else no_justification_text(assessment), style
    )
    if assessment.rights_touched:
        rights = "; ".join(map(right_text, assessment.rights_touched))
        lines += _labelled_lines("Rights touched", f"{rights}.", style)
    harm = assessment.method_harm
    if harm.reasons:
        reasons = "; ".join(f"{reason.title} ({line_references(reason.evidence)})" for reason in harm.reasons)
        lines += _labelled_lines("Harm apart", f"{harm.level.capitalize()}: {reasons}.", style)
    else:
        none = no_method_harm_text(assessment)
        lines += _labelled_lines("Harm apart", none, style)
    lines += _labelled_lines("Guidance", assessment.guidance.reason, style)
    for advice in assessment.guidance.advice:
        lines += _labelled_lines("", advice, style)
    lines += _labelled_lines("Rests on the word of", speaker_names(assessment.speakers), style)
    if assessment.verdict is not Verdict.UNDETERMINED:
        lines += _questions(assessment, style)
    if assessment.opinions:
        lines += _labelled_lines("Opinions, not counted", "; ".join(f'"{text}"' for text in assessment.opinions), style)
    return "\n".join(lines) + "\n"


def _default_findings(assessment: Assessment) -> list[Finding]:
    """The findings shown by default: the first ones, and of those that are only possible those with a stated fact."""
    return [item for item in assessment.findings if item.effect != "possible" or item.evidence][:_MAX_FINDINGS]


def _questions(assessment: Assessment, style: TextStyle) -> list[str]:
    lines = []
    for number, question in enumerate(assessment.questions):
        lines += _labelled_lines("Still open" if number == 0 else "", question_text(question), style)
    return lines


def wrapped(text: str, indent: str, style: TextStyle) -> list[str]:
    """A text in lines of the style's width; what follows a dash hangs under its first word."""
    hanging = indent + ("  " if text.startswith("- ") else "")
    return textwrap.wrap(
        text, max(20, style.width), initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False
    )


def render_difference(difference: Difference, style: TextStyle | None = None) -> str:
    """What a change of the facts makes different, as text, ending in a line break."""
    style = style or TextStyle()
    before, after = difference.verdict
    if difference.is_empty:
        return f"{style.paint(after.value.upper(), after.value)}, as before: nothing of the answer changes.\n"
    arrow = style.paint(after.value.upper(), after.value)
    same = before == after
    lines = [f"{arrow}, as before" if same else f"{before.value.upper()} becomes {arrow}", ""]
    for item in difference.findings:
        lines += _labelled_lines(f"  {item.title}", f"{_effect(item.before)} → {_effect(item.after)}", style)
    if difference.method_harm[0] != difference.method_harm[1]:
        lines += _labelled_lines("Harm apart", " → ".join(difference.method_harm), style)
    if difference.guidance[0] != difference.guidance[1]:
        lines += _labelled_lines("Guidance", difference.guidance_reason, style)
    for label, texts in (("No longer open", difference.questions_closed), ("Now open", difference.questions_opened)):
        for number, text in enumerate(texts):
            lines += _labelled_lines("" if number else label, text, style)
    return "\n".join(lines) + "\n"


def headline(assessment: Assessment, style: TextStyle) -> str:
    """The verdict with what it means and on whose word it rests."""
    verdict = style.paint(assessment.verdict.value.upper(), assessment.verdict.value)
    return f"{verdict}: {verdict_summary(assessment)}"


def _finding(finding: Finding, style: TextStyle) -> list[str]:
    effect = "" if finding.effect == "defeats" else _effect(finding.effect)
    if effect and finding.counterweights:
        lines = line_references(finding.counterweights)
        effect = message("assessment.weighed_lines", effect=effect, lines=lines)
    facts = " ".join(_evidence_text(ground) for ground in finding.evidence) or finding.statement
    text = f"{facts} ({effect})" if effect else facts
    return _labelled_lines(f"  {finding.title}", text, style) + _labelled_lines(
        "", style.paint(cited(finding.sources, style.full), "dim"), style
    )


def _evidence_text(evidence: Evidence) -> str:
    return f"{evidence.sentence.rstrip('.')} (line {evidence.line})." if evidence.line else evidence.sentence


def _labelled_lines(label: str, text: str, style: TextStyle) -> list[str]:
    room = max(20, style.width - _LABEL_WIDTH)
    lines = textwrap.wrap(text, room, break_long_words=True, break_on_hyphens=False) or [""]
    margin = label[: len(label) - len(label.lstrip())]
    labels = textwrap.wrap(label.strip(), _LABEL_WIDTH - 2, initial_indent=margin, subsequent_indent=margin) or [""]
    height = max(len(lines), len(labels))
    lines += [""] * (height - len(lines))
    labels += [""] * (height - len(labels))
    return [f"{left.rstrip():<{_LABEL_WIDTH}}{right}".rstrip() for left, right in zip(labels, lines, strict=True)]


def _effect(effect: str | None) -> str:
    return message(f"assessment.effect_{effect or 'none'}")
