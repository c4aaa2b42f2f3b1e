"""Checks of the names that `base.toml` gives a role: of an agent's turn, of a review, of findings, of law."""

from __future__ import annotations

from collections.abc import Collection

from legit.errors import Problem
from legit.knowledge.concordance import Concordance
from legit.knowledge.manifest import Manifest, unknown_name_problem
from legit.knowledge.vocabulary import Vocabulary


def check_turn_roles(manifest: Manifest, actions: Collection[str], words: Collection[str], path: str) -> list[Problem]:
    """Names in `turn_roles` that are no action of the guidance, or no word of the vocabulary (K207)."""
    roles = manifest.turn_roles
    wanted = [
        *(("action of the guidance", action, actions) for action in (*roles.declining_actions, roles.override_action)),
        *(("requested act", act, words) for act in roles.enforcing_acts),
    ]
    return [
        unknown_name_problem(f"turn_roles: there is no {kind} `{word}`", word, known, path)
        for kind, word, known in wanted
        if word and word not in known
    ]


def check_review_roles(
    manifest: Manifest, actions: Collection[str], predicates: Collection[str], path: str
) -> list[Problem]:
    """Names in `review` that are no action of the guidance, or no predicate of the vocabulary (K207)."""
    roles = manifest.review
    wanted = [
        *(
            ("action of the guidance", action, actions)
            for action in (*roles.refusal, *roles.refusal_to_enforce, *roles.enforcement)
        ),
        *(("predicate", name, predicates) for name in roles.rule_statements),
    ]
    return [
        unknown_name_problem(f"review: there is no {kind} `{word}`", word, known, path)
        for kind, word, known in wanted
        if word not in known
    ]


def check_pleaded_ground(manifest: Manifest, vocabulary: Vocabulary, path: str) -> list[Problem]:
    """A `pleaded_ground` that is no predicate, or one whose values are no families (K207)."""
    name = manifest.pleaded_ground
    if not name:
        return []
    predicate = vocabulary.predicates.get(name)
    if predicate is None:
        return [
            unknown_name_problem(f"pleaded_ground: there is no predicate `{name}`", name, vocabulary.predicates, path)
        ]
    values = [str(value) for argument in predicate.args for value in vocabulary.values(argument.type)]
    return [
        unknown_name_problem(f"pleaded_ground: there is no family `{value}`", value, manifest.families, path)
        for value in values
        if value not in manifest.families
    ]


def check_branches_of_law(
    manifest: Manifest, concordance: Concordance, predicates: Collection[str], path: str
) -> list[Problem]:
    """A branch of law that the base does not have, or names by which no branch is found (K207)."""
    rules = manifest.in_force
    if rules is None:
        return []
    attribute = manifest.attributes.get(rules.branch_attribute)
    known = attribute.values if attribute else {}
    wanted = [
        ("branch_attribute", "attribute", rules.branch_attribute, manifest.attributes, path),
        ("branch_predicate", "predicate", rules.branch_predicate, predicates, path),
        *(("branches_for_all", "branch of law", branch, known, path) for branch in rules.branches_for_all),
        *(
            (name, "branch of law", branch, known, concordance.defined_at[name])
            for name, principle in concordance.principles.items()
            for branch in principle.law
        ),
    ]
    return [
        unknown_name_problem(f"`{where}`: there is no {kind} `{word[:40]}`", word, found, at)
        for where, kind, word, found, at in wanted
        if word and word not in found
    ]
