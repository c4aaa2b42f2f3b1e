"""A knowledge base as a whole: loaded from a folder, checked for what loading can check, with its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from legit._util.disk_cache import read as read_cache
from legit._util.disk_cache import write as write_cache
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.attributes import Attributes, load_attributes
from legit.knowledge.bibliography import Citation, Library, load_library
from legit.knowledge.criteria import Criterion, Headed, RuleFile, load_rule_file
from legit.knowledge.extension import declared, overreach, undercut
from legit.knowledge.glosses import Saying, sayings
from legit.knowledge.layers import Parts, decisive, digest, part_of, parts_of, shipped, twice
from legit.knowledge.layers import files as files_of
from legit.knowledge.manifest import About, load_about, unknown_in_headers
from legit.knowledge.profile import Profile, load_profile, tables_of, unread_tables
from legit.knowledge.rules.checks import names_in, unsound
from legit.knowledge.rules.rule_ast import Rules, signature, tests
from legit.knowledge.rules.signatures import PROTOCOL, data, inputs
from legit.knowledge.toml_files import nearest, read_text, remembered
from legit.knowledge.vocabulary import IDENTIFIER, EnumType, EnumValue, Vocabulary, load_vocabulary

DEFAULT_PROFILE = "default"
_CRITERIA = ("criteria", "functions", "harms")


class _Phrases(dict[str, str]):
    """A base may leave phrases out: its answers are then less well put, and still given."""

    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")


@dataclass(frozen=True)
class KnowledgeBase:
    """Everything normative, as data. Of its `parts` the last is its own folder, and those before are extended."""

    parts: Parts
    vocabulary: Vocabulary
    library: Library
    criteria: dict[str, Criterion]
    files: dict[str, RuleFile]
    profile: Profile
    attributes: Attributes
    about: About
    digest: str

    @property
    def root(self) -> Path:
        """The folder that was named."""
        return self.parts[-1].root

    @property
    def shown(self) -> str:
        """The folder's name, as messages show it: always on one line."""
        return self.parts[-1].shown

    def owns(self, place: str) -> bool:
        """Whether a file, named as in messages, is of the base itself and not of one that it extends."""
        return self.parts[-1].owns(place)

    @property
    def name(self) -> str:
        return self.about.name

    @property
    def version(self) -> str:
        return self.about.version

    @classmethod
    def load(cls, folder: str | Path | None = None, profile: str = DEFAULT_PROFILE) -> KnowledgeBase:
        """Load the knowledge base in `folder` (the shipped one by default) with one of its profiles.

        Reads the files of the folder, and of the base that its `base.toml` says it extends, and no others, and runs
        nothing. Raises KnowledgeBaseError with every problem
        that loading finds (codes K1xx to K5xx).
        """
        parts = parts_of(shipped() if folder is None else Path(folder))
        return cls._composed(parts, profile)

    @classmethod
    def _composed(cls, parts: Parts, profile: str) -> KnowledgeBase:
        files_digest = digest(decisive(parts), profile)
        with remembered(files_digest):
            return cls._loaded(parts, profile, files_digest)

    def extended(self) -> KnowledgeBase | None:
        """The base that this one extends, under the same profile where it has that; None where it extends none."""
        if len(self.parts) == 1:
            return None
        below = self.parts[:-1]
        known = {path.stem for path, _ in files_of(below, "profiles/*.toml")}
        return self._composed(below, self.profile.id if self.profile.id in known else DEFAULT_PROFILE)

    @classmethod
    def _loaded(cls, parts: Parts, profile: str, files_digest: str) -> KnowledgeBase:
        about = load_about(parts)
        library, problems = load_library(parts)
        rights, found = _rights_type(library)
        problems += found
        places = {("right", value): library.files[name] for name in library.rights for value in [name.lower()]}
        vocabulary = load_vocabulary(parts, {"right": rights}, places)
        criteria, files, found = _rule_files(parts)
        problems += found
        criteria, found = undercut(criteria, about)
        problems += found
        chosen, found = load_profile(parts, profile, vocabulary)
        problems += found
        attributes, found = load_attributes(parts, vocabulary, about)
        problems += found
        if chosen is None or problems:
            raise KnowledgeBaseError(*problems)
        base = cls(parts, vocabulary, library, criteria, files, chosen, attributes, about, files_digest)
        problems = [*_unresolved(base), *unknown_in_headers(about, criteria)]
        headed: list[Headed] = [*files.values(), *criteria.values()]
        problems += [problem for file in headed for problem in sayings(file.says, file.path)[1]]
        # What was found sound once need not be looked at again: the digest covers every file that decides it.
        if not problems and not read_cache("sound", files_digest, lambda value: value is True):
            problems = base.unsound()
            if not problems:
                write_cache("sound", files_digest, True)
        if problems:
            raise KnowledgeBaseError(*problems)
        return base

    def under(self, profile: str) -> KnowledgeBase:
        """The same base under another of its profiles.

        Raises KnowledgeBaseError when there is none (K107), or its file is not sound (K2xx).
        """
        if profile == self.profile.id:
            return self
        chosen, problems = load_profile(self.parts, profile, self.vocabulary)
        if chosen is None or problems:
            raise KnowledgeBaseError(*problems)
        own = hashlib.sha256(f"{self.digest}:{profile}".encode()).hexdigest()
        return replace(self, profile=chosen, digest=own)

    @cached_property
    def rules(self) -> Rules:
        """The rules of every file, as data. Raises KnowledgeBaseError (K105, K501, K505)."""
        from legit.knowledge.rules.rule_parser import (
            read_rules,  # needs clingo; what is found sound once is not read again
        )

        headed: list[Headed] = [*self.files.values(), *self.criteria.values()]
        read = [(file, *read_rules(file.rules, file.path, file.first_line)) for file in headed]
        problems = [problem for _, _, found in read for problem in found]
        if problems:
            raise KnowledgeBaseError(*problems)
        return [(file, rules) for file, rules, _ in read]

    def unsound(self) -> list[Problem]:
        """What is wrong with the rules together and with the data that they read (K204, K207, K502 to K505, K604)."""
        try:
            rules = self.rules
        except KnowledgeBaseError as error:
            return list(error.problems)
        stated = inputs(self.vocabulary)
        tables = {name: dict(table.values) for name, table in self.profile.tables.items()}
        fixed = data(self.vocabulary, self.attributes, tables, self.criteria.values())
        problems = [
            Problem("K204", f"`{name}` is named twice: a case states it, and so does data", source=path)
            for name, count in sorted(stated.keys() & {*fixed, *PROTOCOL})
            for path in [self.vocabulary.predicates[name].path]
        ]
        read = {test.atom.name for _, own in rules for rule in own for test in tests(rule)}
        words = {word for enum in self.vocabulary.types.values() for word in enum.values}
        words |= names_in(rules)
        unread = unread_tables(self.parts, self.profile, read, words)
        if unread:  # a rule held against a misspelt name would be told that name instead of its own
            return [*problems, *unread]
        problems += unsound(rules, stated, fixed, declared(self.about))
        problems += overreach(self.parts, rules, self.vocabulary, self.about, tables_of(self.parts))
        derived = {signature(head.atom) for _, own in rules for rule in own for head in rule.heads}
        problems += [
            Problem("K208", f"`{name}` is said, and no rule derives it", source=file.path, nearest=near)
            for file, _ in rules
            for name, saying in sayings(file.says, file.path)[0].items()
            if (name, len(saying.args)) not in derived | PROTOCOL
            for near in [nearest(name, (known for known, _ in derived))]
        ]
        problems += [
            Problem(
                "K207",
                f"`{item.id}` answers `{item.stated.answers}`, which is no question",
                source=item.path,
                nearest=nearest(item.stated.answers, self.questions),
            )
            for item in self.vocabulary.predicates.values()
            if item.stated.answers and item.stated.answers not in self.questions
        ]
        return problems

    def citations(self, criterion: str) -> tuple[Citation, ...]:
        """The resolved sources of a criterion, each once."""
        found = self._citations.get(criterion)
        if found is None:
            resolved = [citation for ref in self.criteria[criterion].sources for citation in self.library.resolve(ref)]
            found = tuple({citation.text: citation for citation in resolved}.values())
            self._citations[criterion] = found
        return found

    @cached_property
    def _citations(self) -> dict[str, tuple[Citation, ...]]:
        return {}

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each criterion in the base."""
        return {name: number for number, name in enumerate(self.criteria)}

    @cached_property
    def guide(self) -> str:
        """How to describe a case, for language models: `vocabulary/guide.md` of each part."""
        first, *others = self.parts
        guides = [(first.root / "vocabulary" / "guide.md", f"{first.shown}/vocabulary/guide.md")]
        guides += [found for part in others for found in part.files("vocabulary/guide.md")]
        return "\n".join(read_text(*guide) for guide in guides)

    @cached_property
    def phrases(self) -> dict[str, str]:
        """The phrases of the judgement files (verdicts, guidance, weighing), by id; one that is missing is its id."""
        return _Phrases((key, text) for file in self.files.values() for key, text in file.phrases.items())

    @cached_property
    def careful(self) -> dict[str, tuple[str, ...]]:
        """For results of which several may remain possible: their values, the most careful first."""
        return {key: order for file in self.files.values() for key, order in file.careful.items()}

    @cached_property
    def topics(self) -> dict[str, str]:
        """What the mandatory questions are about, by topic."""
        return {key: text for file in self.files.values() for key, text in file.topics.items()}

    @cached_property
    def turns(self) -> dict[str, tuple[str, ...]]:
        """For a verdict, the outcomes whose ways an explanation looks for, each with who is to bring it about."""
        return {key: entries for file in self.files.values() for key, entries in file.turns.items()}

    @cached_property
    def says(self) -> dict[str, Saying]:
        """The words for what the rules derive, by predicate."""
        headed: tuple[Headed, ...] = (*self.files.values(), *self.criteria.values())
        return {name: saying for file in headed for name, saying in sayings(file.says, file.path)[0].items()}

    @cached_property
    def questions(self) -> dict[str, str]:
        """The mandatory questions, by topic."""
        return {key: text for file in self.files.values() for key, text in file.questions.items()}

    @cached_property
    def shown_by(self) -> dict[str, tuple[str, ...]]:
        """For a piece of advice: the predicates whose facts show what it is about."""
        return {key: names for file in self.files.values() for key, names in file.shown_by.items()}


def _rights_type(library: Library) -> tuple[EnumType, list[Problem]]:
    values = {
        name.lower(): EnumValue.model_validate(
            {
                "phrase": f"the right to {right.phrase}",
                # A semicolon ends a sentence, and a colon its fixed words; a comma is passed over.
                "also": [right.name.replace(";", ",").replace(":", ","), right.phrase, f"right to {right.phrase}"],
                "right_class": right.class_,
            }
        )
        for name, right in library.rights.items()
    }
    problems = [
        Problem(
            "K204", f"the id of right `{name[:40]}` is not made of letters, digits and _", source=library.files[name]
        )
        for name in library.rights
        if not IDENTIFIER.match(name.lower())
    ]
    if len(values) != len(library.rights):
        problems.append(Problem("K204", "two rights have ids that differ in case only", source="rights"))
    return EnumType(says="a right of the catalogue", values=values), problems


def _rule_files(parts: Parts) -> tuple[dict[str, Criterion], dict[str, RuleFile], list[Problem]]:
    criteria: dict[str, Criterion] = {}
    files: dict[str, RuleFile] = {}
    problems: list[Problem] = []
    places: dict[str, str] = {}
    for part, folder in ((part, folder) for part in parts for folder in (*_CRITERIA, "judgement")):
        for path, place in part.files(f"{folder}/**/*.lp"):
            loaded: Criterion | RuleFile | list[Problem]
            if folder in _CRITERIA:
                loaded = load_rule_file(path, place, Criterion)
            else:
                loaded = load_rule_file(path, place, RuleFile)
            if isinstance(loaded, list):
                problems += loaded
                continue
            there = places.setdefault(loaded.id, place)
            if part_of(there) != part.shown:
                problems.append(twice("id", loaded.id, place, there))
            elif not IDENTIFIER.match(loaded.id) or loaded.id in criteria or loaded.id in files:
                problems.append(Problem("K204", f"id `{loaded.id}` is used twice or not in snake case", source=place))
            elif isinstance(loaded, Criterion):
                criteria[loaded.id] = loaded
            else:
                files[loaded.id] = loaded
    return criteria, files, problems


def _unresolved(base: KnowledgeBase) -> list[Problem]:
    """Citations that do not resolve (K401), and what must cite something and does not (K402)."""
    headed: list[Headed] = [*base.criteria.values(), *base.files.values()]
    cited: list[tuple[str, str, int, Sequence[str]]] = [
        *((item.path, item.id, item.lines.get("sources", 0), item.sources) for item in headed),
        *((base.profile.path, name, 0, table.sources) for name, table in base.profile.tables.items()),
        *(
            (f"{base.shown}/attributes", value, 0, table["sources"])
            for values in base.attributes.values()
            for value, table in values.items()
            if "sources" in table
        ),
    ]
    problems = []
    for place, name, line, refs in cited:
        if not refs:
            column = 1 if line else 0
            problems.append(
                Problem("K402", f"`{name}` cites no source", line, column, place, help="add `sources = [...]`")
            )
        problems += [base.library.unresolved(name, ref, place, line) for ref in refs if not base.library.resolve(ref)]
    return problems
