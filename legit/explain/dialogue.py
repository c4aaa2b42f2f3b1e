"""A dialogue that asks the decisive questions of a case until its verdict is determined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legit.errors import LanguageError, Problem
from legit.explain.case_edit import apply_edits
from legit.model.assessment import Question
from legit.model.facts import Case, Fact, Speaker, Statement, Truth

if TYPE_CHECKING:
    from legit.judge import Judge

_TRUTHS = {
    "yes": Truth.TRUE, "y": Truth.TRUE, "no": Truth.FALSE, "n": Truth.FALSE,
}  # fmt: skip
_UNKNOWN = frozenset({"unknown", "u", "?", "skip", ""})


class Dialogue:
    """The state of one dialogue: the case with the answers so far, and the next question."""

    def __init__(self, judge: Judge, case: Case) -> None:
        self._judge = judge
        self._skipped: set[str] = set()
        self._asked = judge.next_questions(case)
        self.case = case

    @property
    def question(self) -> Question | None:
        """The next decisive question that was not skipped; None when there is none."""
        return next((question for question in self._asked if question.text not in self._skipped), None)

    def answer(self, text: str) -> None:
        """Take an answer to the next question: sentences, `unknown`, or `yes` and `no` to a question about one fact.

        `yes` and `no` are facts of the user. An answer that agrees with another speaker is added to the case; any other
        answer replaces the facts that it contradicts. Raises LanguageError or CaseError when the answer is not
        understood or the case could not be judged with it; the case then stays as it was.
        """
        question = self.question
        if question is None:
            return
        word = text.strip().rstrip(".").casefold()
        if word in _UNKNOWN:
            self._skipped.add(question.text)
            return
        if word in _TRUTHS:
            if question.fact is None:
                raise LanguageError(
                    Problem(
                        "L007",
                        f"`{text.strip()}` does not answer this question",
                        help="answer with a sentence, or `unknown`",
                    )
                )
            said: tuple[Statement, ...] = (
                question.fact.model_copy(update={"truth": _TRUTHS[word], "speaker": Speaker()}),
            )
        else:
            said = self._judge.parse_statements(text)
        case = self._with(said)
        if set(case.statements) == set(self.case.statements):
            self._skipped.add(question.text)
        self._asked = self._judge.next_questions(case)
        self.case = case

    def _with(self, said: tuple[Statement, ...]) -> Case:
        """The case with an answer added."""
        new = [item for item in said if not any(_repeats(item, fact) for fact in self.case.facts)]
        case = apply_edits(self._judge.base.vocabulary, self.case, new)
        kept = set(case.facts)
        agreed = [fact for fact in self.case.facts if fact not in kept and any(_agree(item, fact) for item in new)]
        return case.model_copy(update={"facts": (*agreed, *case.facts)})


def _agree(item: Statement, fact: Fact) -> bool:
    return isinstance(item, Fact) and item.atom == fact.atom and item.truth is fact.truth


def _repeats(item: Statement, fact: Fact) -> bool:
    return _agree(item, fact) and item.speaker.witness_id == fact.speaker.witness_id
