"""An assessment as text for a terminal: the verdict on top, then reasons with their facts and sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.messages import message, term, title_within_sentence
from legit.model.assessment import Assessment, Evidence, Finding, Verdict
from legit.render.phrases import (
    cited,
    consequence_text,
    effect_name,
    harm_label,
    law_text,
    line_references,
    no_justification_text,
    no_method_harm_text,
    question_text,
    right_text,
    speaker_names,
    stated_texts,
    undercut_text,
    verdict_heading,
    verdict_summary,
)
from legit.render.terminal import wrap

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
        lines.append(style.paint(printable_line(assessment.case), "bold"))
    lines.append(headline(assessment, style))
    lines.append("")
    if assessment.verdict is Verdict.UNDETERMINED and assessment.questions:
        lines += [*_questions(assessment, style), ""]
    lines += _findings(assessment, style)
    if consequence := consequence_text(assessment):
        lines += _labelled_lines(_label("consequence"), consequence, style)
    for item in assessment.undercut:
        lines += _labelled_lines(_label("undercut"), undercut_text(item), style)
    lines += _labelled_lines(_label("for_the_rule"), _justifications_text(assessment), style)
    if assessment.rights_touched:
        rights = "; ".join(map(right_text, assessment.rights_touched))
        lines += _labelled_lines(_label("rights_touched"), f"{rights}.", style)
    lines += _labelled_lines(_label("method_harm"), _method_harm_text(assessment), style)
    lines += _labelled_lines(_label("guidance"), assessment.guidance.reason, style)
    for advice in assessment.guidance.advice:
        lines += _labelled_lines("", advice, style)
    if assessment.law:
        lines += _labelled_lines(_label("law"), f"{law_text(assessment.law)}.", style)
    lines += _labelled_lines(_label("speakers"), speaker_names(assessment.speakers), style)
    if assessment.verdict is not Verdict.UNDETERMINED:
        lines += _questions(assessment, style)
    if assessment.without_effect:
        idle = "; ".join(stated_texts(assessment.without_effect))
        lines += _labelled_lines(_label("without_effect"), f"{idle}.", style)
    if assessment.opinions:
        opinions = "; ".join(f'"{text}"' for text in assessment.opinions)
        lines += _labelled_lines(_label("opinions"), opinions, style)
    return "\n".join(lines) + "\n"


def _label(key: str) -> str:
    """A label of the text: the same words as the heading of the section in the page."""
    return message(f"explanation.heading_{key}")


def _findings(assessment: Assessment, style: TextStyle) -> list[str]:
    """The findings, those that are not shown in full by their titles, and an empty line; nothing without findings."""
    lines: list[str] = []
    shown = assessment.findings if style.full else _default_findings(assessment)
    for finding in shown:
        lines += _finding(finding, style)
    rest = [finding for finding in assessment.findings if finding not in shown and not finding.repeats]
    if rest:
        possible = all(finding.effect == "possible" for finding in rest)
        label = message("assessment.perhaps_also") if possible else message("assessment.and_also")
        titles = title_within_sentence(", ".join(finding.title for finding in rest))
        lines += _labelled_lines(f"  {label}", titles, style)
    return [*lines, ""] if lines else []


def _justifications_text(assessment: Assessment) -> str:
    speaks = [_with_lines(item.title, item.evidence) for item in assessment.justifications]
    return "; ".join(speaks) + "." if speaks else no_justification_text(assessment)


def _method_harm_text(assessment: Assessment) -> str:
    harm = assessment.method_harm
    if not harm.reasons:
        return no_method_harm_text(assessment)
    shown: dict[str, list[str]] = {}
    for reason in harm.reasons:
        shown.setdefault(harm_label(reason), []).append(_with_lines(reason.title, reason.evidence))
    return " ".join(f"{label}: {'; '.join(titles)}." for label, titles in shown.items())


def _with_lines(title: str, evidence: tuple[Evidence, ...]) -> str:
    return f"{title} ({line_references(evidence)})" if evidence else title


def _default_findings(assessment: Assessment) -> list[Finding]:
    """The findings shown by default: the first ones, and of those that are only possible those with a stated fact."""
    shown = [item for item in assessment.findings if item.effect != "possible" or item.evidence]
    return [item for item in shown if not item.repeats][:_MAX_FINDINGS]


def _questions(assessment: Assessment, style: TextStyle) -> list[str]:
    lines = []
    for number, question in enumerate(assessment.questions):
        lines += _labelled_lines("" if number else _label("still_open"), question_text(question), style)
    return lines


def wrapped(text: str, indent: str, style: TextStyle) -> list[str]:
    """A text in lines of the style's width. Lines after a dash are indented to the first word after it."""
    hanging = indent + ("  " if text.startswith("- ") else "")
    return wrap(printable_line(text), max(20, style.width), indent, hanging)


