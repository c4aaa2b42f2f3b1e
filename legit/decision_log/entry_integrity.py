"""Checks one entry that is shown; `verify` checks the whole log.

The entry is compared with the tree in the file, and the texts beside it with the commitments in it.
"""

from __future__ import annotations

from legit.decision_log.entries import Decision, Override, Redaction
from legit.decision_log.reader import LogReader
from legit.decision_log.redaction import TextPolicy, matches_commitment
from legit.errors import DecisionLogError

VERIFY_HINT = "see `legit log verify`"


def entry_problems(log: LogReader, number: int) -> list[str]:
    """The problems of an entry, as sentences. Raises DecisionLogError when it cannot be read."""
    try:
        is_leaf = log.matches_tree(number)
    except DecisionLogError as error:  # the tree has a hole
        if error.problems[0].code != "R201":
            raise
        is_leaf = False
    return [] if is_leaf else [f"this entry is not the one that was recorded; {VERIFY_HINT}"]


def visible_annotations(log: LogReader, number: int) -> tuple[list[tuple[int, Override | Redaction]], list[str]]:
    """The overrides and redactions of a decision that fit the tree, and a problem if some entry in their place does
    not."""
    try:
        return log.annotations_of(number), []
    except DecisionLogError:
        problem = f"an override or redaction is not the one that was recorded, and is not shown; {VERIFY_HINT}"
        return log.annotations_of(number, skip_changed=True), [problem]


def text_problems(log: LogReader, number: int, decision: Decision) -> dict[str, str]:
    """For each placeholder of a decision whose text or salt was changed: the problem, and the stored text."""
    erased = {
        item
        for _, note in visible_annotations(log, number)[0]
        if isinstance(note, Redaction)
        for item in note.placeholders
    }
    kept = log.unverified_texts(number)
    found = {}
    for stand_in, said in decision.commitments.items():
        if stand_in not in kept:
            if said is not None and stand_in not in erased:
                found[stand_in] = f"the text of {stand_in} is gone, and no entry says that it was erased; {VERIFY_HINT}"
        elif not matches_commitment(said, decision.text_policy, *kept[stand_in]):
            _, text = kept[stand_in]
            what = "text" if decision.text_policy is TextPolicy.STORED else "salt"
            there = f' ("{text.decode(errors="replace")}")' if isinstance(text, bytes) else ""
            found[stand_in] = (
                f"the {what} that is there for {stand_in}{there} is not the one that was recorded; {VERIFY_HINT}"
            )
    return found
