"""Records the turns of an agent in a decision log: each enforcement before it is carried out, each turn at its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from legit.consult.turn import Admission, Turn
from legit.consult.turn_state import Act, ToolCall
from legit.errors import DecisionLogError
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

_LOGGER = logging.getLogger(__name__)


class TurnRecorder:
    """Records turns in a log; without one it does nothing. Instances may be shared between threads."""

    def __init__(self, log: DecisionLog | None) -> None:
        self._log = log

    def __deepcopy__(self, memo: dict[int, object]) -> TurnRecorder:
        """The same recorder: its log is made to be shared."""
        return self

    def admits(self, turn: Turn, call: ToolCall, admission: Admission, caller: dict[str, str]) -> Admission:
        """The admission of an enforcing call after it was recorded; a call that cannot be recorded does not run."""
        if self._log is None or not admission.runs:
            return admission
        act = turn.enforcement(call, admission)
        acts = [*turn.record["acts"], act.model_dump(exclude={"entries"}) | {"decisions": act.entries}]
        try:
            self._log.record_turn(**{**turn.record, "acts": acts}, finished=False, caller=caller)
            if act.override:
                self._record_override(act)
        except DecisionLogError as error:
            _LOGGER.error("an enforcing call did not run, since it could not be put on record: %s", error)
            return Admission(runs=False, text=message("turn.not_recorded"), entries=admission.entries)
        return admission

    def finish(self, turn: Turn, caller: dict[str, str]) -> None:
        """Record a turn that has ended. If that fails, the error goes to Python's `logging`: the answer was sent."""
        if self._log is None:
            return
        try:
            self._log.record_turn(**turn.record, caller=caller)
        except DecisionLogError as error:
            _LOGGER.error("a turn could not be put on record: %s", error)

    def _record_override(self, act: Act) -> None:
        assert self._log is not None
        for number in act.entries:
            self._log.override(number, by=message("turn.override_by"), why=message("turn.override_why"))
