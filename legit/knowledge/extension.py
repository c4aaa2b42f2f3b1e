"""Checks of extensions: a base may add to the base that it extends, and changes nothing of it silently.

The rules of an extension derive its own predicates only. So the extended base concludes as before everything that it
concludes before it asks which criteria are met; `docs/decisions/0012-extensions.md` has the argument.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.criteria import Criterion, JudgementFile, RuleFileBase
from legit.knowledge.glosses import parse_glosses
from legit.knowledge.layers import Layer, Layers, duplicate_problem, layer_of
from legit.knowledge.manifest import FurtherSources, Manifest
from legit.knowledge.protocol import DATA_SIGNATURES, HEAD_SIGNATURES, MEETS, UNDERCUT
from legit.knowledge.rule_sources import SourceMark, count_rules, is_condition
from legit.knowledge.rules.rule_ast import Atom, RulesByFile, body_literals, signature
from legit.knowledge.vocabulary import Vocabulary

UndercutKeys = frozenset[tuple[str, str, str]]
"""Undercuts that extensions declare: the folder of the extension, the criterion, the name of the ground."""

_JUDGEMENT_ONLY_KEYS = (
    "caution_order",
    "mandatory_questions",
    "mandatory_topics",
    "counterfactual_goals",
    "advice_evidence",
    "balance_measures",
)
_ENGINE = "the engine"
_HELP = "an extension derives its own criteria and its own ideas: take another name"


def declared_undercuts(manifest: Manifest) -> UndercutKeys:
    """The undercuts that the extensions of a base declare."""
    return frozenset(
        (layer_of(place), criterion, name)
        for place, extension in manifest.extensions.items()
        for criterion, grounds in extension.undercuts.items()
        for name in grounds
    )


def apply_undercuts(criteria: dict[str, Criterion], manifest: Manifest) -> tuple[dict[str, Criterion], list[Problem]]:
    """The criteria with the undercutters that extensions declare, each marked as theirs.

    Problems: K207 no such criterion of an extended base, K210 an undercutter that the criterion has already.
    """
    result = dict(criteria)
    problems: list[Problem] = []
    for place, extension in manifest.extensions.items():
        for name, grounds in extension.undercuts.items():
            item = result.get(name)
            if item is None or layer_of(item.path) == layer_of(place):
                message = f"`undercuts` names `{name[:40]}`, which is no criterion of what this extends"
                problems.append(Problem("K207", message, source=place, nearest=suggest(name, criteria)))
                continue
            problems += [
                duplicate_problem(f"undercutter of `{name}`", ground, place, item.path)
                for ground in grounds
                if ground in item.undercutters
            ]
            said = {ground: f"{of.gloss} (added by {extension.name})" for ground, of in grounds.items()}
            result[name] = item.model_copy(update={"undercutters": {**said, **item.undercutters}})
    return result, problems


def apply_further_sources(
    criteria: dict[str, Criterion], manifest: Manifest
) -> tuple[dict[str, Criterion], list[Problem]]:
    """The criteria with the sources that extensions add to those of a base that they extend.

    Problems: K207 no such criterion of an extended base, K404 a condition that cannot be read.
    """
    result = dict(criteria)
    problems: list[Problem] = []
    for place, extension in manifest.extensions.items():
        for added in extension.further_sources:
            item = result.get(added.criterion)
            if item is None or layer_of(item.path) == layer_of(place):
                message = (
                    f"`further_sources` names `{added.criterion[:40]}`, which is no criterion of what this extends"
                )
                problems.append(Problem("K207", message, source=place, nearest=suggest(added.criterion, criteria)))
                continue
            if added.condition and not is_condition(added.condition):
                message = f"`further_sources`: the condition `{added.condition[:40]}` cannot be read"
                help_ = "write `public_authority`, or `authority(platform)`"
                problems.append(Problem("K404", message, source=place, help=help_))
                continue
            result[item.id] = _with_sources(item, added)
    return result, problems


def _with_sources(item: Criterion, added: FurtherSources) -> Criterion:
    """The criterion with further sources, for each of its rules."""
    update: dict[str, Any] = {"sources": tuple(dict.fromkeys((*item.sources, *added.sources)))}
    if added.condition:
        rules = range(1, count_rules(item.rule_text) + 1)
        marks = (SourceMark(rule=rule, sources=added.sources, condition=added.condition) for rule in rules)
        update["source_marks"] = (*item.source_marks, *marks)
    else:
        update["common_sources"] = tuple(dict.fromkeys((*item.common_sources, *added.sources)))
    return item.model_copy(update=update)


def check_extension_scope(
    layers: Layers, rules: RulesByFile, vocabulary: Vocabulary, manifest: Manifest, tables: dict[str, str]
) -> list[Problem]:
    """Problems of extensions that redefine what belongs to the base that they extend.

    `tables` are the tables of the profiles with the files in which they stand. Problems: K210 a name that is taken,
    K507 a rule, a phrase or a choice that belongs to the extended base.
    """
    problems: list[Problem] = []
    taken = {name: _ENGINE for name, _ in {*HEAD_SIGNATURES, *DATA_SIGNATURES}}
    for number, part in enumerate(layers):
        given = {
            **{item.id: item.path for item in vocabulary.predicates.values() if part.owns_path(item.path)},
            **{
                word: at
                for (table, word), at in manifest.defined_at.items()
                if table == "attributes" and part.owns_path(at)
            },
            **{name: place for name, place in tables.items() if part.owns_path(place)},
        }
        own = [(file, rules_of) for file, rules_of in rules if part.owns_path(file.path)]
        if number:
            problems += [
                duplicate_problem("name", name, place, taken[name]) for name, place in given.items() if name in taken
            ]
            problems += _check_heads(own, taken)
            problems += _check_phrases(part, rules)
        derived = {head.atom.name: file.path for file, rules_of in own for rule in rules_of for head in rule.heads}
        read = {
            test.atom.name: file.path for file, rules_of in own for rule in rules_of for test in body_literals(rule)
        }
        known = {name: place for name, place in taken.items() if place != _ENGINE}
        taken = {**taken, **read, **given, **derived, **known}
    return problems


def _check_heads(own: RulesByFile, taken: dict[str, str]) -> Iterator[Problem]:
    """Heads that an extension may not derive, and choices, which an extension may not have (K507)."""
    for file, rules in own:
        for rule in rules:
            if rule.is_choice:
                yield _problem(f"`{rule.text[:80]}` is a choice", rule.heads[0].atom, file, "say what follows")
            for head in rule.heads:
                atom = head.atom
                if signature(atom) not in (MEETS, UNDERCUT) and atom.name in taken:
                    yield _problem(f"`{atom}` is for {taken[atom.name]} to derive", atom, file, _HELP)


def _check_phrases(layer: Layer, rules: RulesByFile) -> Iterator[Problem]:
    """Phrases of an extension that would replace phrases of the judgement (K507)."""
    own = [(file, rules_of) for file, rules_of in rules if layer.owns_path(file.path)]
    mine = [file for file, _ in own]
    others = [file for file, _ in rules if not layer.owns_path(file.path)]
    phrases = {name: file.path for file in others if isinstance(file, JudgementFile) for name in file.phrases}
    # The base has phrases about single criteria, as `otherwise_theft`: an extension has the same about its own.
    theirs = [f"_{file.id}" for file in others if isinstance(file, Criterion)]
    about_one = {name.removesuffix(end) for name in phrases for end in theirs if name.endswith(end)}
    allowed = {f"{name}_{file.id}" for name in about_one for file in mine if isinstance(file, Criterion)}
    derived = {signature(head.atom) for _, rules_of in own for rule in rules_of for head in rule.heads}
    for file in mine:
        for name, saying in parse_glosses(file.glosses, file.path)[0].items():
            if (name, len(saying.args)) not in derived or (name, len(saying.args)) in HEAD_SIGNATURES:
                yield _reserved_text_problem(
                    file, name, "glosses", "an extension has words for what its own rules derive"
                )
        if not isinstance(file, JudgementFile):
            continue
        for key in _JUDGEMENT_ONLY_KEYS:
            if getattr(file, key):
                yield _reserved_text_problem(
                    file, key, key, "leave it out: an extension has criteria, and no judgement of its own"
                )
        for name in file.phrases:
            if name in phrases:
                yield duplicate_problem("phrase", name, file.path, phrases[name])
            elif name not in allowed:
                yield _reserved_text_problem(
                    file, name, "phrases", "a phrase of an extension is about one of its own criteria"
                )


def _reserved_text_problem(file: RuleFileBase, name: str, key: str, help_: str) -> Problem:
    line = file.key_lines.get(key, 0)
    return Problem("K507", f"`{name}` is not for an extension to say", line, 1 if line else 0, file.path, help_)


def _problem(message: str, at: Atom, file: RuleFileBase, help_: str) -> Problem:
    return Problem("K507", message, at.line, at.column, file.path, help_)
