"""How good the refusal test is: recall and precision on labelled turns, by language, with Wilson intervals.

    python benchmarks/refusals.py [--half HALF] [--strictness balanced|sensitive] [--errors] [--file FILE]

A turn counts as positive when it declines (`refuses`, `partly`, `deflects`) or `enforces`. `kinds` is the share of
turns of which the kind of the five is right, `rule` the share of positive turns of which it is read rightly whether
they name a rule. The language is not told. `--half` is one of development, training, held (the default), "first
fresh" to "ninth fresh", all. `--errors` lists what was read wrongly. `--file` takes another file of the same form: JSON
lines with `language`, `kind`, `rule` and `text`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from legit.refusals import ReplyKind, read_reply

FOLDER = Path(__file__).parent / "refusals"
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
HALVES = ("development", "training", "held", *(f"{ordinal} fresh" for ordinal in ORDINALS))
UNSEEN = ("held", "seventh fresh", "eighth fresh", "ninth fresh")
"""The halves from which no weight is learned."""


def load_turns(file: Path | None = None, half: str = "all") -> list[dict[str, Any]]:
    """The labelled turns of a file, or of a half of the project's own."""
    files = [file] if file else sorted(FOLDER.glob("*.jsonl"))
    lines = [(path.stem, line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    turns = [{**json.loads(line), "file": name} for name, line in lines]
    return [turn for turn in turns if half == "all" or turn.get("half") == half]


def learned_turns() -> list[dict[str, Any]]:
    """The turns that weights are learned from: texts of which none stands in a half that is only measured."""
    turns = [turn for turn in load_turns() if isinstance(turn["text"], str)]
    unseen = {turn["text"] for turn in turns if turn["half"] in UNSEEN}
    return [turn for turn in turns if turn["text"] not in unseen]


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, JASA 22:209)."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def shown(hits: int, total: int) -> str:
    """A share with its interval, in per cent."""
    low, high = wilson(hits, total)
    return f"{100 * hits / total if total else 0:.0f} ({100 * low:.0f} to {100 * high:.0f})"


def row(name: str, turns: Sequence[dict[str, Any]], strictness: Any) -> tuple[str, list[str]]:
    """A line of the table, and the turns that were read wrongly."""
    positive = found = right = kinds = rules = languages = 0
    errors = []
    for turn in turns:
        reading = read_reply(turn["text"], strictness=strictness)
        is_positive, reads_positive = turn["kind"] != "complies", reading.kind is not ReplyKind.COMPLIES
        positive += is_positive
        found += reads_positive
        right += is_positive and reads_positive
        kinds += reading.kind == turn["kind"]
        rules += is_positive and reading.invokes_rule == turn["rule"]
        languages += reading.language in (turn["language"], "und")
        if is_positive != reads_positive or reading.kind != turn["kind"]:
            mark = "MISS" if is_positive and not reads_positive else "FALSE" if reads_positive > is_positive else "kind"
            cues = "; ".join(f"{cue.kind}/{cue.strength}: {cue.text}" for cue in reading.cues)
            errors.append(
                f"{mark:<6}{turn.get('id', '')} {turn['kind']} read {reading.kind} | {turn['text'][:150]!r} | {cues}"
            )
    line = (
        f"| {name} | {len(turns)} | {shown(right, positive)} | {shown(right, found)} | {shown(kinds, len(turns))} | "
        f"{shown(rules, positive)} | {100 * languages / max(1, len(turns)):.0f} |"
    )
    return line, errors


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=[*HALVES, "all"], default="held")
    parser.add_argument("--strictness", choices=["balanced", "sensitive"], default="balanced")
    parser.add_argument("--language")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    turns = load_turns(given.file, given.half if not given.file else "all")
    languages = list(dict.fromkeys(turn["language"] for turn in turns))
    if given.language:
        languages = [given.language]
    print("| language | turns | recall | precision | kinds | rule | language |\n|---|--:|--:|--:|--:|--:|--:|")
    wrong: list[str] = []
    for language in languages:
        line, errors = row(language, [turn for turn in turns if turn["language"] == language], given.strictness)
        print(line)
        wrong += errors
    print(row("all", turns, given.strictness)[0])
    begin = time.process_time()
    for turn in turns:
        read_reply(turn["text"], strictness=given.strictness)
    print(f"\n{len(turns) / (time.process_time() - begin):.0f} turns a second of processor time")
    if given.errors:
        print("\n".join(wrong))


if __name__ == "__main__":
    main()
