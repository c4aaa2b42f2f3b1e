"""Many cases at once: decided in columns, a bit for each case, with the decisions of `Judge.decide`.

`decide_many` takes cases and gives decisions; `decide` takes a table with a column of sentences and gives a table of
decisions; `decide_batches` does the same for a stream of record batches. Needs the extra `batch`.
"""

from legit.batch.decide_many import decide_many
from legit.batch.tables import TableJudge, decide, decide_batches

__all__ = ["TableJudge", "decide", "decide_batches", "decide_many"]
