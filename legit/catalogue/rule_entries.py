"""Entries for the content of rules: criteria, and the derived concepts that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from legit.catalogue.entry import Entry, citations_of, entry_kind, nonempty_sections, readers_by_predicate
from legit.catalogue.kinds import kind_name
from legit.catalogue.rule_verbalizer import RuleVerbalizer
from legit.catalogue.thresholds import threshold_line, thresholds_in_rules, thresholds_in_text
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion, Example, JudgementFile
from legit.knowledge.glosses import parse_glosses
from legit.knowledge.manifest import ExtensionManifest
from legit.knowledge.protocol import MEETS, UNDERCUT, Signature
from legit.knowledge.rules.rule_ast import Rule, signature
from legit.messages import message

_TABLES = {"family": "families", "standard_of_review": "standards_of_review", "harm_level": "harm_levels"}


def rule_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The criteria of a base, the files of rules that they share, and its derived concepts."""
    wording = RuleVerbalizer(base)
    for file, rules in base.rules:
        if isinstance(file, Criterion):
            yield _criterion(base, wording, file, rules)
    about = base.manifest
    for kind, field, meanings in (
        ("family", "family", about.families),
        ("standard_of_review", "standard_of_review", about.standards_of_review),
        ("harm_level", "harm_level", about.harm_levels),
    ):
        for name, meaning in meanings.items():
            members = [item for item in base.criteria.values() if name == getattr(item, field)]
            yield Entry(
                kind=kind,
                id=name,
                title=name.replace("_", " "),
                description=f"{meaning[:1].upper()}{meaning[1:]}.",
                details=nonempty_sections(
                    {
                        "criteria": (f"{item.id}: {item.title}" for item in members),
                        "thresholds": (threshold_line(base, word) for word in thresholds_in_text(base, meaning)),
                    }
                ),
                path=about.defined_at[_TABLES[field], name],
            )
    for place, extension in about.extensions.items():
        yield _extension(place, extension)
    for shared in base.judgement_files.values():
        yield _shared_rules_entry(base, wording, shared)
    readers = readers_by_predicate(base)
    files = {file.path: f'{kind_name(entry_kind(file))} "{file.title}"' for file, _ in base.rules}
    said_in = {name: file.path for file in base.judgement_files.values() for name, _ in _gloss_clauses(file)}
    for name, saying in base.glosses.items():
        key = (name, len(saying.args))
        defining = wording.rules_by_head.get(key, [])
        rules_of = [rule for _, rule in defining]
        if rules_of:
            yield Entry(
                kind="derived_concept",
                id=name,
                title=_show_slots(saying.clause),
                description=message("catalogue.describes_concept"),
                details=nonempty_sections(
                    {
                        "derivations": _derivation_lines(base, wording, files, defining),
                        **concept_sections(base, wording, rules_of),
                        "used_by": readers.get(key, []),
                    }
                ),
                path=said_in.get(name, defining[0][0]),
            )


def _derivation_lines(
    base: KnowledgeBase, verbalizer: RuleVerbalizer, files: dict[str, str], deriving: list[tuple[str, Rule]]
) -> Iterator[str]:
    """The rules that derive a concept, one line each. A rule in another file than the others is shown with its file."""
    several = len({path for path, _ in deriving}) > 1
    for path, rule in deriving:
        when = str(verbalizer.verbalize(rule))
        where = f" [{files[path]}]" if several else ""
        if signature(rule.heads[0].atom) == UNDERCUT:
            name, ground = (arg.text for arg in rule.heads[0].atom.args)
            if name in base.criteria and ground in base.criteria[name].undercutters:
                when = _undercutter_line(base.criteria[name].undercutters[ground], when)
        yield when + where


def _extension(place: str, item: ExtensionManifest) -> Entry:
    return Entry(
        kind="extension",
        id=item.name,
        title=f"{item.name} {item.version}",
        description=message("catalogue.describes_extension", base=item.extends),
        details=nonempty_sections(
            {
                "undercuts": (
                    f"{criterion}, where {ground.gloss}: {ground.why}"
                    for criterion, grounds in item.undercuts.items()
                    for ground in grounds.values()
                ),
                "accepted_regressions": (f"{name}: {why}" for name, why in item.accepted_regressions.items()),
            }
        ),
        path=place,
    )


