"""Records that were made elsewhere: turns of a decision log, deposited heads, bodies of records in a file."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.entries import RecordedAct, RecordedTurn
from legit.decision_log.reader import LogReader
from legit.decision_log.verify import verify
from legit.dossier.canonical import MAX_LINE_BYTES, first_validation_error
from legit.dossier.records import Body, DepositedHead, Deviation, Judgement, TurnAct, unusable
from legit.errors import DecisionLogError, DossierError, Problem

_BODY: TypeAdapter[Judgement | TurnAct | DepositedHead | Deviation] = TypeAdapter(
    Judgement | TurnAct | DepositedHead | Deviation
)


def turn_acts(log: Path) -> list[Body]:
    """The refusals and enforcements of a decision log, by their turns. Of several entries on an act the last counts.

    Raises DecisionLogError for a log that cannot be read or is not valid.
    """
    verification = verify(log, [])
    if verification.problems:
        raise DecisionLogError(*verification.problems)
    acts: dict[tuple[str, str], RecordedAct] = {}
    for _, entry in LogReader(log).non_decision_entries():
        if isinstance(entry, RecordedTurn):
            acts |= {(entry.turn, act.id): act for act in entry.acts}
    return [TurnAct(turn=turn, act=act.kind, consulted=act.consulted, why=act.why) for (turn, _), act in acts.items()]


def deposited_head(text: str) -> DepositedHead:
    """A deposited head of the form TIME=FILE. Raises DossierError: E101 as files do, E107 another form."""
    time, mark, name = text.partition("=")
    path = Path(name)
    if not mark:
        raise DossierError(Problem("E107", f"`{text}` is not of the form TIME=FILE"))
    try:
        note = path.read_text(encoding="utf-8")
        Checkpoint.parse(note, name)
        return DepositedHead(deposited=time, where=path.name, checkpoint=note)
    except OSError as error:
        raise unusable(path, error) from error
    except (ValidationError, UnicodeDecodeError) as error:
        help_ = "give the time in UTC: 2026-03-01T12:00:00Z=FILE"
        reason = first_validation_error(error)
        raise DossierError(Problem("E107", f"not a deposited head: {reason}", help=help_)) from error


def read_bodies(path: Path) -> list[Body]:
    """Bodies of records in JSON lines: judgements of citations, acts in use, heads, declared deviations.

    Raises DossierError: E101 as files do, E107 a line that is none of these.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise unusable(path, error) from error
    found: list[Body] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            if len(line) > MAX_LINE_BYTES:
                raise ValueError(f"longer than {MAX_LINE_BYTES} bytes")
            found.append(_BODY.validate_python(json.loads(line)))
        except (ValueError, RecursionError) as error:
            reason = first_validation_error(error) if isinstance(error, ValidationError) else str(error)[:100]
            raise DossierError(Problem("E107", f"not a record: {reason}", number, 1, str(path))) from error
    return found
