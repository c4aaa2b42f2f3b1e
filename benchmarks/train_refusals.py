"""Learn the weights of the refusal test from labelled replies, and write them to `legit/refusals/weights.tsv`.

    pip install scikit-learn
    python benchmarks/train_refusals.py [--features 15000] [--out FILE]

Replies of the halves `training`, `development` and the first to sixth fresh sets are learned from; the held half and
the later sets are not. The patterns were corrected from the older turns, so that what they read of them is better than
what they read of others: of those only the words are learned. `--across` measures instead: the files of the training
half are left out in turn, learned from the others, and read.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from refusals import learned_turns
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from legit.refusals import PatternReader, reply_of
from legit.refusals.weights import (
    KINDS,
    SCALE,
    feature_count,
    pair_feature,
    read_weights,
    word_features,
)

WEIGHTS = Path(__file__).parent.parent / "legit" / "refusals" / "weights.tsv"
STRENGTH, SEED, RAREST = 3.0, 7, 3
"""The inverse of the regularization, as scikit-learn counts it; the seed; in how many replies a feature must stand."""

PATTERNS = PatternReader(weights=None)


def features(turn: dict[str, Any]) -> dict[str, float]:
    """The features of a turn with their values."""
    words, others = PATTERNS.read_by_patterns(reply_of(turn["text"])).features()
    counts = Counter(name for word in words for name in word_features(word))
    counts.update(pair_feature(*pair) for pair in pairwise(words))
    scale = SCALE / math.sqrt(feature_count(words) or 1)
    found = {name: scale * count for name, count in counts.items()}
    is_tuned = turn["half"] != "training"
    return found | {name: value for name, value in others.items() if not (is_tuned and _is_read(name))}


def _is_read(name: str) -> bool:
    return name.startswith(("read", "cue:", "names a rule", "rule words"))


def learn(turns: Sequence[dict[str, Any]], rows: Sequence[dict[str, float]], most: int) -> list[str]:
    """The lines of the weights that are learned from turns with these features."""
    names = DictVectorizer()
    table = names.fit_transform(rows)
    often = np.asarray((table != 0).sum(0)).ravel() >= RAREST
    acts = np.array([turn["kind"] != "complies" for turn in turns])
    kinds = np.array([turn["kind"] for turn in turns])
    rule = np.array([bool(turn["rule"]) for turn in turns])

    def fitted(chosen: Any, wanted: Any, columns: Any) -> Any:
        model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=SEED)
        return model.fit(table[chosen][:, columns], wanted[chosen])

    everyone = np.ones(len(turns), dtype=bool)
    spread = np.sqrt(np.asarray(table.multiply(table).mean(0)).ravel())
    first = np.flatnonzero(often)
    weight = np.abs(fitted(everyone, acts, first).coef_[0]) * spread[first]
    for kind in KINDS:
        weight = np.maximum(weight, 0.5 * np.abs(fitted(acts, kinds == kind, first).coef_[0]) * spread[first])
    kept = np.sort(first[np.argsort(-weight, kind="stable")[:most]])
    models = [
        fitted(everyone, acts, kept),
        *(fitted(acts, kinds == kind, kept) for kind in KINDS),
        fitted(acts, rule, kept),
    ]
    weights = np.array([model.coef_[0] for model in models]).T
    lines = ["\t" + " ".join(str(round(100 * float(model.intercept_[0]))) for model in models)]
    for name, row in zip(names.get_feature_names_out()[kept], weights, strict=True):
        numbers = [round(100 * float(value)) for value in row]
        if any(numbers):
            lines.append(f"{name}\t" + " ".join(map(str, numbers)))
    return lines


def measure(turns: Sequence[dict[str, Any]], rows: Sequence[dict[str, float]], most: int) -> None:
    """Print recall and precision of each file of the training half, learned from the others."""
    total = Counter[str]()
    for left_out in sorted({turn["file"] for turn in turns if turn["half"] == "training"}):
        inside = [number for number, turn in enumerate(turns) if turn["file"] != left_out]
        lines = learn([turns[number] for number in inside], [rows[number] for number in inside], most)
        reader = PatternReader(weights=read_weights("\n".join(lines)))
        sensitive = PatternReader(weights=read_weights("\n".join(lines)), strictness="sensitive")
        counts = Counter[str]()
        for turn in turns:
            if turn["file"] == left_out:
                reading, more = reader(reply_of(turn["text"])), sensitive(reply_of(turn["text"]))
                acts, found = turn["kind"] != "complies", reading.kind != "complies"
                counts.update(
                    {
                        "acts": acts,
                        "found": found,
                        "right": acts and found,
                        "kind": reading.kind == turn["kind"],
                        "turns": 1,
                        "rule": acts and reading.invokes_rule == bool(turn["rule"]),
                        "more": more.kind != "complies",
                        "more right": acts and more.kind != "complies",
                    }
                )
        print(left_out, *shares(counts))
        total += counts
    print("all", *shares(total))


def shares(counts: Counter[str]) -> list[str]:
    """Recall and precision, those of the strictness `sensitive`, and the share of right kinds and rules."""
    pairs = [
        ("right", "acts"),
        ("right", "found"),
        ("more right", "acts"),
        ("more right", "more"),
        ("kind", "turns"),
        ("rule", "acts"),
    ]
    return [f"{100 * counts[hits] / max(1, counts[all_]):.0f}" for hits, all_ in pairs]


def main() -> None:
    """Learn and write, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=15_000)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--across", action="store_true")
    given = parser.parse_args()
    turns = learned_turns()
    rows = [features(turn) for turn in turns]
    if given.across:
        measure(turns, rows, given.features)
        return
    lines = learn(turns, rows, given.features)
    given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(turns)} turns, {len(lines) - 1} features")


if __name__ == "__main__":
    main()
