"""The refusal test: does a reply refuse, deflect, enforce or comply, does it invoke a rule, and on which words.

    >>> from legit.refusals import read_reply
    >>> reading = read_reply("Unfortunately, our policy doesn't allow refunds after 30 days.")
    >>> reading.kind, reading.invokes_rule
    (<ReplyKind.REFUSES: 'refuses'>, True)

The words and patterns of each language are in `languages/*.toml`, the learned weights of words in `weights.tsv`, the
fields of providers in `signals.toml`.
"""

from legit.refusals.classifiers import Classifier, model_classifier, with_classifier
from legit.refusals.language_files import load_languages
from legit.refusals.reader import PatternReader, read_reply
from legit.refusals.reading import Cue, ReplyKind, ReplyReader, ReplyReading, Strictness
from legit.refusals.replies import Reply, reply_of
from legit.refusals.weights import LearnedWeights, read_weights

__all__ = [
    "Classifier", "Cue", "LearnedWeights", "PatternReader", "Reply", "ReplyKind", "ReplyReader", "ReplyReading",
    "Strictness", "load_languages", "model_classifier", "read_reply", "read_weights", "reply_of", "with_classifier",
]  # fmt: skip
