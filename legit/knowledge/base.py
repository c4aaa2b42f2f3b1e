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
from legit.knowledge.bibliography import Bibliography, ResolvedCitation, load_bibliography
from legit.knowledge.criteria import Criterion, JudgementFile, RuleFileBase, load_rule_file
from legit.knowledge.extension import apply_undercuts, check_extension_scope, declared_undercuts
from legit.knowledge.glosses import GlossTemplate, parse_glosses
from legit.knowledge.layers import (
    Layers,
    base_digest,
    digested_files,
    duplicate_problem,
    layer_of,
    layers_of,
    shipped_base,
)
from legit.knowledge.layers import layer_files as files_of
from legit.knowledge.manifest import Manifest, check_headers, load_manifest
from legit.knowledge.profile import Profile, check_unread_tables, load_profile, table_locations
from legit.knowledge.rules.checks import check_rules, constants_in
from legit.knowledge.rules.measures import Kinds, Scales, given_kinds
from legit.knowledge.rules.rule_ast import RulesByFile, body_literals, signature
from legit.knowledge.rules.signatures import PROTOCOL_HEADS, data_signatures, input_signatures
from legit.knowledge.toml_files import parse_memo, read_text, suggest
from legit.knowledge.vocabulary import IDENTIFIER, EnumType, EnumValue, Vocabulary, load_vocabulary

DEFAULT_PROFILE = "default"
_CRITERION_FOLDERS = ("criteria", "functions", "harms")


class _PhraseTable(dict[str, str]):
    """A base may leave phrases out: its answers are then less well put, and still given."""

    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")


