"""An explanation as text for a terminal: why, on whose word, what would change it, what hangs on the weights."""

from __future__ import annotations

from collections.abc import Iterator

from legit.model.assessment import Ground
from legit.model.explanation import Explanation, Node, Proof, Turn, Way, WhyNot
from legit.render.assessment_text import TextStyle, cited, headline, speaker_name, wrapped

_SETS = 3
_GROUNDS = 5


def render_explanation(explanation: Explanation, style: TextStyle | None = None) -> str:
    """The explanation as text, ending in a line break; `style.whole` shows every step, set and way."""
    style = style or TextStyle()
    assessment = explanation.assessment
    lines = [style.paint(assessment.case, "bold")] if assessment.case else []
    lines += [headline(assessment, style), ""]
    lines += _section("Why", _proof(explanation.proof, style), style)
    lines += _section("On whose word", _reliance(explanation, style), style)
    lines += _section("Still open", _questions(explanation, style), style)
    lines += _hypothetical(explanation, style)
    return "\n".join(lines).rstrip("\n") + "\n"


def render_beyond(explanation: Explanation, style: TextStyle | None = None) -> str:
    """What an explanation says beyond its assessment: on whose word, what would change it, which weights matter."""
    style = style or TextStyle()
    lines = _section("On whose word", _reliance(explanation, style), style) + _hypothetical(explanation, style)
    return "\n".join(lines).rstrip("\n") + "\n"


def _questions(explanation: Explanation, style: TextStyle) -> list[str]:
    questions = [
        question.text + ("" if question.decisive else " (cannot change the verdict)")
        for question in explanation.assessment.questions
    ]
    return [line for text in questions for line in wrapped(text, "  ", style)]


def _hypothetical(explanation: Explanation, style: TextStyle) -> list[str]:
    turns = [line for turn in explanation.turns for line in _turn(turn, style)]
    lines = _section("What would change it", turns, style)
    return lines + _section("What hangs on the weights", _sensitivity(explanation, style), style)


def render_why_not(answer: WhyNot, title: str, style: TextStyle | None = None) -> str:
    """A why-not answer as text, ending in a line break."""
    style = style or TextStyle()
    lines = [style.paint(title, "bold"), *wrapped(answer.says, "", style)]
    if answer.proof is not None:
        lines += _proof(answer.proof, TextStyle(style.colour, style.width, whole=True))
    if answer.turn is not None:
        lines += [line for way in answer.turn.ways for line in _way(way, style)]
        if answer.turn.more:
            lines += wrapped(f"and {answer.turn.more} other kinds of ways (--all)", "  ", style)
    for text in answer.against:
        lines += wrapped(f"As things stand: {text}", "  ", style)
    return "\n".join(lines) + "\n"


def _section(title: str, lines: list[str], style: TextStyle) -> list[str]:
    return [style.paint(title, "bold"), *lines, ""] if lines else []


def _proof(proof: Proof, style: TextStyle) -> list[str]:
    lines: list[str] = []
    for root in proof.roots:
        node = proof.nodes[root]
        if node.kind == "verdict" and node.status == "proven":
            children = node.children if style.whole else node.children[:_GROUNDS]
            for child in children:
                lines += _tree(proof, child, 1, style)
            if len(children) < len(node.children):
                lines += wrapped(f"and {len(node.children) - len(children)} more (--whole)", "  ", style)
        else:
            lines += _tree(proof, root, 1, style)
    return lines


def _tree(proof: Proof, number: int, depth: int, style: TextStyle) -> Iterator[str]:
    node = proof.nodes[number]
    yield from wrapped(_says(node), "  " * depth, style)
    if node.sources:
        sources = wrapped(cited(node.sources, style.whole), "  " * (depth + 1), style)
        yield from (style.paint(line, "dim") for line in sources)
    children = node.children if style.whole or node.kind == "verdict" else _facts(proof, number)
    for child in children:
        yield from _tree(proof, child, depth + 1, style)


def _facts(proof: Proof, number: int) -> tuple[int, ...]:
    """In the short form, of the steps below a conclusion only the facts."""
    found: dict[int, None] = {}
    stack = list(reversed(proof.nodes[number].children))
    while stack:
        node = proof.nodes[stack.pop()]
        if node.kind == "fact" or not node.children:
            found.setdefault(node.id)
        else:
            stack.extend(reversed(node.children))
    return tuple(found)


def _says(node: Node) -> str:
    return node.says if node.ground is None else f"{node.says.rstrip('.')} ({_place(node.ground)})."


def _place(ground: Ground) -> str:
    who = speaker_name(str(ground.speaker))
    return f"{who}, line {ground.line}" if ground.line else who


def _reliance(explanation: Explanation, style: TextStyle) -> list[str]:
    relied = explanation.assessment.reliance
    if not relied.sets:
        return []
    lines = wrapped(f"It rests {relied.says}.", "  ", style)
    if any(item.facts for item in relied.sets):
        several = len(relied.sets) > 1
        enough = (
            "Each of these is enough, whatever becomes of the rest:"
            if several
            else "This is enough, whatever becomes of the rest:"
        )
        lines += wrapped(enough, "  ", style)
    shown = relied.sets if style.whole else relied.sets[:_SETS]
    for item in shown:
        facts = [f"{ground.sentence.rstrip('.')} ({_place(ground)})" for ground in item.facts]
        lines += wrapped("- " + "; and ".join(facts) + ".", "    ", style) if facts else []
    if len(shown) < len(relied.sets):
        lines += wrapped(f"and {len(relied.sets) - len(shown)} more (--whole)", "    ", style)
    if not relied.complete:
        lines += wrapped(
            "There may be other such sets: too many facts bear on the verdict to go through all.", "  ", style
        )
    return lines


def _turn(turn: Turn, style: TextStyle) -> Iterator[str]:
    if not turn.ways:
        yield from wrapped(f"{turn.says}: {none_found(turn)}.", "  ", style)
        return
    yield from wrapped(f"{turn.says}:", "  ", style)
    for way in turn.ways if style.whole else turn.ways[:_SETS]:
        yield from _way(way, style)
    more = turn.more + len(turn.ways) - (len(turn.ways) if style.whole else min(_SETS, len(turn.ways)))
    if more:
        yield from wrapped(f"and {more} other kinds of ways (--all)", "    ", style)


def none_found(turn: Turn) -> str:
    """That there is no way, and how far was looked."""
    if not turn.most:
        return "too much is open to look for it"
    return "no single change" if turn.most == 1 else f"no change of {turn.most} facts or fewer"


def _way(way: Way, style: TextStyle) -> list[str]:
    texts = []
    for change in way.changes:
        text = change.sentence.rstrip(".")
        if change.instead_of:
            replaced = "; ".join(sentence.rstrip(".") for sentence in change.instead_of)
            text += f" (in place of: {replaced})"
        texts.append(text)
    alike = f" Or {way.alike} like it (--all)." if way.alike else ""
    return wrapped("- " + "; and ".join(texts) + "." + alike, "    ", style)


def _sensitivity(explanation: Explanation, style: TextStyle) -> list[str]:
    found = explanation.sensitivity
    if not found.tried:
        return []
    lines = wrapped(f"{found.says[:1].upper()}{found.says[1:]} ({found.tried} moves tried).", "  ", style)
    for move in found.moved:
        direction = "more" if move.moved > move.weight else "less"
        verdict = move.verdict.value.upper()
        lines += wrapped(
            f"- {move.says} one step {direction} ({move.weight} to {move.moved}): {verdict}", "    ", style
        )
    return lines
