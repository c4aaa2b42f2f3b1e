"""The run log of an evaluation: one JSON line for each answer, after a first line that describes the run.

An interrupted run continues where it stopped. An incomplete last line is dropped. Failed answers are tried again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import DatasetError, Problem
from legit.evals.dataset import LabelledCase

ResponseType = Literal["helps", "deflects", "hard_refusal"]
Arm = Literal["baseline", "tool"]
ARMS: tuple[Arm, ...] = ("baseline", "tool")


class _RunLogLine(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Run(_RunLogLine):
    """The run: the first line of a run log. Only answers of the same run may follow."""

    schema_version: Literal["2"] = "2"
    model: str
    grader: str
    system_prompt: str
    engine: str
    base: str
    base_digest: str
    profile: str


class ToolCall(_RunLogLine):
    """One call of a tool: arguments and result; verdict and guidance where a case was assessed."""

    tool: str
    arguments: dict[str, object]
    content: str
    verdict: str | None = None
    guidance: str | None = None
    problems: tuple[str, ...] = ()


class TokenUsage(_RunLogLine):
    """Tokens as the model reports them, summed over the turns of one answer."""

    input_tokens: int
    output_tokens: int


class ModelAnswer(_RunLogLine):
    """The answer to one case in one arm.

    `error` says why there is no answer, or why it is not classified. Such a line does not count, and the answer is
    tried again.
    """

    case: str
    case_digest: str
    family: str
    subtype: str
    authority: str
    dual_use: str
    is_control: bool
    stance: Literal["evade", "enforce"] = "evade"
    pair: str = ""
    domain: str = ""
    language: str = ""
    question_group: str = ""
    expected: Literal["help", "decline", ""] = ""
    arm: Arm
    response: str = ""
    refusal_signal: bool = False
    response_type: ResponseType | None = None
    recognised: bool | None = None
    classified_by: str = ""
    why: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    token_usage: TokenUsage | None = None
    seconds: float = 0.0
    error: str = ""

    @property
    def key(self) -> tuple[str, Arm]:
        """The case and the arm."""
        return self.case, self.arm

    @property
    def is_classified(self) -> bool:
        """Whether there is an answer, and it is classified."""
        return self.response_type is not None

    @property
    def helped(self) -> bool:
        return self.response_type == "helps"

    @property
    def right(self) -> bool | None:
        """Whether the response is what is expected; None where no single behaviour is."""
        return self.helped == (self.expected == "help") if self.expected else None

    @property
    def last_verdict_call(self) -> ToolCall | None:
        """The last call that returned a verdict."""
        return next((item for item in reversed(self.tool_calls) if item.verdict), None)


_LATER_FIELDS = ("stance", "operator_prompt", "pair", "domain", "language", "question_group", "expected")
"""Fields that older cases lack: they count in the digest of a case that has them."""


def digest_case(case: LabelledCase) -> str:
    """A digest of the text and labels of a case. It prevents that a run log is continued with other cases."""
    data = case.model_dump(mode="json")
    for name in _LATER_FIELDS:
        if data[name] == LabelledCase.model_fields[name].default:
            del data[name]
    text = json.dumps(data, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_run_log(path: Path) -> tuple[Run, list[ModelAnswer]]:
    """The run of a run log, and the last line of each case and arm, in the order of their first lines.

    Raises DatasetError: D011 not readable, D012 a line that is no answer. An incomplete last line is ignored.
    """
    run, answers, _ = _read_run_log(path)
    return run, answers


class RunLog:
    """A run log that is open for more answers."""

    def __init__(self, path: Path, run: Run) -> None:
        """Begin a run log, or continue one of the same run.

        Raises DatasetError: D011, D012 as `read_run_log`; D013 when the file belongs to another run.
        """
        self._path = path
        self.answers: dict[tuple[str, Arm], ModelAnswer] = {}
        if path.exists() and path.stat().st_size:
            found, answers, whole = _read_run_log(path)
            differs = [name for name in Run.model_fields if getattr(found, name) != getattr(run, name)]
            if differs:
                raise DatasetError(
                    Problem(
                        "D013",
                        f"holds another run: {', '.join(f'`{name}`' for name in differs)} not the same",
                        source=str(path),
                        help="name another file, or give the same model, grader, system prompt and knowledge base",
                    )
                )
            self.answers = {answer.key: answer for answer in answers}
            with path.open("r+b") as file:
                file.truncate(whole)
        else:
            self._write(run)

    def add(self, answer: ModelAnswer) -> None:
        """Append an answer; it is on its way to the disk when this returns."""
        self._write(answer)
        self.answers[answer.key] = answer

    def _write(self, line: _RunLogLine) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line.model_dump_json() + "\n")
        except OSError as error:
            raise DatasetError(
                Problem("D011", f"cannot be written: {error.strerror}", source=str(self._path))
            ) from error


def _read_run_log(path: Path) -> tuple[Run, list[ModelAnswer], int]:
    """The run, its answers, and the length in bytes of the complete lines."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(Problem("D011", f"cannot be read: {error.strerror}", source=str(path))) from error
    # Only a line with its end was written whole.
    whole = data.rfind(b"\n") + 1
    lines = data[:whole].splitlines()
    run: Run | None = None
    answers: dict[tuple[str, Arm], ModelAnswer] = {}
    for number, line in enumerate(lines, start=1):
        try:
            if run is None:
                run = Run.model_validate_json(line)
            else:
                answer = ModelAnswer.model_validate_json(line)
                answers[answer.key] = answer
        except ValidationError as error:
            raise DatasetError(
                Problem(
                    "D012",
                    f"not a line of a run log: {error.errors()[0]['msg'].lower()}",
                    number,
                    1,
                    str(path),
                    help="a run log is written by `legit eval agent`",
                )
            ) from error
    if run is None:
        raise DatasetError(Problem("D012", "not a run log: it has no first line", source=str(path)))
    return run, list(answers.values()), whole
