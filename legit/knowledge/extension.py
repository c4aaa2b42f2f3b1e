"""What a base may do to the base that it extends: add to it, and never change it unseen.

The rules of an extension derive what is its own. So whatever the extended base concludes before it asks which criteria
are met it concludes as before; `docs/decisions/0012-extensions.md` has the argument.
"""

from __future__ import annotations

from collections.abc import Iterator

from legit.errors import Problem
from legit.knowledge.criteria import Criterion, Headed, RuleFile
from legit.knowledge.glosses import sayings
from legit.knowledge.layers import Part, Parts, part_of, twice
from legit.knowledge.manifest import About
from legit.knowledge.rules.rule_ast import Atom, Rules, signature, tests
from legit.knowledge.rules.signatures import BUILT_IN, MEETS, PROTOCOL, UNDERCUT
from legit.knowledge.toml_files import nearest
from legit.knowledge.vocabulary import Vocabulary

Declared = frozenset[tuple[str, str, str]]
"""Undercuts that extensions declare: the folder of the extension, the criterion, the name of the ground."""

_OF_THE_JUDGEMENT = ("careful", "questions", "topics", "turns", "shown_by")
_ENGINE = "the engine"
_HELP = "an extension derives its own criteria and its own ideas: take another name"


def declared(about: About) -> Declared:
    """The undercuts that the extensions of a base declare."""
    return frozenset(
        (part_of(place), criterion, name)
        for place, extension in about.extensions.items()
        for criterion, grounds in extension.undercuts.items()
        for name in grounds
    )


def undercut(criteria: dict[str, Criterion], about: About) -> tuple[dict[str, Criterion], list[Problem]]:
    """The criteria with the grounds that extensions declare, each said to be theirs.

    Problems: K207 no such criterion of an extended base, K210 a ground that the criterion has already.
    """
    result = dict(criteria)
    problems: list[Problem] = []
    for place, extension in about.extensions.items():
        for name, grounds in extension.undercuts.items():
            item = result.get(name)
            if item is None or part_of(item.path) == part_of(place):
                message = f"`undercuts` names `{name[:40]}`, which is no criterion of what this extends"
                problems.append(Problem("K207", message, source=place, nearest=nearest(name, criteria)))
                continue
            problems += [
                twice(f"undercutter of `{name}`", ground, place, item.path)
                for ground in grounds
                if ground in item.undercutters
            ]
            said = {ground: f"{of.says} (added by {extension.name})" for ground, of in grounds.items()}
            result[name] = item.model_copy(update={"undercutters": {**said, **item.undercutters}})
    return result, problems


def overreach(
    parts: Parts, rules: Rules, vocabulary: Vocabulary, about: About, tables: dict[str, str]
) -> list[Problem]:
    """What extensions take of what they extend.

    `tables` are the tables of the profiles with the files in which they stand. Problems: K210 a name that is taken,
    K507 a rule, a phrase or a choice that is the extended base's own.
    """
    problems: list[Problem] = []
    taken = {name: _ENGINE for name, _ in {*PROTOCOL, *BUILT_IN}}
    for number, part in enumerate(parts):
        given = {
            **{item.id: item.path for item in vocabulary.predicates.values() if part.owns(item.path)},
            **{word: at for (table, word), at in about.places.items() if table == "attributes" and part.owns(at)},
            **{name: place for name, place in tables.items() if part.owns(place)},
        }
        own = [(file, rules_of) for file, rules_of in rules if part.owns(file.path)]
        if number:
            problems += [twice("name", name, place, taken[name]) for name, place in given.items() if name in taken]
            problems += _heads(own, taken)
            problems += _words(part, rules)
        derived = {head.atom.name: file.path for file, rules_of in own for rule in rules_of for head in rule.heads}
        read = {test.atom.name: file.path for file, rules_of in own for rule in rules_of for test in tests(rule)}
        known = {name: place for name, place in taken.items() if place != _ENGINE}
        taken = {**taken, **read, **given, **derived, **known}
    return problems


def _heads(own: Rules, taken: dict[str, str]) -> Iterator[Problem]:
    """What the rules of an extension derive that is not its own, and choices: what is open is not for it to say."""
    for file, rules in own:
        for rule in rules:
            if rule.choice:
                yield _problem(f"`{rule.text[:80]}` is a choice", rule.heads[0].atom, file, "say what follows")
            for head in rule.heads:
                atom = head.atom
                if signature(atom) not in (MEETS, UNDERCUT) and atom.name in taken:
                    yield _problem(f"`{atom}` is for {taken[atom.name]} to derive", atom, file, _HELP)


def _words(part: Part, rules: Rules) -> Iterator[Problem]:
    """Phrases of an extension that the judgement would say in place of its own."""
    own = [(file, rules_of) for file, rules_of in rules if part.owns(file.path)]
    mine = [file for file, _ in own]
    others = [file for file, _ in rules if not part.owns(file.path)]
    phrases = {name: file.path for file in others if isinstance(file, RuleFile) for name in file.phrases}
    # The base has phrases about single criteria, as `otherwise_theft`: an extension has the same about its own.
    theirs = [f"_{file.id}" for file in others if isinstance(file, Criterion)]
    about_one = {name.removesuffix(end) for name in phrases for end in theirs if name.endswith(end)}
    allowed = {f"{name}_{file.id}" for name in about_one for file in mine if isinstance(file, Criterion)}
    derived = {signature(head.atom) for _, rules_of in own for rule in rules_of for head in rule.heads}
    for file in mine:
        for name, saying in sayings(file.says, file.path)[0].items():
            if (name, len(saying.args)) not in derived or (name, len(saying.args)) in PROTOCOL:
                yield _said(file, name, "says", "an extension has words for what its own rules derive")
        if not isinstance(file, RuleFile):
            continue
        for key in _OF_THE_JUDGEMENT:
            if getattr(file, key):
                yield _said(file, key, key, "leave it out: an extension has criteria, and no judgement of its own")
        for name in file.phrases:
            if name in phrases:
                yield twice("phrase", name, file.path, phrases[name])
            elif name not in allowed:
                yield _said(file, name, "phrases", "a phrase of an extension is about one of its own criteria")


def _said(file: Headed, name: str, key: str, help_: str) -> Problem:
    line = file.lines.get(key, 0)
    return Problem("K507", f"`{name}` is not for an extension to say", line, 1 if line else 0, file.path, help_)


def _problem(message: str, at: Atom, file: Headed, help_: str) -> Problem:
    return Problem("K507", message, at.line, at.column, file.path, help_)