def render_difference(difference: Difference, style: TextStyle | None = None) -> str:
    """The difference that a change of the facts makes, as text, ending in a line break."""
    style = style or TextStyle()
    before, after = difference.verdict
    verdict = style.paint(term("verdict", after.value).upper(), after.value)
    if difference.is_empty:
        return message("assessment.no_difference", verdict=verdict) + "\n"
    if before == after:
        lines = [message("assessment.same_verdict", verdict=verdict), ""]
    else:
        lines = [message("assessment.other_verdict", before=term("verdict", before.value).upper(), after=verdict), ""]
    for item in difference.findings:
        lines += _labelled_lines(f"  {item.title}", _from_to(effect_name(item.before), effect_name(item.after)), style)
    if difference.method_harm[0] != difference.method_harm[1]:
        lines += _labelled_lines(
            _label("method_harm"), _from_to(*(term("level", name) for name in difference.method_harm)), style
        )
    if difference.guidance[0] != difference.guidance[1]:
        lines += _labelled_lines(_label("guidance"), difference.guidance_reason, style)
    closed, opened = message("assessment.questions_closed"), message("assessment.questions_opened")
    for label, texts in ((closed, difference.questions_closed), (opened, difference.questions_opened)):
        for number, text in enumerate(texts):
            lines += _labelled_lines("" if number else label, text, style)
    return "\n".join(lines) + "\n"


def _from_to(before: str, after: str) -> str:
    return message("assessment.from_to", before=before, after=after)


def headline(assessment: Assessment, style: TextStyle) -> str:
    """The verdict with its meaning and the evidence that it is based on."""
    verdict = style.paint(verdict_heading(assessment), assessment.verdict.value)
    return f"{verdict}: {verdict_summary(assessment)}"


def _finding(finding: Finding, style: TextStyle) -> list[str]:
    effect = "" if finding.effect == "defeats" else effect_name(finding.effect)
    if effect and finding.counterweights:
        lines = line_references(finding.counterweights)
        effect = message("assessment.weighed_lines", effect=effect, lines=lines)
    facts = " ".join(_evidence_text(ground) for ground in finding.evidence) or finding.statement
    text = f"{facts} ({effect})" if effect else facts
    sources = _labelled_lines("", cited(finding.sources, style.full), style)
    indent = " " * _LABEL_WIDTH
    return _labelled_lines(f"  {finding.title}", text, style) + [
        indent + style.paint(line.removeprefix(indent), "dim") if line else line for line in sources
    ]


def _evidence_text(evidence: Evidence) -> str:
    sentence, written = evidence.sentence.rstrip("."), evidence.written.rstrip(".")
    if not evidence.line:
        return message("assessment.evidence_written", sentence=sentence, written=written) if written else f"{sentence}."
    if written:
        return message("assessment.evidence_written_at_line", sentence=sentence, written=written, line=evidence.line)
    return message("assessment.evidence_at_line", sentence=sentence, line=evidence.line)


def _labelled_lines(label: str, text: str, style: TextStyle) -> list[str]:
    room = max(20, style.width - _LABEL_WIDTH)
    lines = wrap(printable_line(text), room) or [""]
    margin = label[: len(label) - len(label.lstrip())]
    labels = wrap(label.strip(), _LABEL_WIDTH - 2, margin, margin) or [""]
    height = max(len(lines), len(labels))
    lines += [""] * (height - len(lines))
    labels += [""] * (height - len(labels))
    return [f"{left.rstrip():<{_LABEL_WIDTH}}{right}".rstrip() for left, right in zip(labels, lines, strict=True)]
