"""Checks of a whole base: its citations resolve, and its rules fit its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.criteria import Criterion, RuleFileBase
from legit.knowledge.extension import check_extension_scope, declared_undercuts
from legit.knowledge.glosses import parse_glosses
from legit.knowledge.profile import check_unread_tables, table_locations
from legit.knowledge.protocol import (
    BINDS_PUBLIC_ONLY,
    HEAD_SIGNATURES,
    LIES_OUTSIDE,
    LIES_WITHIN,
    NO_BINDING_SOURCE,
)
from legit.knowledge.role_checks import (
    check_branches_of_law,
    check_pleaded_ground,
    check_review_roles,
    check_turn_roles,
)
from legit.knowledge.routes import check_route_rules, check_routes
from legit.knowledge.rule_sources import count_rules
from legit.knowledge.rules.checks import check_rules, constants_in
from legit.knowledge.rules.rule_ast import RulesByFile, body_literals, signature
from legit.knowledge.rules.signatures import data_signatures, input_signatures

if TYPE_CHECKING:
    from legit.knowledge.base import KnowledgeBase


def check_rules_and_data(base: KnowledgeBase) -> list[Problem]:
    """Problems of all rules together and of the data that they read (K204, K207, K208, K211, K502 to K505, K604)."""
    try:
        rules = base.rules
    except KnowledgeBaseError as error:
        return list(error.problems)
    stated = input_signatures(base.vocabulary)
    tables = {name: dict(table.values) for name, table in base.profile.tables.items()}
    fixed = data_signatures(base.vocabulary, base.attributes, tables, base.criteria.values(), base.scales.steps)
    law = base.manifest.in_force
    asked = {LIES_WITHIN: law.regions if law else (), LIES_OUTSIDE: law.regions if law else ()}
    positive = dict.fromkeys((NO_BINDING_SOURCE, BINDS_PUBLIC_ONLY), base.positive_law_criteria)
    fixed |= {name: [set(known)] for name, known in (asked | positive).items()}
    problems = [
        Problem("K204", f"`{name}` is named twice: a case states it, and so does data", source=path)
        for name, count in sorted(stated.keys() & {*fixed, *HEAD_SIGNATURES})
        for path in [base.vocabulary.predicates[name].path]
    ]
    read = {test.atom.name for _, own in rules for rule in own for test in body_literals(rule)}
    words = {word for enum in base.vocabulary.types.values() for word in enum.values}
    words |= constants_in(rules)
    unread = check_unread_tables(base.layers, base.profile, read, words)
    if unread:  # otherwise a correct rule would be reported for a misspelt name of the data
        return [*problems, *unread]
    kinds, scales = base.given_kinds(), base.scales
    problems += check_rules(rules, stated, fixed, kinds, scales, declared_undercuts(base.manifest))
    problems += check_extension_scope(base.layers, rules, base.vocabulary, base.manifest, table_locations(base.layers))
    problems += _positive_law_problems(base, rules)
    derived = {signature(head.atom) for _, own in rules for rule in own for head in rule.heads}
    problems += [
        Problem("K208", f"`{name}` is said, and no rule derives it", source=file.path, nearest=near)
        for file, _ in rules
        for name, saying in parse_glosses(file.glosses, file.path)[0].items()
        if (name, len(saying.args)) not in derived | HEAD_SIGNATURES
        for near in [suggest(name, (known for known, _ in derived))]
    ]
    problems += [
        Problem(
            "K207",
            f"`{item.id}` answers `{item.spec.answers_topic}`, which is no question",
            source=item.path,
            nearest=suggest(item.spec.answers_topic, base.mandatory_questions),
        )
        for item in base.vocabulary.predicates.values()
        if item.spec.answers_topic and item.spec.answers_topic not in base.mandatory_questions
    ]
    actions = base.caution_order.get("guidance", ())
    path = f"{base.layers[0].display_name}/base.toml"
    problems += check_pleaded_ground(base.manifest, base.vocabulary, path)
    problems += check_branches_of_law(base.manifest, base.bibliography.concordance, base.vocabulary.predicates, path)
    named = (base.routes, base.vocabulary, base.criteria, base.bibliography.rights, actions)
    problems += check_routes(*named)
    problems += check_route_rules(base.manifest.route_leads, base.manifest.route_deadline, *named, path)
    problems += check_review_roles(base.manifest, actions, base.vocabulary.predicates, path)
    return [*problems, *check_turn_roles(base.manifest, actions, words, path)]


def _positive_law_problems(base: KnowledgeBase, rules: RulesByFile) -> Iterator[Problem]:
    """Criteria of positive law that hold where no source of theirs binds (K410), or that nothing can bind (K411)."""
    law, sources = base.in_force, base.bibliography.sources
    reads = {
        file.id
        for file, own in rules
        for rule in own
        for test in body_literals(rule)
        if signature(test.atom) == NO_BINDING_SOURCE
    }
    for item in (base.criteria[name] for name in base.positive_law_criteria):
        line = item.key_lines.get("positive_law", 0)
        if item.id not in reads:
            help_ = f"write `undercut({item.id},out_of_force) :- no_binding_source({item.id}).`"
            message = f"`{item.id}` is positive law, and no rule of it asks whether a source binds"
            yield Problem("K410", message, line, 1, item.path, help_)
        cited = {citation.ref.partition(" ")[0] for citation in base.citations(item.id)}
        if law is None or not any(law.has_binding_force(sources[name].kind, sources[name]) for name in cited):
            message = f"`{item.id}` is positive law, and cites no source that binds anywhere"
            yield Problem("K411", message, line, 1, item.path)


def _rules_without_source(item: Criterion) -> list[Problem]:
    """K402 for each rule without a source of its own, in a criterion whose header has none."""
    if item.common_sources or not item.source_marks:
        return []
    own = {mark.rule for mark in item.source_marks if not mark.condition}
    help_ = "put `% @sources ...` above the rule, or sources that belong to every rule into the header"
    return [
        Problem("K402", f"rule {number} of `{item.id}` cites no source", item.first_line, 1, item.path, help=help_)
        for number in range(1, count_rules(item.rule_text) + 1)
        if number not in own
    ]


def check_citations(base: KnowledgeBase) -> list[Problem]:
    """Citations that do not resolve (K401), and entries that must cite a source and do not (K402)."""
    headed: list[RuleFileBase] = [*base.criteria.values(), *base.judgement_files.values()]
    cited: list[tuple[str, str, int, Sequence[str]]] = [
        *((item.path, item.id, item.key_lines.get("sources", 0), item.sources) for item in headed),
        *((route.path, name, route.line, route.sources) for name, route in base.routes.items()),
        *((base.profile.path, name, 0, table.sources) for name, table in base.profile.tables.items()),
        *(
            (f"{base.display_name}/attributes", value, 0, table["sources"])
            for values in base.attributes.values()
            for value, table in values.items()
            if "sources" in table
        ),
    ]
    problems = [problem for item in base.criteria.values() for problem in _rules_without_source(item)]
    for place, name, line, refs in cited:
        if not refs:
            column = 1 if line else 0
            problems.append(
                Problem("K402", f"`{name}` cites no source", line, column, place, help="add `sources = [...]`")
            )
        problems += base.bibliography.unresolved_problems(name, refs, place, line)
    return problems
