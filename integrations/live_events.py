"""Refusals and enforcements of a running agent as events: a log of JSON lines, counters, OpenTelemetry events.

Whatever watches an agent gives its turns to a `LiveRecorder`: the callback handler for LangChain
(`legit.integrations.live_langchain`), the span processor (`legit.integrations.live_otel`), the middleware
(`ConsultBeforeRefusing(events=...)`). The events carry ids and the words that name the rule, and no other text.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from legit.consult import Turn
from legit.refusals import PatternReader, ReplyKind, ReplyReader, reply_of

__all__ = ["LiveCounters", "LiveEvent", "LiveRecorder"]

_LOGGER = logging.getLogger(__name__)
EVALUATION_EVENT = "gen_ai.evaluation.result"
"""The name of the event in the semantic conventions of OpenTelemetry for generative AI."""
_EVALUATION_NAME = "legit.act"


@dataclass(frozen=True)
class LiveEvent:
    """A refusal or an enforcement of a running agent.

    `turn` and `conversation` are the ids of the caller, `act` is `refusal` or `enforcement`, `kind` what the refusal
    test reads, `rule_words` the words that name the rule. `consulted` is None where it is not known. `verdict` and
    `action` are those of the consultation, where there was one. `time` is ISO 8601.
    """

    turn: str
    act: str
    kind: str
    conversation: str = ""
    rule_words: tuple[str, ...] = ()
    language: str = ""
    model: str = ""
    consulted: bool | None = None
    source: str = ""
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))

    def to_line(self) -> str:
        """The event as a line of JSON, without fields that hold nothing."""
        data = {key: value for key, value in asdict(self).items() if value not in (None, "", (), [])}
        return json.dumps(data, ensure_ascii=False) + "\n"

    def attributes(self) -> dict[str, Any]:
        """The event as attributes of an evaluation: `gen_ai.evaluation.*`, and `legit.*` for the rest."""
        found: dict[str, Any] = {
            "gen_ai.evaluation.name": _EVALUATION_NAME,
            "gen_ai.evaluation.score.label": self.act,
            "legit.turn": self.turn,
            "legit.kind": self.kind,
            "legit.invokes_rule": bool(self.rule_words),
        }
        if self.rule_words:
            found["legit.rule_words"] = list(self.rule_words)
        if self.conversation:
            found["gen_ai.conversation.id"] = self.conversation
        if self.consulted is not None:
            found["legit.consulted"] = self.consulted
        return found


class LiveCounters:
    """Counts events by act, by whether a rule is named, and by whether it was consulted. `text` is the text format
    of Prometheus: serve it under `/metrics`. Safe to share between threads."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], int] = {}
        self._turns = 0
        self._lock = threading.Lock()

    def add_turn(self) -> None:
        """Count a turn of the assistant, whatever it does."""
        with self._lock:
            self._turns += 1

    def add(self, event: LiveEvent) -> None:
        """Count an event."""
        consulted = "unknown" if event.consulted is None else str(event.consulted).lower()
        key = event.act, str(bool(event.rule_words)).lower(), consulted
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + 1

    def text(self) -> str:
        """The counters in the text format of Prometheus, version 0.0.4."""
        with self._lock:
            rows, turns = sorted(self._counts.items()), self._turns
        lines = [
            "# HELP legit_turns_total Turns of the assistant that were read.",
            "# TYPE legit_turns_total counter",
            f"legit_turns_total {turns}",
            "# HELP legit_acts_total Refusals and enforcements.",
            "# TYPE legit_acts_total counter",
        ]
        for (act, rule, consulted), count in rows:
            lines.append(f'legit_acts_total{{act="{act}",names_rule="{rule}",consulted="{consulted}"}} {count}')
        return "\n".join(lines) + "\n"


class LiveRecorder:
    """Reads the turns of a running agent, and records those that refuse or enforce.

    `path` is a file of JSON lines that events are appended to. `counters` count them. `sinks` are functions that get
    each event. `reader` is the refusal test. `enforcing_tools` are the names of tools that enforce a rule on somebody.
    What fails here goes to Python's `logging`, and never into the agent. Safe to share between threads.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        counters: LiveCounters | None = None,
        sinks: Iterable[Callable[[LiveEvent], object]] = (),
        reader: ReplyReader | None = None,
        enforcing_tools: Iterable[str] = (),
    ) -> None:
        self.counters = counters or LiveCounters()
        self.enforcing_tools = frozenset(enforcing_tools)
        self._path = Path(path) if path else None
        self._sinks = tuple(sinks)
        self._reader = reader or PatternReader()
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: dict[int, object]) -> LiveRecorder:
        """The same recorder: it is made to be shared."""
        return self

    def read(
        self,
        message: object,
        *,
        turn: str,
        conversation: str = "",
        model: str = "",
        source: str = "",
        tools: Iterable[str] = (),
        consulted: bool | None = None,
    ) -> LiveEvent | None:
        """Read a message of the assistant, in any form that `legit.refusals.reply_of` takes, and record it where it
        refuses or enforces. `tools` are the names of the tools that it calls."""
        try:
            reading = self._reader(reply_of(message))
            self.counters.add_turn()
            enforces = reading.enforces or any(name in self.enforcing_tools for name in tools)
            if not enforces and reading.kind is ReplyKind.COMPLIES:
                return None
            event = LiveEvent(
                turn=turn,
                act="enforcement" if enforces else "refusal",
                kind=ReplyKind.ENFORCES.value if enforces else reading.kind.value,
                conversation=conversation,
                rule_words=tuple(dict.fromkeys(cue.text for cue in reading.rule_words)),
                language="" if reading.language == "und" else reading.language,
                model=model,
                consulted=consulted,
                source=source,
            )
        except Exception:
            _LOGGER.exception("a turn could not be read")
            return None
        self.record(event)
        return event

    def record(self, event: LiveEvent) -> None:
        """Record an event."""
        self.counters.add(event)
        try:
            if self._path is not None:
                with self._lock, self._path.open("a", encoding="utf-8", newline="\n") as file:
                    file.write(event.to_line())
            for sink in self._sinks:
                sink(event)
        except Exception:
            _LOGGER.exception("an event could not be recorded")

    def record_turn(self, turn: Turn, caller: dict[str, str] | None = None) -> None:
        """Record the acts of a turn of the middleware, with whether they were consulted."""
        self.counters.add_turn()
        for act in turn.state.acts:
            name = "enforcement" if act.kind == "enforcement" else "refusal"
            self.record(
                LiveEvent(
                    turn=turn.state.turn,
                    act=name,
                    kind="enforces" if name == "enforcement" else "refuses",
                    conversation=(caller or {}).get("thread_id", ""),
                    consulted=act.consulted,
                    source="middleware",
                )
            )
