"""A dialogue that asks the open questions of a case until its verdict is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legit.assessment import Question
from legit.errors import LanguageError, Problem
from legit.explain.what_if import changed
from legit.facts import Case, Fact, Truth

if TYPE_CHECKING:
    from legit.judge import Judge

_TRUTHS = {
    "yes": Truth.TRUE, "y": Truth.TRUE, "no": Truth.FALSE, "n": Truth.FALSE,
}  # fmt: skip
_UNKNOWN = frozenset({"unknown", "u", "?", "skip", ""})


class Dialogue:
    """The state of one dialogue: the case as it is known so far, and the question to ask next."""

    def __init__(self, judge: Judge, case: Case) -> None:
        self._judge = judge
        self._skipped: set[str] = set()
        self.case = case

    @property
    def question(self) -> Question | None:
        """The next question whose answer can change the verdict; None when none is left that was not passed over."""
        asked = self._judge.next_questions(self.case)
        return next((question for question in asked if question.text not in self._skipped), None)

    def answer(self, text: str) -> None:
        """Take an answer to the next question: sentences, `yes` or `no` where it is about one fact, or `unknown`.

        Raises LanguageError or CaseError when the answer is not understood; the case stays as it was.
        """
        question = self.question
        if question is None:
            return
        said = text.strip()
        word = said.rstrip(".").casefold()
        if word in _UNKNOWN:
            self._skipped.add(question.text)
            return
        facts: list[Fact]
        if word in _TRUTHS:
            if question.about is None:
                raise LanguageError(
                    Problem(
                        "L007", f"`{said}` does not answer this question", help="answer with a sentence, or `unknown`"
                    )
                )
            facts = [question.about.model_copy(update={"truth": _TRUTHS[word]})]
        else:
            facts = [fact for found in self._judge.read(said) for fact in found.facts]
        case = changed(self._judge.base.vocabulary, self.case, facts)
        if case == self.case:
            self._skipped.add(question.text)
        self.case = case
