"""What a random conversation with an agent holds, and what never happens in it: one truth, for agents of every framework.

A model says what is drawn, as drafts: tuples of `refuse`, `help`, `fail`, `answer help`, `answer refuse` (structured),
`consult NAME` (of `FACTS`), `look up`, `suspend USER`, `search`. An agent reports what its tools did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypothesis import strategies as st

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultant, Consultation
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, LAWFUL, STANDS

FACTS = {
    "defeated": DEFEATED,
    "stands": STANDS,
    "not to enforce": ENFORCEMENT,
    "to enforce": LAWFUL,
    "not understood": ["The moon is a banana."],
}
ENFORCING = {"not to enforce", "to enforce"}
FINAL = "Here is how."
REFUSAL = "I'm sorry, but I can't help with that."
ANSWER = "Answer"
"""The name of the structured answer."""

IDLE = 30
"""The most drafts of a turn in which no tool ran but those of a consultation."""

STEPS = st.sampled_from([f"consult {name}" for name in FACTS] + ["look up"])
CALLS = st.one_of(STEPS, st.sampled_from(["suspend u1", "suspend u2", "search"]))
DRAFTS = st.one_of(
    st.sampled_from(["refuse", "help", "fail", "answer help", "answer refuse"]).map(lambda item: (item,)),
    st.lists(CALLS, min_size=1, max_size=3).map(tuple),
    st.tuples(STEPS, st.just("answer help")),
)
ENDLESS = st.one_of(
    st.sampled_from(["refuse", "help"]).map(lambda item: (item,)),
    st.lists(st.one_of(STEPS, st.sampled_from(["suspend u1", "suspend u2"])), min_size=1, max_size=2).map(tuple),
    st.tuples(STEPS, st.just("answer help")),
)
"""What a model says for ever."""


@dataclass(frozen=True)
class Options:
    """How the agent is made. `others` are the names of other middleware, which stands around ours at `place`."""

    others: tuple[str, ...] = ()
    place: int = 0
    human: bool = False
    structured: bool = False
    lookup: bool = False
    override: bool = False


@cache
def judged(name: str) -> Consultation:
    return Consultant().consult(FACTS[name])


@dataclass
class Event:
    """Something that happened in a turn, and during which draft of the model."""

    kind: str
    what: str
    draft: int


@dataclass(frozen=True)
class Call:
    """A call of a tool."""

    name: str
    args: dict[str, Any]
    id: str


@dataclass(frozen=True)
class Said:
    """What the model says: a text, and calls. `answer` is the text of a structured answer."""

    text: str
    calls: tuple[Call, ...] = ()
    answer: str | None = None


@dataclass
class Truth:
    """One conversation."""

    options: Options
    events: list[Event] = field(default_factory=list)
    drafts: int = 0
    script: list[tuple[str, ...]] = field(default_factory=list)
    idle: int = 0
    left: int = 0

    def note(self, kind: str, what: str = "") -> None:
        if kind in ("suspend", "search"):
            self.idle, self.left = 0, self.left - 1
        self.events.append(Event(kind, what, self.drafts))

    def begin(self, script: list[tuple[str, ...]]) -> None:
        """The user says something; the model answers by this script, and repeats its end for ever."""
        self.script, self.idle, self.left = list(script), 0, 6
        self.note("turn")

    def say(self) -> Said:
        """The next draft of the model. Raises TimeoutError for one that fails."""
        self.drafts += 1
        self.idle += 1
        assert self.idle <= IDLE, "the agent is kept busy with drafts that nothing follows from"
        if self.left < 0:  # a model that calls for ever what it may call is no loop of ours
            return Said(FINAL)
        draft = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if "fail" in draft:
            raise TimeoutError("429")
        if not self.options.structured:
            draft = tuple(item.removeprefix("answer ") for item in draft)
        if draft in (("refuse",), ("answer refuse",)):
            self.note("refuse")
        text = REFUSAL if "refuse" in draft else FINAL if "help" in draft else ""
        calls = [self._call(item, f"{self.drafts}-{index}") for index, item in enumerate(draft)]
        answers = [REFUSAL if item == "answer refuse" else FINAL for item in draft if item.startswith("answer")]
        answer = answers[0] if answers else None
        return Said(text, tuple(call for call in calls if call), answer)

    def _call(self, item: str, id_: str) -> Call | None:
        kind, _, rest = item.partition(" ")
        if kind == "consult":
            return Call(CONSULT_TOOL, {"facts": FACTS[rest]}, id_)
        if kind == "look" and self.options.lookup:
            return Call(VOCABULARY_TOOL, {"topics": ["request"]}, id_)
        if kind == "suspend":
            return Call("suspend_account", {"user": rest}, id_)
        return Call("search", {}, id_) if kind in ("search", "look") else None

    def check_enforcement(self) -> None:
        """No call has enforced without a consultation on enforcing in an earlier draft of its turn: all consultations of
        that draft have answered, and none of them declines."""
        turn: list[Event] = []
        for event in self.events:
            if event.kind == "turn":
                turn = []
            if event.kind == "suspend":
                asked = [self._asked_in(turn, draft) for draft in {item.draft for item in turn} if draft < event.draft]
                good = [names for names in asked if "not understood" not in names and names & ENFORCING]
                assert any(self.options.override or "not to enforce" not in names for names in good), (event, turn)
            if event.kind == "consult":
                turn.append(event)
                assert len(turn) <= 4

    def check_sent(self, text: str) -> None:
        """Help has replaced a refusal only if a consultation of an earlier draft of the turn has answered."""
        start = max(number for number, event in enumerate(self.events) if event.kind == "turn")
        turn = self.events[start:]
        if text == FINAL and any(event.kind == "refuse" for event in turn):
            asked = [self._asked_in(turn, draft) for draft in {item.draft for item in turn} if draft < self.drafts]
            assert any(names and "not understood" not in names for names in asked), turn

    @staticmethod
    def _asked_in(turn: list[Event], draft: int) -> set[str]:
        return {item.what for item in turn if item.draft == draft and item.kind == "consult"}


class Watched(Consultant):
    """A consultant that tells a conversation what it was asked."""

    def __init__(self, truth: Truth) -> None:
        super().__init__()
        self._truth = truth

    def __deepcopy__(self, memo: dict[int, object]) -> Watched:
        return self

    def consult(self, facts: Any, **_: Any) -> Consultation:
        name = next(key for key, value in FACTS.items() if value == list(facts))
        self._truth.note("consult", name)
        return judged(name)


@dataclass
class Outcome:
    """What a run of an agent has come to.

    `sent` is the text that was sent; None if a person is asked (`waiting` calls) or the model failed. `texts` are what
    the user has said, `calls` the ids of all calls, `answers` those that were answered, `ids` the ids of the messages.
    `messages` is the number of messages of the model that the run has added.
    """

    sent: str | None
    texts: list[str]
    calls: list[str]
    answers: list[str]
    messages: int
    ids: list[str] = field(default_factory=list)
    waiting: int = 0
    failed: bool = False
