"""A review that was made: its header and its lines, in memory or in a file, with the answers of people beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from legit._util.json_lines import numbered_lines
from legit._util.suggest import suggest
from legit.errors import Problem, ReviewError
from legit.review.records import NOT_AN_ACT, Answer, Header, ReviewedConversation

ANSWERS = ("blind", "half_blind", "rightful", "wrongful", "undecided", NOT_AN_ACT, "act")
"""What a person may say of a turn. `act` is for one that the refusal test passed over: it does decline or enforce."""


class Review:
    """A review. `problems` are the records of the transcripts that could not be read."""

    def __init__(
        self,
        header: Header,
        *,
        path: Path | None = None,
        lines: Sequence[ReviewedConversation] = (),
        problems: tuple[Problem, ...] = (),
    ) -> None:
        self.header = header
        self.path = path
        self.problems = problems
        self._lines = lines

    def conversations(self) -> Iterator[ReviewedConversation]:
        """The lines, one a conversation. Raises ReviewError (V202) for one that cannot be read."""
        if self.path is None:
            yield from self._lines
        else:
            yield from read_lines(self.path)

    @property
    def answers_path(self) -> Path | None:
        """The file of the answers of people, beside the review."""
        return self.path.with_suffix(".answers.jsonl") if self.path else None

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """The answers of people by turn; the last one of each counts. Raises ReviewError (V202)."""
        path = self.answers_path
        if path is None or not path.exists():
            return {}
        found: dict[str, Answer] = {}
        for number, line in numbered_lines(path.read_text(encoding="utf-8")):
            try:
                answer = Answer.model_validate_json(line)
            except ValidationError:
                raise ReviewError(Problem("V202", "no answer to a review", number, 1, str(path))) from None
            found[answer.id] = answer
        return found

    def with_answers(self, answers: Sequence[Answer]) -> Review:
        """The same review with answers of people, as if they were kept."""
        other = Review(self.header, path=self.path, lines=self._lines, problems=self.problems)
        other.__dict__["answers"] = {**self.answers, **{answer.id: answer for answer in answers}}
        return other

    def answer(self, answers: Sequence[Answer]) -> Review:
        """Keep answers of people. Returns the review with them.

        Raises ReviewError: V203 no such turn, V204 no such outcome, or not one of a turn of this kind.
        """
        acts = {turn.id for line in self.conversations() for turn in line.turns}
        known = acts | {turn.id for line in self.conversations() for turn in line.others}
        problems = (
            [
                Problem("V203", f"no turn `{answer.id}` in the review", nearest=suggest(answer.id, known))
                for answer in answers
                if answer.id not in known
            ]
            + [
                Problem(
                    "V204",
                    f"no outcome `{answer.outcome}`",
                    help=f"one of {', '.join(ANSWERS)}",
                    nearest=suggest(answer.outcome, ANSWERS),
                )
                for answer in answers
                if answer.outcome not in ANSWERS
            ]
            + [
                Problem(
                    "V204", f"`{answer.id}` is found to be an act already", help=f"one of {', '.join(ANSWERS[:-1])}"
                )
                for answer in answers
                if answer.outcome == ANSWERS[-1] and answer.id in acts
            ]
        )
        if problems:
            raise ReviewError(*problems)
        path = self.answers_path
        if path is not None:
            with path.open("a", encoding="utf-8", newline="\n") as file:
                file.writelines(json.dumps(answer.data, ensure_ascii=False) + "\n" for answer in answers)
        return self.with_answers(answers)


def load_review(path: str | Path) -> Review:
    """Read a review from its file of JSON lines. Raises ReviewError (V202) when it is none."""
    place = Path(path)
    try:
        with place.open(encoding="utf-8") as file:
            header = Header.model_validate_json(file.readline())
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(Problem("V202", f"cannot be read: {error}", source=str(path))) from None
    except ValidationError:
        raise ReviewError(
            Problem("V202", "no review", 1, 1, str(path), help="give the file that `legit review --out` wrote")
        ) from None
    return Review(header, path=place)


def read_lines(path: Path) -> Iterator[ReviewedConversation]:
    """The lines behind the header. A last line without its end is left out. Raises ReviewError (V202)."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if number == 1:
                continue
            if not line.endswith("\n"):
                return
            try:
                yield ReviewedConversation.model_validate_json(line)
            except ValidationError:
                raise ReviewError(Problem("V202", "no line of a review", number, 1, str(path))) from None
