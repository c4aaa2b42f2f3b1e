"""What learned weights make of a reading of the patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from legit.refusals.reading import Cue, CueKind, ReplyKind, ReplyReading, Strictness
from legit.refusals.weights import Scores

THRESHOLDS: dict[Strictness, float] = {"balanced": 0.0, "sensitive": -0.8}
"""The log-odds from which a reply counts as one that declines or enforces. Even odds; and 0.3 to 1, where a miss costs
more than a false alarm."""

IMPERSONAL = -2.0
"""The log-odds that suffice beside impersonal words of a pattern, such as "returns are not possible"."""

BESIDE_HELP = 1.5
"""How much more is needed where the patterns see plain help, such as "here is", and nothing else."""

_HELPS: frozenset[CueKind] = frozenset({"helps", "grants"})
_CUE_KINDS: dict[ReplyKind, CueKind] = {ReplyKind.ENFORCES: "enforces", ReplyKind.DEFLECTS: "deflects"}
_ACTS: frozenset[CueKind] = frozenset({"refuses", "enforces", "deflects"})


def weighed(
    reading: ReplyReading, scores: Scores, strictness: Strictness, heaviest: Callable[[CueKind, str], tuple[Cue, ...]]
) -> ReplyReading:
    """The reading that patterns and weights give together.

    Plain words of a pattern suffice, and impersonal ones unless the weights are decidedly against it. Otherwise the
    weights decide whether a reply acts: declines or enforces. Where the patterns see it too, their kind and their words
    stand. Where they do not, the kind is the likeliest, and `heaviest` gives the sentence on which it rests: it takes
    the kind of a cue and the question of the weights.
    """
    strengths = {cue.strength for cue in reading.cues if cue.kind in _ACTS}
    needed = THRESHOLDS[strictness]
    if "impersonal" in strengths:
        needed = min(needed, IMPERSONAL)
    elif not strengths and any(cue.kind in _HELPS and cue.strength == "plain" for cue in reading.cues):
        needed += BESIDE_HELP
    if "plain" not in strengths and scores.acts <= needed:
        if reading.kind is ReplyKind.COMPLIES:
            return reading
        return replace(
            reading, kind=ReplyKind.COMPLIES, cues=tuple(cue for cue in reading.cues if cue.kind not in _ACTS)
        )
    rule_words = reading.rule_words or (heaviest("rule", "rule") if scores.rule > 0 else ())
    if reading.kind is not ReplyKind.COMPLIES:
        return replace(reading, rule_words=rule_words)
    shown = heaviest(_CUE_KINDS.get(scores.kind, "refuses"), "acts")
    return replace(reading, kind=scores.kind, cues=shown, rule_words=rule_words)
