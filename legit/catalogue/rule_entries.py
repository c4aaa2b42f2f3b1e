"""Entries for what the rules say: criteria, and the ideas that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from legit.catalogue.entry import Entry, cited_by, filled, kind_of, readers_of
from legit.catalogue.rule_verbalizer import Wording
from legit.catalogue.thresholds import DEGREES, degree, named_in_rules, named_in_text
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion, Example, RuleFile
from legit.knowledge.glosses import sayings
from legit.knowledge.manifest import Extension
from legit.knowledge.rules.rule_ast import Rule, signature
from legit.knowledge.rules.signatures import MEETS, UNDERCUT

_TABLES = {"family": "families", "weighing": "weighings", "level": "levels"}


def rule_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The criteria of a base, the files of rules that they share, and its ideas."""
    wording = Wording(base)
    for file, rules in base.rules:
        if isinstance(file, Criterion):
            yield _criterion(base, wording, file, rules)
    about = base.about
    for kind, meanings in (("family", about.families), ("weighing", about.weighings), ("level", about.levels)):
        for name, meaning in meanings.items():
            members = [item for item in base.criteria.values() if name == getattr(item, kind)]
            yield Entry(
                kind=kind,
                id=name,
                title=name.replace("_", " "),
                says=f"{meaning[:1].upper()}{meaning[1:]}.",
                details=filled(
                    {
                        "Criteria": (f"{item.id}: {item.title}" for item in members),
                        DEGREES: (degree(base, word) for word in named_in_text(base, meaning)),
                    }
                ),
                path=about.places[_TABLES[kind], name],
            )
    for place, extension in about.extensions.items():
        yield _extension(place, extension)
    for shared in base.files.values():
        yield _shared(base, shared)
    readers = readers_of(base)
    files = {file.path: f'{kind_of(file)} "{file.title}"' for file, _ in base.rules}
    said_in = {name: file.path for file in base.files.values() for name, _ in _clauses(file)}
    for name, saying in base.says.items():
        key = (name, len(saying.args))
        defining = wording.defining.get(key, [])
        rules_of = [rule for _, rule in defining]
        if rules_of:
            yield Entry(
                kind="idea",
                id=name,
                title=_open(saying.clause),
                says="An idea that the rules share.",
                details=filled(
                    {
                        "It holds when one of these does": _ways(base, wording, files, defining),
                        **_ideas(base, wording, rules_of),
                        "Used by": readers.get(key, []),
                    }
                ),
                path=said_in.get(name, defining[0][0]),
            )


def _ways(
    base: KnowledgeBase, wording: Wording, files: dict[str, str], defining: list[tuple[str, Rule]]
) -> Iterator[str]:
    """How an idea comes to hold, one rule each; a rule that stands elsewhere than the others is told with its file."""
    several = len({path for path, _ in defining}) > 1
    for path, rule in defining:
        when = str(wording.rule(rule))
        where = f" [{files[path]}]" if several else ""
        if signature(rule.heads[0].atom) == UNDERCUT:
            name, ground = (arg.text for arg in rule.heads[0].atom.args)
            if name in base.criteria and ground in base.criteria[name].undercutters:
                when = _undercutter(base.criteria[name].undercutters[ground], when)
        yield when + where


def _extension(place: str, item: Extension) -> Entry:
    return Entry(
        kind="extension",
        id=item.name,
        title=f"{item.name} {item.version}",
        says=f"A base that extends {item.extends}.",
        details=filled(
            {
                "Has criteria not count": (
                    f"{criterion}, where {ground.says}: {ground.why}"
                    for criterion, grounds in item.undercuts.items()
                    for ground in grounds.values()
                ),
                "Departs from": (f"{name}: {why}" for name, why in item.departures.items()),
            }
        ),
        path=place,
    )


def _shared(base: KnowledgeBase, item: RuleFile) -> Entry:
    return Entry(
        kind="shared rules",
        id=item.id,
        title=item.title,
        says=item.statement,
        details=filled({"Ideas that they define": (f"{name}: {_open(clause)}" for name, clause in _clauses(item))}),
        sources=cited_by(base, item.sources),
        path=item.path,
    )


def _clauses(item: RuleFile) -> list[tuple[str, str]]:
    return [(name, saying.clause) for name, saying in sayings(item.says, item.path)[0].items()]


def _criterion(base: KnowledgeBase, wording: Wording, item: Criterion, rules: Iterable[Rule]) -> Entry:
    about = base.about
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
        says=item.statement,
        details=filled(
            {
                "Family": [_explained(item.family, about.families)],
                "Weighed": [_explained(item.weighing, about.weighings)],
                "Level": [_explained(item.level, about.levels)],
                "Dataset label": [_explained(name, about.subtypes) for name in item.subtypes],
                "It is met when one of these holds": (str(wording.rule(rule)) for rule in met),
                "It does not count when one of these holds": (
                    _undercutter(item.undercutters[rule.heads[0].atom.args[1].text], str(wording.rule(rule)))
                    for rule in undercut
                ),
                **_ideas(base, wording, [*met, *undercut]),
                DEGREES: (degree(base, name) for name in _degrees(base, item, [*met, *undercut])),
                "Cases that meet it": map(_case, item.meets),
                "Cases that look alike and do not": map(_case, item.misses),
            }
        ),
        sources=cited_by(base, item.sources),
        path=item.path,
    )


def _degrees(base: KnowledgeBase, item: Criterion, rules: Iterable[Rule]) -> list[str]:
    """The degrees on which a criterion hangs: those that its rules ask for, and those by which it is weighed."""
    weighed = named_in_text(base, base.about.weighings.get(item.weighing, ""))
    return list(dict.fromkeys([*named_in_rules(base, rules), *weighed]))


def _undercutter(phrase: str, when: str) -> str:
    return phrase if phrase == when else f"{phrase} (that is: {when})"


def _ideas(base: KnowledgeBase, wording: Wording, rules: list[Rule]) -> dict[str, Iterable[str]]:
    """What the ideas in some rules mean: those without words by their own rules, the others by their words."""
    words = [wording.rule(rule) for rule in rules]
    where = dict(wording.where({key for item in words for key in item.unnamed}))
    named = sorted({name for item in words for name in item.named})
    return {
        "What is in «marks» means": (line for lines in where.values() for line in lines),
        "Ideas used here, each with a page of its own": (f"{name}: {_open(base.says[name].clause)}" for name in named),
    }


def _explained(word: str, meanings: dict[str, str]) -> str:
    return f"{word.replace('_', ' ')}: {meanings[word]}" if word else ""


def _open(clause: str) -> str:
    return clause.replace("{", "<").replace("}", ">")


def _case(example: Example) -> str:
    return f"({example.why})\n{example.text.strip()}" if example.why else example.text.strip()
