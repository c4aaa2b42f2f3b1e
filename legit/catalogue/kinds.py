"""The kinds of entries of a knowledge base: stable ids in code and JSON, names from the message catalogue."""

from __future__ import annotations

from legit.messages import DEFAULT_LANGUAGE, catalogue, message


def kind_name(kind: str) -> str:
    """The name of a kind, such as `derived concept`; the kinds of listed values (`authority`) come from the base."""
    known = f"kind_{kind}" in catalogue(DEFAULT_LANGUAGE, "catalogue")
    return message(f"catalogue.kind_{kind}") if known else kind.replace("_", " ")


def heading(section: str) -> str:
    """The heading of a section of an entry, by its id (a key of `Entry.details`)."""
    return message(f"catalogue.heading_{section}")
