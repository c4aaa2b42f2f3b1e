"""An assessment as text for a terminal: the verdict on top, then reasons with their facts and sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from legit.explain.case_edit import Difference
from legit.messages import message
from legit.model.assessment import WEIGHED, Assessment, Cited, Finding, Ground, Verdict

_LABEL = 26
_SHOWN = 5
_SOURCES = 4
_COLOURS = {"stands": "34", "defeated": "32", "contested": "33", "undetermined": "35", "bold": "1", "dim": "2"}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How to print: with colour or not, how wide, and whether to show every finding."""

    colour: bool = False
    width: int = 100
    whole: bool = False

    def paint(self, text: str, name: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self.colour else text


def render(assessment: Assessment, style: TextStyle | None = None) -> str:
    """The assessment as text, ending in a line break."""
    style = style or TextStyle()
    lines = []
    if assessment.case:
        lines.append(style.paint(assessment.case, "bold"))
    lines.append(headline(assessment, style))
    lines.append("")
    if assessment.verdict is Verdict.UNDETERMINED and assessment.questions:
        lines += [*_questions(assessment, style), ""]
    shown = assessment.findings if style.whole else _first(assessment)
    for finding in shown:
        lines += _finding(finding, style)
    rest = [finding for finding in assessment.findings if finding not in shown]
    if rest:
        label = "  perhaps also" if all(finding.effect == "possible" for finding in rest) else "  and also"
        lines += _entry(label, ", ".join(finding.title.lower() for finding in rest), style)
    if assessment.findings:
        lines.append("")
    for saved in assessment.saved:
        lines += _entry("Does not count", f"{saved.title}: {'; '.join(saved.because)}.", style)
    speaks = [
        f"{item.title} ({_lines(item.grounds)})" if item.grounds else item.title for item in assessment.for_the_rule
    ]
    lines += _entry("For the rule", "; ".join(speaks) + "." if speaks else nothing_named(assessment), style)
    if assessment.rights:
        rights = "; ".join(f"{right.name} ({right.right_class.replace('_', '-')})" for right in assessment.rights)
        lines += _entry("Rights touched", f"{rights}.", style)
    harm = assessment.harm
    if harm.reasons:
        reasons = "; ".join(f"{reason.title} ({_lines(reason.grounds)})" for reason in harm.reasons)
        lines += _entry("Harm apart", f"{harm.level.capitalize()}: {reasons}.", style)
    else:
        none = "None found in the method." if harm.level else "Not examined: there was no time."
        lines += _entry("Harm apart", none, style)
    lines += _entry("Guidance", assessment.guidance.reason, style)
    for advice in assessment.guidance.advice:
        lines += _entry("", advice, style)
    lines += _entry("Rests on the word of", _speakers(assessment.speakers), style)
    if assessment.verdict is not Verdict.UNDETERMINED:
        lines += _questions(assessment, style)
    if assessment.opinions:
        lines += _entry("Opinions, not counted", "; ".join(f'"{text}"' for text in assessment.opinions), style)
    return "\n".join(lines) + "\n"


def nothing_named(assessment: Assessment) -> str:
    """What is said for a rule for which nothing speaks that the base names; what it protects may still be weighed."""
    if any(item.effect in WEIGHED for item in assessment.findings):
        return "What it protects was weighed; no justification that the base names was stated."
    return "No justification that the base names was stated."


def _first(assessment: Assessment) -> list[Finding]:
    """The findings shown by default: the first ones, and of those that are only possible those with a stated fact."""
    return [item for item in assessment.findings if item.effect != "possible" or item.grounds][:_SHOWN]


def _questions(assessment: Assessment, style: TextStyle) -> list[str]:
    lines = []
    for number, question in enumerate(assessment.questions):
        decisive = "" if question.decisive else " (cannot change the verdict)"
        lines += _entry("Still open" if number == 0 else "", question.text + decisive, style)
    return lines


def speaker_name(speaker: str) -> str:
    """Who vouches for a fact, as people say it."""
    return {"inferred": "inferred", "user": "the user", "operator": "the operator"}.get(speaker, speaker)


def _speakers(speakers: tuple[str, ...]) -> str:
    """Who vouches for the facts; what the describer inferred, nobody vouches for."""
    named = [speaker_name(name) for name in speakers if name != "inferred"]
    inferred = ["some is inferred by the describer"] if "inferred" in speakers else []
    return "; ".join([", ".join(named) or "nobody", *inferred])


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
    if difference.none:
        return f"{style.paint(after.value.upper(), after.value)}, as before: nothing of the answer changes.\n"
    arrow = style.paint(after.value.upper(), after.value)
    same = before == after
    lines = [f"{arrow}, as before" if same else f"{before.value.upper()} becomes {arrow}", ""]
    for item in difference.findings:
        lines += _entry(f"  {item.title}", f"{_effect(item.before)} → {_effect(item.after)}", style)
    if difference.harm[0] != difference.harm[1]:
        lines += _entry("Harm apart", " → ".join(difference.harm), style)
    if difference.guidance[0] != difference.guidance[1]:
        lines += _entry("Guidance", difference.guidance_says, style)
    for label, texts in (("No longer open", difference.questions_settled), ("Now open", difference.questions_raised)):
        for number, text in enumerate(texts):
            lines += _entry("" if number else label, text, style)
    return "\n".join(lines) + "\n"


def headline(assessment: Assessment, style: TextStyle) -> str:
    """The verdict with what it means and on whose word it rests."""
    verdict = style.paint(assessment.verdict.value.upper(), assessment.verdict.value)
    if assessment.reason == "time":
        return f"{verdict}: not decided within the time limit"
    if assessment.reason == "corroboration":
        return f"{verdict}: {assessment.reliance.says}, and somebody else has to confirm it"
    rests = f", {assessment.reliance.says}" if assessment.reliance.says else ""
    return f"{verdict}: {assessment.verdict_says}{rests}"


def _finding(finding: Finding, style: TextStyle) -> list[str]:
    weighed = f"; weighed: {_lines(finding.weighed)}" if finding.weighed else ""
    effects = {
        "outweighed": f" (outweighed by what the rule protects{weighed})",
        "tied": f" (evenly matched by what the rule protects{weighed})",
        "open": " (whether it prevails is open)",
        "possible": " (possibly)",
    }
    facts = " ".join(_ground(ground) for ground in finding.grounds) or finding.statement
    lines = _entry(f"  {finding.title}", facts + effects.get(finding.effect, ""), style)
    return lines + _entry("", style.paint(cited(finding.sources, style.whole), "dim"), style)


def _ground(ground: Ground) -> str:
    return f"{ground.sentence.rstrip('.')} (line {ground.line})." if ground.line else ground.sentence


def _lines(grounds: Iterable[Ground]) -> str:
    numbers = sorted({ground.line for ground in grounds if ground.line})
    if not numbers:
        return "; ".join(ground.sentence.rstrip(".") for ground in grounds)
    return ("line " if len(numbers) == 1 else "lines ") + ", ".join(map(str, numbers))


def cited(sources: tuple[Cited, ...], whole: bool = False) -> str:
    """Sources in one line: the first few, or all of them."""
    texts = [source.text if source.verified else f"{source.text} (unverified)" for source in sources]
    shown = texts if whole else texts[:_SOURCES]
    return " · ".join(shown) + (f" · and {len(texts) - len(shown)} more" if len(texts) > len(shown) else "")


def _entry(label: str, text: str, style: TextStyle) -> list[str]:
    room = max(20, style.width - _LABEL)
    lines = textwrap.wrap(text, room, break_long_words=True, break_on_hyphens=False) or [""]
    margin = label[: len(label) - len(label.lstrip())]
    labels = textwrap.wrap(label.strip(), _LABEL - 2, initial_indent=margin, subsequent_indent=margin) or [""]
    height = max(len(lines), len(labels))
    lines += [""] * (height - len(lines))
    labels += [""] * (height - len(labels))
    return [f"{left.rstrip():<{_LABEL}}{right}".rstrip() for left, right in zip(labels, lines, strict=True)]


def _effect(effect: str | None) -> str:
    return message(f"assessment.effect_{effect or 'none'}")