def _shared_rules_entry(base: KnowledgeBase, verbalizer: RuleVerbalizer, item: JudgementFile) -> Entry:
    """The page of a judgement file: rules that derive what has no gloss stand under "definitions"."""
    rules = [rule for file, own in base.rules if file is item for rule in own]
    derived = {signature(head.atom) for rule in rules for head in rule.heads}
    glossed = {(name, len(gloss.args)) for name, gloss in base.glosses.items()}
    return Entry(
        kind="judgement_rules",
        id=item.id,
        title=item.title,
        description=item.statement,
        details=nonempty_sections(
            {
                "defined_concepts": (f"{name}: {_show_slots(clause)}" for name, clause in _gloss_clauses(item)),
                "phrases": (f"{name}: {_show_slots(phrase)}" for name, phrase in item.phrases.items()),
                "rules": (
                    message(
                        "catalogue.rule",
                        conclusion=verbalizer.conclusion_text(rule),
                        condition=verbalizer.verbalize(rule),
                    )
                    for rule in rules
                    if signature(rule.heads[0].atom) in glossed
                ),
                **concept_sections(base, verbalizer, rules, derived - glossed),
                "example_count": [str(len(item.examples))],
            }
        ),
        sources=citations_of(base, item.sources),
        path=item.path,
    )


def _gloss_clauses(item: JudgementFile) -> list[tuple[str, str]]:
    return [(name, saying.clause) for name, saying in parse_glosses(item.glosses, item.path)[0].items()]


def _criterion(base: KnowledgeBase, verbalizer: RuleVerbalizer, item: Criterion, rules: Iterable[Rule]) -> Entry:
    about = base.manifest
    met = [rule for rule in rules if signature(rule.heads[0].atom) == MEETS]
    # An extension may have a criterion of another base not count.
    undercut = [
        rule
        for _, every in base.rules
        for rule in every
        if signature(rule.heads[0].atom) == UNDERCUT and rule.heads[0].atom.args[0].text == item.id
    ]
    return Entry(
        kind="criterion",
        id=item.id,
        title=item.title,
        description=item.statement,
        details=nonempty_sections(
            {
                "family": [_with_meaning(item.family, about.families)],
                "standard_of_review": [_with_meaning(item.standard_of_review, about.standards_of_review)],
                "harm_level": [_with_meaning(item.harm_level, about.harm_levels)],
                "scope": [_with_meaning(item.scope, about.scopes)],
                "consequence": [_with_meaning(item.consequence, about.consequences)],
                "specificity": [_with_meaning(item.specificity, about.specificities)],
                "subtypes": [_with_meaning(name, about.subtypes) for name in item.subtypes],
                "met_when": (str(verbalizer.verbalize(rule)) for rule in met),
                "undercut_when": (
                    _undercutter_line(
                        item.undercutters[rule.heads[0].atom.args[1].text], str(verbalizer.verbalize(rule))
                    )
                    for rule in undercut
                ),
                **concept_sections(base, verbalizer, [*met, *undercut]),
                "thresholds": (
                    threshold_line(base, name) for name in _criterion_thresholds(base, item, [*met, *undercut])
                ),
                "examples": map(_example_text, item.examples),
                "counterexamples": map(_example_text, item.counterexamples),
            }
        ),
        sources=citations_of(base, item.sources),
        path=item.path,
    )


def _criterion_thresholds(base: KnowledgeBase, item: Criterion, rules: Iterable[Rule]) -> list[str]:
    """The thresholds of a criterion: those that its rules name, and those by which it is weighed."""
    weighed = thresholds_in_text(base, base.manifest.standards_of_review.get(item.standard_of_review, ""))
    return list(dict.fromkeys([*thresholds_in_rules(base, rules), *weighed]))


def _undercutter_line(phrase: str, condition: str) -> str:
    return phrase if phrase == condition else f"{phrase} (that is: {condition})"


def concept_sections(
    base: KnowledgeBase, verbalizer: RuleVerbalizer, rules: list[Rule], concepts: Iterable[Signature] = ()
) -> dict[str, Iterable[str]]:
    """The meanings of the derived concepts in some rules: their gloss, or their own rules if they have none.

    `concepts` are further concepts without a gloss.
    """
    words = [verbalizer.verbalize(rule) for rule in rules]
    where = dict(verbalizer.define({*concepts, *(key for item in words for key in item.unglossed)}))
    named = sorted({name for item in words for name in item.glossed})
    return {
        "definitions": (line for lines in where.values() for line in lines),
        "derived_concepts": (f"{name}: {_show_slots(base.glosses[name].clause)}" for name in named),
    }


def _with_meaning(word: str, meanings: dict[str, str]) -> str:
    return f"{word.replace('_', ' ')}: {meanings[word]}" if word else ""


def _show_slots(clause: str) -> str:
    return clause.replace("{", "<").replace("}", ">")


def _example_text(example: Example) -> str:
    return f"({example.why})\n{example.text.strip()}" if example.why else example.text.strip()
