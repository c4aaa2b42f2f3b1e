"""Entries of schema 2 of the decision log, converted to the current schema (3).

Version 0.1.0 wrote schema 2 before its fields and predicates got their present names. The text of a case, its texts,
the times and the recorded results are the same in both schemas; only names differ.
"""

from __future__ import annotations

import importlib.resources
import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from legit.decision_log.entries import SCHEMA_VERSION, LogEntry, canonical_json, from_bytes

SCHEMA_VERSION_2 = "2"
"""`schema_version` of the entries."""

_CRITERION = {"facts": "evidence"}
_FIELDS: dict[str, dict[str, str]] = {
    "opened": {"log": "log_name"},
    "base": {"digest": "base_digest", "archive": "archive_digest"},
    "decision": {"origin": "provenance", "lines": "line_numbers", "texts": "commitments", "texts_kept": "text_policy"},
    "redaction": {"of": "decision_number", "texts": "placeholders"},
    "override": {"of": "decision_number"},
    "recovery": {},
}
_ANSWER = {
    "reason": "undetermined_reason",
    "harm": "method_harm",
    "saved": "undercut",
    "for_the_rule": "justifications",
    "rights": "rights_touched",
    "harms": "method_harm_reasons",
    "reliance": "sufficient_sets",
    "reliance_complete": "sufficient_sets_complete",
    "alone": "sole_source",
    "digest": "assessment_digest",
}
_PROVENANCE = {"grammar": "grammar_digest"}
_STATED_FACT = {"by": "speaker"}
_UNDERCUT = {"because": "undercutters"}


def convert_entry(data: bytes, rename_predicates: bool) -> LogEntry:
    """The entry of schema 2 in these bytes, in the current schema; a base is marked as not replayable.

    `rename_predicates` says whether the entry uses the shipped vocabulary, whose predicates got other names. Raises
    ValueError when the bytes are no entry of schema 2.
    """
    try:
        entry = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if not isinstance(entry, dict) or entry.get("schema_version") != SCHEMA_VERSION_2:
        raise ValueError(f"it does not have schema {SCHEMA_VERSION_2}")
    kind = entry.get("kind")
    if kind not in _FIELDS:
        raise ValueError(f"there is no kind of entry `{kind}`")
    converted = {**_renamed(entry, _FIELDS[kind]), "schema_version": SCHEMA_VERSION}
    try:
        if kind == "base":
            converted["replayable"] = False
        if kind == "decision":
            names = predicate_names() if rename_predicates else {}
            converted["facts"] = [_convert_fact(fact, names) for fact in entry["facts"]]
            converted["answer"] = _convert_answer(entry["answer"])
            converted["provenance"] = _renamed(entry["origin"], _PROVENANCE)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it lacks a part of an entry of schema 2: {error}") from None
    return from_bytes(canonical_json(converted).encode())


@lru_cache(maxsize=1)
def predicate_names() -> Mapping[str, str]:
    """The predicates of the shipped vocabulary that were renamed after schema 2, by their old name."""
    text = importlib.resources.files("legit.decision_log").joinpath("schema2_predicates.toml").read_text("utf-8")
    return {str(old): str(new) for old, new in tomllib.loads(text).items()}


def _convert_fact(fact: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    predicate = fact["predicate"]
    return {**_renamed(fact, _STATED_FACT), "predicate": names.get(predicate, predicate)}


def _convert_answer(answer: dict[str, Any]) -> dict[str, Any]:
    converted = _renamed(answer, _ANSWER)
    converted["undercut"] = [_renamed(item, _UNDERCUT) for item in answer["saved"]]
    for old, new in (("findings", "findings"), ("for_the_rule", "justifications"), ("harms", "method_harm_reasons")):
        converted[new] = [_renamed(item, _CRITERION) for item in answer[old]]
    return converted


def _renamed(data: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The data with other keys. A key of the new form in data of the old one raises ValueError."""
    for name in names.values():
        if name in data:
            raise ValueError(f"`{name}` is no field of schema 2")
    return {names.get(key, key): value for key, value in data.items()}
