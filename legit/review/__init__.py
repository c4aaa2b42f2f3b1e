"""The review: which refusals of an assistant were blind, which enforcements wrongful, what should have been said.

>>> from legit.review import figures, review
>>> found = review("export.jsonl", "openai:gpt-5", out="review.jsonl")
>>> figures(found).refusals.headline
"""

from __future__ import annotations

from legit.review.calibration import QueueItem, queue
from legit.review.comparison import Comparison, compare
from legit.review.figures import Figures, figures
from legit.review.rates import Rate
from legit.review.records import Answer, ReviewedConversation, ReviewedTurn
from legit.review.reviewed import Review, load_review
from legit.review.run import ReviewSettings, review

__all__ = [
    "Answer", "Comparison", "Figures", "QueueItem", "Rate", "Review", "ReviewSettings", "ReviewedConversation",
    "ReviewedTurn", "compare", "figures", "load_review", "queue", "review",
]  # fmt: skip