@dataclass(frozen=True)
class KnowledgeBase:
    """Everything normative, as data. Of its `parts` the last is its own folder, and those before are extended."""

    layers: Layers
    vocabulary: Vocabulary
    bibliography: Bibliography
    criteria: dict[str, Criterion]
    judgement_files: dict[str, JudgementFile]
    profile: Profile
    attributes: Attributes
    manifest: Manifest
    digest: str

    @property
    def root(self) -> Path:
        """The folder that was named."""
        return self.layers[-1].root

    @property
    def display_name(self) -> str:
        """The folder's name, as messages show it: always on one line."""
        return self.layers[-1].display_name

    def owns_path(self, display_path: str) -> bool:
        """Whether a file, named as in messages, is of the base itself and not of one that it extends."""
        return self.layers[-1].owns_path(display_path)

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return self.manifest.version

    @classmethod
    def load(cls, folder: str | Path | None = None, profile: str = DEFAULT_PROFILE) -> KnowledgeBase:
        """Load the knowledge base in `folder` (the shipped one by default) with one of its profiles.

        Reads the files of the folder, and of the base that its `base.toml` says it extends, and no others, and runs
        nothing. Raises KnowledgeBaseError with every problem
        that loading finds (codes K1xx to K5xx).
        """
        parts = layers_of(shipped_base() if folder is None else Path(folder))
        return cls._load_layers(parts, profile)

    @classmethod
    def _load_layers(cls, layers: Layers, profile: str) -> KnowledgeBase:
        files_digest = base_digest(digested_files(layers), profile)
        with parse_memo(files_digest):
            return cls._load_and_check(layers, profile, files_digest)

    def parent(self) -> KnowledgeBase | None:
        """The base that this one extends, under the same profile where it has that; None where it extends none."""
        if len(self.layers) == 1:
            return None
        below = self.layers[:-1]
        known = {path.stem for path, _ in files_of(below, "profiles/*.toml")}
        return self._load_layers(below, self.profile.id if self.profile.id in known else DEFAULT_PROFILE)

    @classmethod
    def _load_and_check(cls, layers: Layers, profile: str, files_digest: str) -> KnowledgeBase:
        about = load_manifest(layers)
        library, problems = load_bibliography(layers)
        rights, found = _rights_type(library)
        problems += found
        places = {("right", value): library.defined_at[name] for name in library.rights for value in [name.lower()]}
        vocabulary = load_vocabulary(layers, {"right": rights}, places)
        criteria, files, found = _load_rule_files(layers)
        problems += found
        criteria, found = apply_undercuts(criteria, about)
        problems += found
        chosen, found = load_profile(layers, profile, vocabulary)
        problems += found
        attributes, found = load_attributes(layers, vocabulary, about)
        problems += found
        if chosen is None or problems:
            raise KnowledgeBaseError(*problems)
        base = cls(layers, vocabulary, library, criteria, files, chosen, attributes, about, files_digest)
        problems = [*_check_citations(base), *check_headers(about, criteria)]
        headed: list[RuleFileBase] = [*files.values(), *criteria.values()]
        problems += [problem for file in headed for problem in parse_glosses(file.glosses, file.path)[1]]
        # What was found sound once need not be looked at again: the digest covers every file that decides it.
        if not problems and not read_cache("sound", files_digest, lambda value: value is True):
            problems = base.rule_problems()
            if not problems:
                write_cache("sound", files_digest, True)
        if problems:
            raise KnowledgeBaseError(*problems)
        return base

    def with_profile(self, profile: str) -> KnowledgeBase:
        """The same base under another of its profiles.

        Raises KnowledgeBaseError when there is none (K107), or its file is not sound (K2xx).
        """
        if profile == self.profile.id:
            return self
        chosen, problems = load_profile(self.layers, profile, self.vocabulary)
        if chosen is None or problems:
            raise KnowledgeBaseError(*problems)
        own = hashlib.sha256(f"{self.digest}:{profile}".encode()).hexdigest()
        return replace(self, profile=chosen, digest=own)

    @cached_property
    def rules(self) -> RulesByFile:
        """The rules of every file, as data. Raises KnowledgeBaseError (K105, K501, K505)."""
        from legit.knowledge.rules.rule_parser import (
            parse_rules,  # needs clingo; what is found sound once is not read again
        )

        headed: list[RuleFileBase] = [*self.judgement_files.values(), *self.criteria.values()]
        read = [(file, *parse_rules(file.rule_text, file.path, file.first_line)) for file in headed]
        problems = [problem for _, _, found in read for problem in found]
        if problems:
            raise KnowledgeBaseError(*problems)
        return [(file, rules) for file, rules, _ in read]

    def rule_problems(self) -> list[Problem]:
        """What is wrong with the rules together and with the data that they read (K204, K207, K502 to K505, K604)."""
        try:
            rules = self.rules
        except KnowledgeBaseError as error:
            return list(error.problems)
        stated = input_signatures(self.vocabulary)
        tables = {name: dict(table.values) for name, table in self.profile.tables.items()}
        fixed = data_signatures(self.vocabulary, self.attributes, tables, self.criteria.values(), self.scales.steps)
        problems = [
            Problem("K204", f"`{name}` is named twice: a case states it, and so does data", source=path)
            for name, count in sorted(stated.keys() & {*fixed, *PROTOCOL_HEADS})
            for path in [self.vocabulary.predicates[name].path]
        ]
        read = {test.atom.name for _, own in rules for rule in own for test in body_literals(rule)}
        words = {word for enum in self.vocabulary.types.values() for word in enum.values}
        words |= constants_in(rules)
        unread = check_unread_tables(self.layers, self.profile, read, words)
        if unread:  # a rule held against a misspelt name would be told that name instead of its own
            return [*problems, *unread]
        kinds, scales = self.given_kinds(), self.scales
        problems += check_rules(rules, stated, fixed, kinds, scales, declared_undercuts(self.manifest))
        problems += check_extension_scope(
            self.layers, rules, self.vocabulary, self.manifest, table_locations(self.layers)
        )
        derived = {signature(head.atom) for _, own in rules for rule in own for head in rule.heads}
        problems += [
            Problem("K208", f"`{name}` is said, and no rule derives it", source=file.path, nearest=near)
            for file, _ in rules
            for name, saying in parse_glosses(file.glosses, file.path)[0].items()
            if (name, len(saying.args)) not in derived | PROTOCOL_HEADS
            for near in [suggest(name, (known for known, _ in derived))]
        ]
        problems += [
            Problem(
                "K207",
                f"`{item.id}` answers `{item.spec.answers_topic}`, which is no question",
                source=item.path,
                nearest=suggest(item.spec.answers_topic, self.mandatory_questions),
            )
            for item in self.vocabulary.predicates.values()
            if item.spec.answers_topic and item.spec.answers_topic not in self.mandatory_questions
        ]
        return problems

    @cached_property
    def scales(self) -> Scales:
        """The bounds of measures and the steps of attributes, with which rules compare by name."""
        names = {name: self.manifest.attributes[name].steps_of or name for name in self.manifest.step_positions}
        return Scales(self.vocabulary.lexicon, self.manifest.step_positions, names)

    def given_kinds(self) -> Kinds:
        """What the data give to the rules: which arguments are measures, dates, names, steps or numbers."""
        tables = {name: dict(table.values) for name, table in self.profile.tables.items()}
        return given_kinds(self.vocabulary, self.scales, self.attributes, tables)

    def citations(self, criterion: str) -> tuple[ResolvedCitation, ...]:
        """The resolved sources of a criterion, each once."""
        found = self._citation_cache.get(criterion)
        if found is None:
            resolved = [
                citation for ref in self.criteria[criterion].sources for citation in self.bibliography.resolve(ref)
            ]
            found = tuple({citation.text: citation for citation in resolved}.values())
            self._citation_cache[criterion] = found
        return found

    @cached_property
    def _citation_cache(self) -> dict[str, tuple[ResolvedCitation, ...]]:
        return {}

    @cached_property
    def criterion_index(self) -> dict[str, int]:
        """The place of each criterion in the base."""
        return {name: number for number, name in enumerate(self.criteria)}

    @cached_property
    def prompt_guide(self) -> str:
        """How to describe a case, for language models: `vocabulary/guide.md` of each part."""
        first, *others = self.layers
        guides = [(first.root / "vocabulary" / "guide.md", f"{first.display_name}/vocabulary/guide.md")]
        guides += [found for part in others for found in part.files("vocabulary/guide.md")]
        return "\n".join(read_text(*guide) for guide in guides)

    @cached_property
    def phrases(self) -> dict[str, str]:
        """The phrases of the judgement files (verdicts, guidance, weighing), by id; one that is missing is its id."""
        return _PhraseTable((key, text) for file in self.judgement_files.values() for key, text in file.phrases.items())

    @cached_property
    def caution_order(self) -> dict[str, tuple[str, ...]]:
        """For results of which several may remain possible: their values, the most careful first."""
        return {key: order for file in self.judgement_files.values() for key, order in file.caution_order.items()}

    @cached_property
    def mandatory_topics(self) -> dict[str, str]:
        """What the mandatory questions are about, by topic."""
        return {key: text for file in self.judgement_files.values() for key, text in file.mandatory_topics.items()}

    @cached_property
    def counterfactual_goals(self) -> dict[str, tuple[str, ...]]:
        """For a verdict, the outcomes whose ways an explanation looks for, each with who is to bring it about."""
        return {
            key: entries for file in self.judgement_files.values() for key, entries in file.counterfactual_goals.items()
        }

    @cached_property
    def glosses(self) -> dict[str, GlossTemplate]:
        """The words for what the rules derive, by predicate."""
        headed: tuple[RuleFileBase, ...] = (*self.judgement_files.values(), *self.criteria.values())
        return {name: saying for file in headed for name, saying in parse_glosses(file.glosses, file.path)[0].items()}

    @cached_property
    def mandatory_questions(self) -> dict[str, str]:
        """The mandatory questions, by topic."""
        return {key: text for file in self.judgement_files.values() for key, text in file.mandatory_questions.items()}

    @cached_property
    def advice_evidence(self) -> dict[str, tuple[str, ...]]:
        """For a piece of advice: the predicates whose facts show what it is about."""
        return {key: names for file in self.judgement_files.values() for key, names in file.advice_evidence.items()}


