"""The resources of the MCP server: the knowledge base, and the decisions that were given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from legit._util.suggest import suggest
from legit.catalogue.entry_text import entry_text
from legit.catalogue.rule_entries import rule_entries
from legit.consult import CONSULT_TOOL, Consultant
from legit.consult.artifact import MAX_KEPT_DECISIONS, DecisionCache
from legit.integrations.mcp_sdk import ResourceNotFoundError
from legit.messages import message

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


class UnknownCriterionError(LookupError):
    """There is no criterion of this name. The message names those that exist."""


def add_resources(built: MCPServer[Any], consultant: Consultant, decisions: DecisionCache) -> None:
    """Add the knowledge base, its criteria and vocabulary, and the decisions."""

    @built.resource("legit://kb", description=message("integrations.resource_base"), mime_type="application/json")
    def knowledge_base() -> str:
        base = consultant.judge.base
        criteria = [
            {"id": item.id, "family": item.family, "title": item.title, "uri": f"legit://kb/criteria/{item.id}"}
            for item in base.criteria.values()
        ]
        about = {"name": base.name, "version": base.version, "digest": base.digest, "profile": base.profile.name}
        return json.dumps({**about, "criteria": criteria}, indent=1, ensure_ascii=False)

    @built.resource(
        "legit://kb/vocabulary", description=message("integrations.resource_vocabulary"), mime_type="text/plain"
    )
    def vocabulary() -> str:
        return consultant.vocabulary()

    @built.resource(
        "legit://kb/criteria/{criterion}",
        description=message("integrations.resource_criterion"),
        mime_type="text/plain",
    )
    def criterion(criterion: str) -> str:
        try:
            return read_criterion(consultant, criterion)
        except UnknownCriterionError as error:
            raise ResourceNotFoundError(str(error)) from None

    @built.resource(
        "legit://decisions/{decision}",
        description=message("integrations.resource_decision", consult_tool=CONSULT_TOOL),
        mime_type="application/json",
    )
    def decision(decision: str) -> str:
        found = decisions.get(decision)
        if found is None:
            raise ResourceNotFoundError(
                message("integrations.no_decision", name=decision[:40], kept=MAX_KEPT_DECISIONS)
            )
        return found.model_dump_json(indent=1, exclude={"content", "page", "pages", "entry"})


def read_criterion(consultant: Consultant, criterion_id: str) -> str:
    """The page of a criterion. Raises UnknownCriterionError, which names the nearest."""
    base = consultant.judge.base
    found = base.criteria.get(criterion_id)
    if found is None:
        close = suggest(criterion_id, base.criteria, similarity=0.4)
        name = criterion_id[:40]
        if close:
            raise UnknownCriterionError(
                message("integrations.no_criterion_nearest", name=name, nearest=", ".join(close))
            )
        raise UnknownCriterionError(message("integrations.no_criterion", name=name))
    return next(entry_text(entry) for entry in rule_entries(base) if (entry.kind, entry.id) == ("criterion", found.id))
