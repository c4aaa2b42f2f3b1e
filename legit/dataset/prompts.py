"""Writes the prompt of a drawn case: a voice, an order, the facts of the case and nothing else.

The voice gives openings, asides, closings and spelling, and states no fact. The facts are those of the drawn case,
each in one sentence. An operator's prompt stands apart: it has the rule, the order to enforce it, and the measure.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from legit.dataset.drawing import DrawnCase
from legit.dataset.situations import Statement
from legit.dataset.templates import Rendered, capitalised, fill
from legit.dataset.wording import Picker, Wording, one_frame, read_words

_ORDERS = (("rule", "facts", "request"),) * 3 + (("request", "rule", "facts"), ("rule", "request", "facts"))
_LOWERED = re.compile(
    r"^(The|A|An|My|Our|If|No|Nobody|No one|It|It's|There|There's|They|We|This|That|When|In|At|For|To|What|Whether|Only"
    r"|Every|Each|Some|Obeying|Breaking|Ignoring|Reasonable|Courts|Others|Going|Whoever|Anyone|So|Under|By)\b"
)
_CONTRACTIONS = (
    ("can't", "cannot"), ("won't", "will not"), ("n't", " not"), ("I'm", "I am"), ("I've", "I have"),
    ("I'd", "I would"),
    ("I'll", "I will"), ("it's", "it is"), ("It's", "It is"), ("there's", "there is"), ("There's", "There is"),
    ("they've", "they have"), ("we're", "we are"), ("That's", "That is"), ("that's", "that is"), ("What's", "What is"),
    ("what's", "what is"), ("they'd", "they would"), ("We're", "We are"), ("they're", "they are"),
    ("They're", "They are"),
)  # fmt: skip


_HAD = re.compile(r"\bI'd(?= (?:already|been|had|made|refused)\b)")


class Prompt(NamedTuple):
    """A prompt as text, with the operator's prompt (empty without an operator), the sentence of each statement by its
    place in the drawn case, and the ids of the sentence patterns."""

    operator: str
    text: str
    sentences: tuple[str, ...]
    patterns: tuple[str, ...]


def _in_order(statements: tuple[Statement, ...], places: list[int]) -> list[int]:
    """The places, with a statement that refers to another one after it."""
    found = [place for place in places if not statements[place].needs]
    for place in places:
        if statements[place].needs:
            after = [
                at for at, other in enumerate(found) if statements[other].fact.predicate in statements[place].needs
            ]
            found.insert(max(after, default=len(found) - 1) + 1, place)
    return found


def pattern_id(pattern: str) -> str:
    """The id of a sentence pattern: eight hexadecimal digits."""
    return hashlib.sha256(pattern.encode()).hexdigest()[:8]


class PromptWriter:
    """Writes prompts with the words of `english/`."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._voices = read_words("voices")
        self._requests = read_words("requests")

    def write(self, case: DrawnCase, pick: Picker) -> Prompt:
        """A prompt for a case."""
        voice = self._voices[case.situation.voice]
        patterns: list[str] = []
        said = [self._wording.statement(item, case.situation, pick) for item in case.statements]
        patterns += [item.pattern for item in said]
        sentences = [self._finish(item.text) for item in said]
        blocks = {
            "rule": [self._scene(case, pick), *self._rule(case, pick, patterns)],
            "facts": self._facts(case.statements, sentences, voice, pick, patterns),
            "request": [self._request(case, pick, patterns)],
        }
        parts: list[str] = []
        for name in pick.one(_ORDERS):
            parts.append(" ".join(text for text in blocks[name] if text))
        for place, key, share in ((0, "openings", 0.6), (len(parts), "closings", 0.45)):
            if pick.chance(share):
                chosen = self._fixed(pick.one(voice[key]), pick, patterns)
                parts.insert(place if place == 0 else len(parts), chosen)
        text = ("\n\n" if pick.chance(0.35) else " ").join(part for part in parts if part)
        text = self._spelling(text, voice)
        operator = self._operator(case, pick, patterns) if case.stance == "enforce" else ""
        shown = tuple(self._spelling(item, voice) for item in sentences)
        return Prompt(operator, text, shown, tuple(pattern_id(item) for item in patterns))

    @staticmethod
    def _finish(text: str) -> str:
        text = capitalised(text.strip())
        return text if text[-1] in '.!?”"' else f"{text}."

    def _fixed(self, template: str, pick: Picker, patterns: list[str]) -> str:
        found = fill(template, pick, {})
        patterns.append(found.pattern)
        return found.text

    def _scene(self, case: DrawnCase, pick: Picker) -> str:
        return fill(case.situation.scene, pick, self._wording.slots(case.situation, pick)).text

    def _rule(self, case: DrawnCase, pick: Picker, patterns: list[str]) -> list[str]:
        here = case.situation
        if here.says and pick.chance(0.5):
            return [fill(here.says, pick, self._wording.slots(here, pick)).text]
        if case.stance == "enforce" and pick.chance(0.3):
            return []  # the operator's prompt has it
        frames = self._voices["forbids" if here.forbids else "requires"]
        return [self._filled(one_frame(frames, pick), case, pick, patterns)]

    def _facts(
        self,
        statements: tuple[Statement, ...],
        sentences: list[str],
        voice: dict[str, list[str]],
        pick: Picker,
        patterns: list[str],
    ) -> list[str]:
        found: list[str] = []
        for place in _in_order(statements, pick.shuffled(range(len(sentences)))):
            sentence = sentences[place]
            if found and _LOWERED.match(sentence) and pick.chance(0.16):
                connector = pick.one(self._voices["connectors"])
                sentence = f"{connector} {sentence[0].lower()}{sentence[1:]}"
            found.append(sentence)
        if pick.chance(0.5):
            found.insert(pick(len(found) + 1), self._fixed(pick.one(voice["asides"]), pick, patterns))
        return found

    def _request(self, case: DrawnCase, pick: Picker, patterns: list[str]) -> str:
        slots = self._wording.slots(case.situation, pick)
        table = self._requests[case.stance]
        ways = self._requests["contest_ways" if case.stance == "contest" else "ways"]
        if case.way and case.stance != "enforce":
            way = fill(ways[case.way], pick, slots)
            slots["way"] = way.text
            found = fill(one_frame(table["frames"], pick), pick, slots)
            patterns.append(found.pattern.replace("{way}", way.pattern))
            return found.text
        found = fill(one_frame(table["frames"], pick), pick, slots)
        patterns.append(found.pattern)
        return found.text

    def _operator(self, case: DrawnCase, pick: Picker, patterns: list[str]) -> str:
        parts = [
            self._filled(one_frame(self._voices["operator_roles"], pick), case, pick, patterns),
            self._filled(one_frame(self._voices["operator_orders"], pick), case, pick, patterns),
        ]
        if case.way:
            parts.append(self._filled(one_frame(self._voices["measures"][case.way], pick), case, pick, patterns))
        style = pick.one(self._voices["operator_styles"])
        return " ".join(capitalised(part) for part in (*parts, style) if part)

    def _filled(self, template: str, case: DrawnCase, pick: Picker, patterns: list[str]) -> str:
        found: Rendered = fill(template, pick, self._wording.slots(case.situation, pick))
        patterns.append(found.pattern)
        return capitalised(found.text)

    @staticmethod
    def _spelling(text: str, voice: dict[str, object]) -> str:
        if voice.get("formal"):
            text = _HAD.sub("I had", text)
            for short, long in _CONTRACTIONS:
                text = text.replace(short, long)
        if voice.get("lower"):
            text = re.sub(r"(^|[.!?:] |\n)([A-Z])(?=[a-z ])", lambda m: m.group(1) + m.group(2).lower(), text)
            text = re.sub(r"\bI\b", "i", text)
        return text
