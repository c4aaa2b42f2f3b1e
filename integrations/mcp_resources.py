"""What the MCP server offers for reading: the knowledge base, and the decisions given."""

from __future__ import annotations

import json
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from legit._util.suggest import suggest
from legit.catalogue.entry_text import entry_text
from legit.catalogue.rule_entries import rule_entries
from legit.consult import Consultant
from legit.integrations.mcp_results import MAX_KEPT_DECISIONS, DecisionCache


class UnknownCriterionError(LookupError):
    """There is nothing of that name; the message says what there is."""


def add_resources(built: MCPServer[Any], consultant: Consultant, decisions: DecisionCache) -> None:
    """Add the knowledge base, its criteria and vocabulary, and the decisions."""

    @built.resource(
        "legit://kb", description="The knowledge base: version, profile, criteria", mime_type="application/json"
    )
    def knowledge_base() -> str:
        base = consultant.judge.base
        criteria = [
            {"id": item.id, "family": item.family, "title": item.title, "uri": f"legit://kb/criteria/{item.id}"}
            for item in base.criteria.values()
        ]
        about = {"name": base.name, "version": base.version, "digest": base.digest, "profile": base.profile.name}
        return json.dumps({**about, "criteria": criteria}, indent=1, ensure_ascii=False)

    @built.resource("legit://kb/vocabulary", description="All sentences that are understood", mime_type="text/plain")
    def vocabulary() -> str:
        return consultant.vocabulary()

    @built.resource(
        "legit://kb/criteria/{criterion}", description="One criterion: sources, rules, examples", mime_type="text/plain"
    )
    def criterion(criterion: str) -> str:
        try:
            return read_criterion(consultant, criterion)
        except UnknownCriterionError as error:
            raise ResourceNotFoundError(str(error)) from None

    @built.resource(
        "legit://decisions/{decision}",
        description="A decision that `consult` gave, in full",
        mime_type="application/json",
    )
    def decision(decision: str) -> str:
        found: str | None = decisions.get(decision)
        if found is None:
            raise ResourceNotFoundError(
                f"There is no decision `{decision[:40]}`: the last {MAX_KEPT_DECISIONS} are kept; consult again."
            )
        return found


def read_criterion(consultant: Consultant, criterion_id: str) -> str:
    """The page of a criterion. Raises UnknownNameError, which names the nearest."""
    base = consultant.judge.base
    found = base.criteria.get(criterion_id)
    if found is None:
        close = suggest(criterion_id, base.criteria, similarity=0.4)
        hint = f"the nearest are {', '.join(close)}" if close else "the resource legit://kb lists them"
        raise UnknownCriterionError(f"There is no criterion `{criterion_id[:40]}`; {hint}.")
    return next(entry_text(entry) for entry in rule_entries(base) if (entry.kind, entry.id) == ("criterion", found.id))
