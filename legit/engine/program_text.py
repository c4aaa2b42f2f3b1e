"""The answer-set program of a knowledge base as text."""

from __future__ import annotations

from typing import Any

import clingo

from legit.engine.exact_relations import measure_pairs
from legit.engine.ground_rule import Bounds
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.lexicon import MEASURES, Lexicon
from legit.knowledge.protocol import (
    BINDS_PUBLIC_ONLY,
    EARLIER,
    EXCEEDS,
    LIES_OUTSIDE,
    LIES_WITHIN,
    NO_BINDING_SOURCE,
    PREDICATES,
    defined_directives,
)
from legit.knowledge.rule_sources import met_by_rules
from legit.knowledge.rules.forbidden_syntax import without_comments
from legit.knowledge.vocabulary import IDENTIFIER, Vocabulary


def program_text(base: KnowledgeBase, bounds: Bounds) -> str:
    """The whole program as text: domains, fixed facts, inputs as externals, rules."""
    parts = [
        "% domains and fixed facts of the vocabulary",
        *_domain_facts(base, bounds),
        "% profile",
        *_profile_facts(base, variable_weights=bounds.variable_weights),
        "% criteria",
        *_criterion_facts(base),
        "% inputs",
        *_external_declarations(base.vocabulary),
        *_relation_declarations(base.vocabulary),
        *_law_declarations(base),
    ]
    for file in base.rule_files:
        parts += [f"% {file.path}", without_comments(file.rule_text)]
    parts += ["% which rule of a criterion is met, for its sources", *_met_by_rules(base)]
    parts.append(defined_directives(PREDICATES.values()))
    return "\n".join(parts)


def _met_by_rules(base: KnowledgeBase) -> list[str]:
    """The rules by which the sources of a finding follow the rules that fired."""
    return [met_by_rules(item.id, item.rule_text, item.source_marks) for item in base.criteria.values()]


def to_term(value: Any) -> str:
    """A scalar of a data file as a term: identifiers and numbers as they are, other texts quoted."""
    if isinstance(value, bool):
        raise TypeError(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    lower = text.lower()
    return lower if IDENTIFIER.match(lower) else str(clingo.String(text))


def _domain_facts(base: KnowledgeBase, bounds: Bounds) -> list[str]:
    facts = [f"is_a({value},{name})." for name, enum in base.vocabulary.types.items() for value in enum.values]
    facts += [f"is_a(0..{len(base.vocabulary.lexicon.bands[measure])},{measure})." for measure in sorted(MEASURES)]
    facts += [f"is_a(1..{bounds.names},name).", f"is_a(1..{bounds.dates},date)."]
    facts += _bound_facts(base.vocabulary.lexicon)
    steps = base.manifest.step_positions
    facts += [
        f"at_least({position}..{len(positions)},{step},{name})."
        for name, positions in steps.items()
        for step, position in positions.items()
    ]
    names: set[tuple[str, int]] = set()
    for values in base.attributes.values():
        for value_id, table in values.items():
            for key, value in table.items():
                if key in {"sources", "why"}:
                    continue
                if isinstance(value, bool):
                    names.add((key, 1))
                    facts += [f"{key}({value_id})."] if value else []
                    continue
                names.add((key, 2))
                entries = value if isinstance(value, list) else [steps[key][value] if key in steps else value]
                facts += [f"{key}({value_id},{to_term(entry)})." for entry in entries]
    return facts + [f"#defined {name}/{arity}." for name, arity in sorted(names)]


def _bound_facts(lexicon: Lexicon) -> list[str]:
    """The boundaries of the bands by name: `more_than(Band,Number,Unit)` and `at_most(Band,Number,Unit)`."""
    facts = []
    for measure in sorted(MEASURES):
        last = len(lexicon.bands[measure])
        for bound in lexicon.bounds(measure):
            named = f"{bound.number},{to_term(bound.unit)}"
            facts += [f"more_than({bound.band + 1}..{last},{named}).", f"at_most(0..{bound.band},{named})."]
    return facts


def _profile_facts(base: KnowledgeBase, *, variable_weights: bool) -> list[str]:
    facts = []
    weights = base.profile.weights() if variable_weights else []
    free = {weight.table for weight in weights}
    for weight in weights:
        facts += [f"#external {weight.atom_text(value)}." for value in (weight.value, *weight.neighbours)]
    for name, table in base.profile.tables.items():
        for key, value in table.values.items():
            facts.append(f"table_entry({name},{to_term(key)}).")
            if name in free:
                continue
            if isinstance(value, dict):
                facts += [f"{name}({to_term(key)},{to_term(inner)},{number})." for inner, number in value.items()]
            else:
                facts.append(f"{name}({to_term(key)},{value}).")
    return facts


def _criterion_facts(base: KnowledgeBase) -> list[str]:
    return [
        f"{name}({','.join(map(to_term, words))})."
        for item in base.criteria.values()
        for name, *words in item.header_facts
    ]


def _external_declarations(vocabulary: Vocabulary) -> list[str]:
    lines = []
    for predicate in vocabulary.predicates.values():
        if predicate.informational:
            continue
        variables = [f"X{index}" for index in range(predicate.arity)]
        head = f"{predicate.id}({','.join(variables)})" if variables else predicate.id
        domain = ", ".join(
            f"is_a({variable},{argument.type})" for variable, argument in zip(variables, predicate.args, strict=True)
        )
        lines += [f"#external {head}{f' : {domain}' if domain else ''}.", f"#defined {predicate.id}/{predicate.arity}."]
    return lines


def _law_declarations(base: KnowledgeBase) -> list[str]:
    """What the place and the dates of a case say of the law, as externals."""
    regions = base.manifest.in_force.regions if base.manifest.in_force else ()
    named = [(name, region) for name in (LIES_WITHIN[0], LIES_OUTSIDE[0]) for region in regions]
    named += [
        (name, item) for name in (NO_BINDING_SOURCE[0], BINDS_PUBLIC_ONLY[0]) for item in base.positive_law_criteria
    ]
    return [f"#external {name}({argument})." for name, argument in named]


def _relation_declarations(vocabulary: Vocabulary) -> list[str]:
    """What a case says about two of its values, as externals, and the order of measures in different bands as facts."""
    lines = [f"#external {EARLIER[0]}(X,Y) : is_a(X,date), is_a(Y,date), X != Y."]
    for measure, first, second in measure_pairs(vocabulary, sorted(MEASURES)):
        last = len(vocabulary.lexicon.bands[measure])
        lines.append(f"{EXCEEDS[0]}({first},X,{second},Y) :- X = 0..{last}, Y = 0..{last}, X > Y.")
        lines.append(f"#external {EXCEEDS[0]}({first},X,{second},X) : X = 0..{last}.")
    return lines
