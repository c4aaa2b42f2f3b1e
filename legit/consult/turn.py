"""A turn of an agent, for any framework: it is told what a model drafts and what its tools answer, and says what to do.

    turn = Turn()
    step = turn.next(Draft(text="I can't help with that.", refuses=True))
    while step.action == "ask":
        step = turn.next(draft_of(model(messages, note=step.note)))

`Turn.next` takes each draft, `Turn.admit` each tool call that is about to run, `Turn.finish` the result of each
consultation. The state (`Turn.state`) is plain data. Nothing is read from the messages of the past, so that it does not
matter who changes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from legit.consult.tools import CONSULT_TOOL, VOCABULARY_TOOL
from legit.consult.turn_state import (
    Act,
    ConsultationResult,
    Consulted,
    Cover,
    Draft,
    ToolCall,
    TurnState,
    covers_with,
)
from legit.messages import message
from legit.model.acts import Reason


@dataclass(frozen=True)
class TurnLimits:
    """The limits of a turn.

    `max_reconsiderations` is the number of drafts that are reconsidered, `max_consultations` and `max_lookups` the
    number of consultations and of look-ups of the vocabulary. `max_holds` is the number of drafts whose enforcing calls
    do not run before the turn is ended. With `allow_override` an enforcing call runs although the guidance is
    `decline`, and is recorded as an override. Raises ValueError when a number is no whole number from 0 on.
    """

    max_reconsiderations: int = 1
    max_consultations: int = 4
    max_lookups: int = 4
    max_holds: int = 3
    allow_override: bool = False

    def __post_init__(self) -> None:
        for name in ("max_reconsiderations", "max_consultations", "max_lookups", "max_holds"):
            given = getattr(self, name)
            if isinstance(given, bool) or not isinstance(given, int) or given < 0:
                raise ValueError(message("turn.no_limit", name=name, given=repr(given)[:80]))


@dataclass(frozen=True)
class Admission:
    """Whether a tool call may run. If not, `text` is the answer for the model in place of the tool's.

    `override`: it runs against the guidance. `entries` are the decisions in the log that it follows.
    """

    runs: bool
    text: str = ""
    override: bool = False
    entries: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """What to do with a draft.

    `ask`: call the model again, with `note` behind the system prompt, and give the new draft to `Turn.next` (or report
    the failure of the call to `Turn.failed`). `send`: go on with `draft`. `sends` says which one that is: the `draft`
    that was given; the `first` one, which the note was about; the refusal of an `earlier` step; a text of `ours`.
    `admissions` are those of the draft's calls, by id. If `answer_waits`, the structured answer is not sent yet: answer
    its call with `waiting_text`, and let the model go on.
    """

    action: Literal["ask", "send"]
    draft: Draft
    note: str = ""
    sends: Literal["draft", "first", "earlier", "ours"] = "draft"
    admissions: Mapping[str, Admission] = field(default_factory=dict)
    answer_waits: bool = False


class Turn:
    """A turn, from a message of the user to the answer that is sent. It is told of every draft and every consultation.

    No enforcing call is admitted before a consultation about enforcing has answered: one that was asked in an earlier
    draft, and that no other enforcing call has used. Only a consultation or another refusal replaces a refusal. The
    model is called at most twice for one message.

    `state` is a state that was kept (by `Turn.data`), or None for a new turn.
    """

    def __init__(self, limits: TurnLimits | None = None, state: TurnState | Mapping[str, Any] | None = None) -> None:
        self.limits = limits or TurnLimits()
        self.state = state if isinstance(state, TurnState) else TurnState.model_validate(state or {})

    @property
    def data(self) -> dict[str, Any]:
        """The state as plain data, which JSON can hold."""
        return self.state.model_dump(mode="json")

    @property
    def record(self) -> dict[str, Any]:
        """What `DecisionLog.record_turn` takes: the id, the acts, and how consultations ended."""
        results = [result for item in self.state.consulted for result in item.results]
        answered = sum(result.status == "answered" for result in results)
        acts = [act.model_dump(exclude={"entries"}) | {"decisions": act.entries} for act in self.state.acts]
        return {"turn": self.state.turn, "acts": acts, "answered": answered, "failed": len(results) - answered}

    # What is reported

    def finish(self, result: ConsultationResult) -> None:
        """Take in the result of a consultation of the latest draft."""
        self._set(results=(*self.state.results, result))

    def carried_out(self, call: ToolCall, admission: Admission) -> None:
        """Take in that an enforcing call was admitted and has run."""
        self._set(acts=(*self.state.acts, self.enforcement(call, admission)))

    def enforcement(self, call: ToolCall, admission: Admission) -> Act:
        """The act of an enforcing call of the latest draft."""
        id_ = f"{self.state.drafts}/{call.id}/{call.digest[:12]}"
        return Act(id=id_, kind="enforcement", consulted=True, override=admission.override, entries=admission.entries)

    def take_in(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in what tools have reported as plain data (`consultation_event`, `enforcement_event`): all events of
        this turn so far, in a fixed order. Those that were taken in before are passed over."""
        mine = [event for event in events if event["turn"] == self.state.turn]
        for event in mine[self.state.absorbed :]:
            if event["kind"] == "enforcement":
                self._set(acts=(*self.state.acts, Act.model_validate(event["act"])))
            elif event["draft"] == self.state.drafts:
                self.finish(ConsultationResult.model_validate(event["result"]))
        self._set(absorbed=max(self.state.absorbed, len(mine)))

    def consultation_event(self, result: ConsultationResult) -> dict[str, Any]:
        """The result of a consultation of the latest draft, as data for `take_in`."""
        return {
            "turn": self.state.turn,
            "draft": self.state.drafts,
            "kind": "consultation",
            "result": result.model_dump(mode="json"),
        }

    def enforcement_event(self, call: ToolCall, admission: Admission) -> dict[str, Any]:
        """That an enforcing call has run, as data for `take_in`."""
        act = self.enforcement(call, admission).model_dump(mode="json")
        return {"turn": self.state.turn, "draft": self.state.drafts, "kind": "enforcement", "act": act}

    def close(self) -> None:
        """End the turn."""
        self._end_consultations()
        self._set(closed=True)

    # What to do

    def next(self, draft: Draft, *, offered: bool = True) -> Step:
        """What to do with a draft. `offered`: whether the model has the tool of the consultation."""
        self._end_consultations()
        note, waiting = self.state.note, self.state.waiting
        self._set(drafts=self.state.drafts + 1, note="", waiting=None)
        if waiting is None:
            return self._settle(draft, offered=offered, may_ask=True)
        if note == "refusal":
            if self._is_step(draft):
                self._set(refusal=waiting)
            elif not self._refuses(draft):
                return self._send(waiting, "first", "not_consulted")
        return self._settle(draft, offered=offered, may_ask=False)

    def failed(self) -> Step:
        """What to do when the call of the model that a note asked for has failed: the earlier draft is sent."""
        note, waiting = self.state.note, self.state.waiting
        if waiting is None:
            raise ValueError("no note is open")
        self._set(note="", waiting=None)
        if note == "budget":
            return self._give_up("failure")
        return self._send(waiting, "first", "failure")

    def admit(self, call: ToolCall) -> Admission:
        """Whether a call of the latest draft may run. For a call that nobody has drafted this is safe as well."""
        if call.name == CONSULT_TOOL:
            if call.id in self.state.pending:
                return Admission(runs=True)
            return Admission(runs=False, text=message("turn.consulted_enough", tool=CONSULT_TOOL))
        if call.name == VOCABULARY_TOOL:
            return Admission(runs=True)
        if self.state.refusal is not None and not self.consulted:
            return Admission(runs=False, text=waiting_text())
        if not call.enforces and call.id not in self.state.enforcing:
            return Admission(runs=True)
        cover = self._cover(call)
        if cover is None or self.state.pending:
            return Admission(runs=False, text=message("turn.held", tool=CONSULT_TOOL))
        if cover.declined and not self.limits.allow_override:
            return Admission(runs=False, text=message("turn.declined"), entries=cover.entries)
        return Admission(runs=True, override=cover.declined, entries=cover.entries)

    @property
    def consulted(self) -> bool:
        """Whether a consultation of this turn has answered."""
        return any(item.answered for item in self.state.consulted)

    # How it is decided

    def _set(self, **changes: Any) -> None:
        self.state = self.state.model_copy(update=changes)

    def _end_consultations(self) -> None:
        """Take the consultations of the latest draft together. One without a result was rejected or never ran."""
        missing = len(self.state.pending) - len(self.state.results)
        results = (*self.state.results, *[ConsultationResult(status="failed")] * max(missing, 0))
        if results:
            batch = Consulted(draft=self.state.drafts, results=results)
            self._set(consulted=(*self.state.consulted, batch), pending=(), results=())

    def _settle(self, draft: Draft, *, offered: bool, may_ask: bool) -> Step:
        steps = [call for call in draft.calls if call.name in (CONSULT_TOOL, VOCABULARY_TOOL)]
        if steps and len(steps) == len(draft.calls) and draft.answer is None and not self._has_room(steps):
            if may_ask and offered and self.state.budget_notes < self.limits.max_consultations:
                return self._ask("budget", draft)
            return self._give_up("budget")
        may_reconsider = may_ask and offered and self.state.reconsidered < self.limits.max_reconsiderations
        own_policy = draft.exempt and not draft.calls
        refuses = self._refuses(draft) and not draft.exempt and self.state.refusal is None and not self.consulted
        if (
            may_reconsider and refuses
        ):  # also one that enforces by its words: it gives way to nothing but a consultation
            return self._ask("refusal", draft)
        if may_reconsider and not own_policy and self._enforces_unconsulted(draft):
            return self._ask("enforcement", draft)
        asked = not may_ask or self.state.refusal is not None
        why: Reason = "not_offered" if not offered else "not_consulted" if asked else "budget"
        if self.state.refusal is not None and not self._refusal_gives_way(draft):
            return self._send(self.state.refusal, "earlier", "not_consulted")
        return self._send(draft, "draft", why)

    def _has_room(self, steps: Iterable[ToolCall]) -> bool:
        """Whether one of the steps (consultations and look-ups) is within the limits."""
        asked = list(steps)
        looks_up = any(call.name == VOCABULARY_TOOL for call in asked)
        return bool(self._within_limits(asked)) or (looks_up and self.state.lookups < self.limits.max_lookups)

    def _within_limits(self, calls: Iterable[ToolCall]) -> tuple[str, ...]:
        """The ids of the consultations that may run, each as often as it stands there. One that stands there more often
        than may run does not run at all: nobody could say which of them."""
        found: list[str] = []
        for id_, count in Counter(call.id for call in calls if call.name == CONSULT_TOOL).items():
            if self.state.consultations + len(found) + count <= self.limits.max_consultations:
                found += [id_] * count
        return tuple(found)

    def _is_step(self, draft: Draft) -> bool:
        """Whether the draft consults, or looks up how to, within the limits."""
        return self._has_room(call for call in draft.calls if call.name in (CONSULT_TOOL, VOCABULARY_TOOL))

    def _refuses(self, draft: Draft) -> bool:
        """Whether the draft would end the turn with a refusal."""
        return draft.refuses and (draft.answer is not None or not draft.calls) and not self._is_step(draft)

    def _refusal_gives_way(self, draft: Draft) -> bool:
        """Whether the draft may follow the refusal that was held."""
        if self._is_step(draft) or self._refuses(draft):
            return True
        if not self.consulted:
            return False
        about = [item for item in self.state.consulted if item.counts(enforcement=False)]
        goes_on = bool(draft.calls) and draft.answer is None
        return goes_on or not about or not about[-1].declines(enforcement=False)

    def _enforces_unconsulted(self, draft: Draft) -> bool:
        if any(call.name == CONSULT_TOOL for call in draft.calls):
            return False
        if draft.enforces and self._enforcing_consultation() is None:
            return True
        free = self._unused_consultation() is not None
        return any(call.enforces and not free and self._cover(call) is None for call in draft.calls)

    def _enforcing_consultation(self) -> Consulted | None:
        """The latest consultation about enforcing that has answered."""
        found = [item for item in self.state.consulted if item.counts(enforcement=True)]
        return found[-1] if found else None

    def _unused_consultation(self) -> Consulted | None:
        """The latest consultation about enforcing that has answered, and that no enforcing call has used."""
        new = self.state.consulted[self.state.bound :]
        found = [item for item in new if item.counts(enforcement=True)]
        return found[-1] if found else None

    def _cover(self, call: ToolCall) -> Cover | None:
        by_digest = {cover.digest: cover for cover in self.state.covers}
        by_id = {id_: cover for cover in self.state.covers for id_ in cover.ids}
        return by_digest.get(call.digest) or by_id.get(call.id)

    def _ask(self, note: Literal["refusal", "enforcement", "budget"], draft: Draft) -> Step:
        told = note == "budget"
        reconsidered, budget_notes = self.state.reconsidered + (not told), self.state.budget_notes + told
        self._set(note=note, waiting=draft, reconsidered=reconsidered, budget_notes=budget_notes)
        return Step("ask", draft, note=message(f"turn.{note}_note", tool=CONSULT_TOOL))

    def _give_up(self, why: Reason) -> Step:
        """The model consults and looks up beyond the limits: the turn ends."""
        if self.state.refusal is not None:
            return self._send(self.state.refusal, "earlier", why)
        return self._ours(message("turn.no_answer"))

    def _ours(self, text: str) -> Step:
        self._let_through(Draft(text=text))
        return Step("send", Draft(text=text), sends="ours")

    def _send(self, draft: Draft, sends: Literal["draft", "first", "earlier"], why: Reason) -> Step:
        steps = self._is_step(draft)
        admissions = self._let_through(draft)
        stopped = [call.id for call in draft.calls if call.name != CONSULT_TOOL and not admissions[call.id].runs]
        waits = draft.answer is not None and (bool(stopped) or steps)
        if set(stopped) & set(self.state.enforcing) and not self.state.pending:
            self._set(holds=self.state.holds + 1)
            if self.state.holds > self.limits.max_holds:
                return self._ours(message("turn.not_enforced")) if self.state.refusal is None else self._give_up(why)
        if draft.rejected and sends != "earlier":
            # Nobody receives it. Its refusal is held until something is sent, once the model was asked to consult.
            if self._refuses(draft) and not draft.exempt and not self.consulted and why in ("not_consulted", "failure"):
                self._set(refusal=draft)
        elif not draft.calls or (draft.answer is not None and not waits):
            self._note_acts(draft, sends, why)
        return Step("send", draft, sends=sends, admissions=admissions, answer_waits=waits)

    def _let_through(self, draft: Draft) -> dict[str, Admission]:
        """Make a draft the latest one: count its consultations, bind what was consulted to its enforcing calls."""
        lookups = sum(call.name == VOCABULARY_TOOL for call in draft.calls)
        pending = self._within_limits(draft.calls)
        enforcing = [call for call in draft.calls if call.enforces]
        self._bind(enforcing, consults=bool(pending))
        self._set(
            pending=pending,
            consultations=self.state.consultations + len(pending),
            lookups=self.state.lookups + lookups,
            enforcing=tuple(call.id for call in enforcing),
        )
        return {call.id: self.admit(call) for call in draft.calls}

    def _bind(self, calls: list[ToolCall], *, consults: bool) -> None:
        """Let the unused consultation about enforcing, if there is one, count for these calls. Calls beside another
        consultation (`consults`) wait for that one."""
        covers = [cover.model_copy(update={"ids": ()}) for cover in self.state.covers]
        unused = self._unused_consultation()
        if calls and unused is not None and not consults:
            self._set(bound=len(self.state.consulted))
            declined = unused.declines(enforcement=True)
            entries = unused.declining_entries if declined else unused.entries
            new = {call.digest: Cover(digest=call.digest, declined=declined, entries=entries) for call in calls}
            covers = list(covers_with(covers, list(new.values())))
        digests = {call.id: {other.digest for other in calls if other.id == call.id} for call in calls}
        self._set(
            covers=tuple(
                cover.model_copy(update={"ids": tuple(id_ for id_, said in digests.items() if said == {cover.digest})})
                for cover in covers
            )
        )

    def _note_acts(self, draft: Draft, sends: Literal["draft", "first", "earlier"], why: Reason) -> None:
        """Note what the message that is sent does by its words."""
        sent: Literal["draft", "earlier"] = "earlier" if sends == "earlier" else "draft"
        if any(not item.answered for item in self.state.consulted) and not self.consulted:
            why = "failure"
        id_ = f"{self.state.drafts}/text"
        if draft.enforces:
            found = self._enforcing_consultation()
            act = Act(
                id=id_,
                kind="enforcement",
                consulted=found is not None,
                why="" if found else why,
                sent=sent,
                override=found is not None and found.declines(enforcement=True),
                entries=found.entries if found else (),
            )
        elif draft.refuses:
            reason: Reason = "" if self.consulted else "policy" if draft.exempt else why
            entries = tuple(number for item in self.state.consulted if item.answered for number in item.entries)
            act = Act(id=id_, kind="refusal", consulted=self.consulted, why=reason, sent=sent, entries=entries)
        else:
            return
        self._set(acts=(*self.state.acts, act))


def waiting_text() -> str:
    """The answer to a call, or to a structured answer, that waits until a consultation has answered."""
    return message("turn.waits", tool=CONSULT_TOOL)
