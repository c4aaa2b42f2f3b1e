"""A consultation as small plain data, with a reference to the whole of it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Any, Final

from typing_extensions import TypedDict

from legit.consult.consultant import Consultation

MAX_KEPT_DECISIONS: Final = 256
"""The number of decisions that a cache keeps for reading; older ones are forgotten."""

MAX_ARTIFACT_BYTES: Final = 8_000
"""The most bytes that an artifact has as JSON."""

_URI: Final = "legit://decisions/"
_MAX_QUESTIONS: Final = 5
_MAX_PROBLEMS: Final = 20
_MAX_CHARACTERS: Final = 300


class ArtifactProblem(TypedDict):
    """A sentence that was not understood, or contradicts another: its code, and its line from 1."""

    code: str
    line: int


class Artifact(TypedDict):
    """What a program needs of a consultation, as plain JSON data of less than 8,000 bytes.

    The keys are those of the assessment and of the consultation. `findings` are pairs of a criterion and its effect,
    `questions` the first that are decisive. `complete` is whether every sentence was understood. `decision_uri` names
    the whole, `entry` its record in the decision log, null without a log.
    """

    schema_version: str
    decision_uri: str
    entry: int | None
    page: int
    pages: int
    complete: bool
    verdict: str
    undetermined_reason: str
    scope: str
    consequence: str
    stance: str
    action: str
    declines: bool
    about_enforcing: bool
    reason: str
    method_harm: str
    findings: list[list[str]]
    questions: list[str]
    problems: list[ArtifactProblem]
    provenance: dict[str, str]


class DecisionCache:
    """The last decisions of a server or a tool, by names that only its answers contain. Threads may share it."""

    def __init__(self, max_size: int = MAX_KEPT_DECISIONS) -> None:
        self._max_size = max_size
        self._decisions: OrderedDict[str, Consultation] = OrderedDict()
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> DecisionCache:
        return self

    def put(self, consultation: Consultation) -> str:
        """Keep a decision. Its name is derived from its content, so that the same decision has the same name."""
        name = _name(consultation)
        with self._lock:
            self._decisions[name] = consultation
            self._decisions.move_to_end(name)
            while len(self._decisions) > self._max_size:
                self._decisions.popitem(last=False)
        return name

    def get(self, name: str) -> Consultation | None:
        """The decision of a name or of an address `legit://decisions/…`; None when none of this name is kept."""
        with self._lock:
            return self._decisions.get(name.removeprefix(_URI))


def decision_uri(name: str) -> str:
    """The address of a decision by its name in a cache."""
    return f"{_URI}{name}"


def artifact(consultation: Consultation, uri: str) -> Artifact:
    """The artifact of a consultation, with the address of the whole. Raises ValueError where nothing was judged."""
    found = consultation.assessment
    if found is None:
        raise ValueError("a consultation without an assessment has no artifact")
    decisive = [item.text[:_MAX_CHARACTERS] for item in found.questions if item.decisive]
    return {
        "schema_version": found.schema_version,
        "decision_uri": uri,
        "entry": consultation.entry,
        "page": consultation.page,
        "pages": consultation.pages,
        "complete": consultation.complete,
        "verdict": found.verdict.value,
        "undetermined_reason": found.undetermined_reason,
        "scope": found.scope,
        "consequence": found.consequence,
        "stance": found.guidance.stance,
        "action": found.guidance.action,
        "declines": consultation.declines,
        "about_enforcing": consultation.about_enforcing,
        "reason": found.guidance.reason[:_MAX_CHARACTERS],
        "method_harm": found.method_harm.level,
        "findings": [[item.criterion, item.effect] for item in found.findings],
        "questions": decisive[:_MAX_QUESTIONS],
        "problems": [{"code": item.code, "line": item.line} for item in consultation.problems[:_MAX_PROBLEMS]],
        "provenance": found.provenance.model_dump(mode="json"),
    }


def _name(consultation: Consultation) -> str:
    """The name of a decision: a digest of what was decided, on which facts, and with which texts."""
    found = consultation.assessment
    judged = found and (found.case, found.opinions, found.verdict.value, found.undetermined_reason, found.provenance)
    given = (consultation.accepted_facts, consultation.problems, consultation.rule, consultation.request)
    return hashlib.sha256(repr((judged, given)).encode("utf-8", "backslashreplace")).hexdigest()[:32]