def _rights_type(bibliography: Bibliography) -> tuple[EnumType, list[Problem]]:
    values = {
        name.lower(): EnumValue.model_validate(
            {
                "phrase": f"the right to {right.phrase}",
                # A semicolon ends a sentence, and a colon its fixed words; a comma is passed over.
                "synonyms": [right.name.replace(";", ",").replace(":", ","), right.phrase, f"right to {right.phrase}"],
                "right_class": right.class_,
            }
        )
        for name, right in bibliography.rights.items()
    }
    problems = [
        Problem(
            "K204",
            f"the id of right `{name[:40]}` is not made of letters, digits and _",
            source=bibliography.defined_at[name],
        )
        for name in bibliography.rights
        if not IDENTIFIER.match(name.lower())
    ]
    if len(values) != len(bibliography.rights):
        problems.append(Problem("K204", "two rights have ids that differ in case only", source="rights"))
    return EnumType(description="a right of the catalogue", values=values), problems


def _load_rule_files(layers: Layers) -> tuple[dict[str, Criterion], dict[str, JudgementFile], list[Problem]]:
    criteria: dict[str, Criterion] = {}
    files: dict[str, JudgementFile] = {}
    problems: list[Problem] = []
    places: dict[str, str] = {}
    for part, folder in ((part, folder) for part in layers for folder in (*_CRITERION_FOLDERS, "judgement")):
        for path, place in part.files(f"{folder}/**/*.lp"):
            loaded: Criterion | JudgementFile | list[Problem]
            if folder in _CRITERION_FOLDERS:
                loaded = load_rule_file(path, place, Criterion)
            else:
                loaded = load_rule_file(path, place, JudgementFile)
            if isinstance(loaded, list):
                problems += loaded
                continue
            there = places.setdefault(loaded.id, place)
            if layer_of(there) != part.display_name:
                problems.append(duplicate_problem("id", loaded.id, place, there))
            elif not IDENTIFIER.match(loaded.id) or loaded.id in criteria or loaded.id in files:
                problems.append(Problem("K204", f"id `{loaded.id}` is used twice or not in snake case", source=place))
            elif isinstance(loaded, Criterion):
                criteria[loaded.id] = loaded
            else:
                files[loaded.id] = loaded
    return criteria, files, problems


def _check_citations(base: KnowledgeBase) -> list[Problem]:
    """Citations that do not resolve (K401), and what must cite something and does not (K402)."""
    headed: list[RuleFileBase] = [*base.criteria.values(), *base.judgement_files.values()]
    cited: list[tuple[str, str, int, Sequence[str]]] = [
        *((item.path, item.id, item.key_lines.get("sources", 0), item.sources) for item in headed),
        *((base.profile.path, name, 0, table.sources) for name, table in base.profile.tables.items()),
        *(
            (f"{base.display_name}/attributes", value, 0, table["sources"])
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
        problems += [
            base.bibliography.unresolved_problem(name, ref, place, line)
            for ref in refs
            if not base.bibliography.resolve(ref)
        ]
    return problems
