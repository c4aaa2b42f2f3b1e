"""`KnowledgeBase`: all data of a base, loaded from its layers, checked, with its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.disk_cache import read as read_cache
from legit._util.disk_cache import write as write_cache
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.attributes import Attributes, load_attributes
from legit.knowledge.base_checks import check_citations, check_rules_and_data
from legit.knowledge.bibliography import Bibliography, ResolvedCitation, load_bibliography
from legit.knowledge.criteria import Criterion, JudgementFile
from legit.knowledge.extension import apply_further_sources, apply_undercuts
from legit.knowledge.glosses import parse_glosses
from legit.knowledge.in_force import InForce
from legit.knowledge.judgement_texts import JudgementTexts
from legit.knowledge.languages import DEFAULT_LANGUAGE, language_tag
from legit.knowledge.layers import (
    Layers,
    base_digest,
    chain_of,
    digested_files,
    layer_files,
    layer_of,
    shipped_base,
    top_layers,
)  # fmt: skip
from legit.knowledge.manifest import Manifest, check_headers, load_manifest
from legit.knowledge.packs import combined_layers
from legit.knowledge.places import PLACE_TYPE, places_type
from legit.knowledge.profile import Profile, load_profile
from legit.knowledge.routes import Route, RouteIndex, load_routes
from legit.knowledge.rule_files import load_rule_files
from legit.knowledge.rules.measures import Kinds, Scales, given_kinds
from legit.knowledge.rules.rule_ast import RulesByFile
from legit.knowledge.toml_files import parse_memo, read_text
from legit.knowledge.vocabulary import Vocabulary
from legit.knowledge.vocabulary_loader import load_vocabulary, rights_type

if TYPE_CHECKING:
    from legit.knowledge.translation import Translation

DEFAULT_PROFILE = "default"


@dataclass(frozen=True)
class KnowledgeBase(JudgementTexts):
    """All normative data of a base. `layers` holds what is extended before what extends it: the folder of this base and
    the packs chosen with it are those that no other extends."""

    layers: Layers
    vocabulary: Vocabulary
    bibliography: Bibliography
    criteria: dict[str, Criterion]
    judgement_files: dict[str, JudgementFile]
    profile: Profile
    attributes: Attributes
    manifest: Manifest
    routes: dict[str, Route]
    digest: str
    language: str = DEFAULT_LANGUAGE
    """The tag of the language of its words."""
    untranslated: KnowledgeBase | None = field(default=None, compare=False, repr=False)
    """The same base in the language in which it is written, for a translation of it. The digest covers no words in
    another language: programs are made from this one."""

    @property
    def root(self) -> Path:
        """The folder of the base itself."""
        return self.layers[-1].root

    @property
    def is_shipped(self) -> bool:
        """Whether this is the base that comes with the package, perhaps with packs that come with it."""
        shipped = shipped_base().resolve()
        return all(part.root.resolve().is_relative_to(shipped) for part in self.layers)

    @property
    def display_name(self) -> str:
        """The folder's name as messages show it, on one line."""
        return self.layers[-1].display_name

    def owns_path(self, display_path: str) -> bool:
        """Whether a file belongs to this base or a pack chosen with it, and not to what they extend. `display_path` has
        the form that messages show."""
        return layer_of(display_path) in self._own_names

    @cached_property
    def _own_names(self) -> frozenset[str]:
        return frozenset(part.display_name for part in top_layers(self.layers))

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return self.manifest.version

    @classmethod
    def load(
        cls,
        folder: str | Path | None = None,
        profile: str = DEFAULT_PROFILE,
        packs: Sequence[str | Path] = (),
    ) -> KnowledgeBase:
        """Load the knowledge base in `folder` (the shipped one by default) with one of its profiles.

        `packs` are names of shipped packs, or folders of packs; their order does not matter. Loading reads the files of
        the folder, of the packs and of what they extend. It reads no other file and runs nothing. Raises
        KnowledgeBaseError with every problem that it finds (codes K1xx to K6xx), also where two packs define the same.
        """
        if folder is not None and "\0" in str(folder):
            raise KnowledgeBaseError(Problem("K100", "a path with a null character names no folder"))
        if isinstance(packs, str):
            raise TypeError("packs is a list of names, not one text")
        return cls.load_layers(combined_layers(shipped_base() if folder is None else Path(folder), packs), profile)

    @classmethod
    def load_layers(cls, layers: Layers, profile: str = DEFAULT_PROFILE) -> KnowledgeBase:
        """Load what `layers` of another base hold. Raises as `load` does."""
        tops = top_layers(layers)
        # A pack means the same whatever it is combined with: each has to be sound alone.
        for part in tops if len(tops) > 1 else ():
            alone = chain_of(layers, part)
            if not read_cache("sound", base_digest(digested_files(alone), profile), lambda value: value is True):
                cls.load_layers(alone, profile)
        files_digest = base_digest(digested_files(layers), profile)
        with parse_memo(files_digest):
            return cls._load_and_check(layers, profile, files_digest)

    def parent(self) -> KnowledgeBase | None:
        """What this base and its packs extend, under the same profile or else the default one; None when they extend
        nothing."""
        below = tuple(part for part in self.layers if part.display_name not in self._own_names)
        if not below:
            return None
        known = {path.stem for path, _ in layer_files(below, "profiles/*.toml")}
        return self.load_layers(below, self.profile.id if self.profile.id in known else DEFAULT_PROFILE)

    @classmethod
    def _load_and_check(cls, layers: Layers, profile_id: str, files_digest: str) -> KnowledgeBase:
        manifest = load_manifest(layers)
        bibliography, problems = load_bibliography(layers)
        rights, found = rights_type(bibliography)
        problems += found
        rights_at = {("right", name.lower()): bibliography.defined_at[name] for name in bibliography.rights}
        places = bibliography.places
        rights_at |= {(PLACE_TYPE, name): source for name, source in places.defined_at.items()}
        vocabulary = load_vocabulary(layers, {"right": rights, PLACE_TYPE: places_type(places)}, rights_at)
        criteria, files, found = load_rule_files(layers)
        problems += found
        for apply in (apply_undercuts, apply_further_sources):
            criteria, found = apply(criteria, manifest)
            problems += found
        profile, found = load_profile(layers, profile_id, vocabulary)
        problems += found
        routes, found = load_routes(layers, vocabulary.lexicon)
        problems += found
        attributes, found = load_attributes(layers, vocabulary, manifest)
        problems += found
        if profile is None or problems:
            raise KnowledgeBaseError(*problems)
        base = cls(
            layers, vocabulary, bibliography, criteria, files, profile, attributes, manifest, routes, files_digest
        )
        problems = [*check_citations(base), *check_headers(manifest, criteria)]
        problems += [problem for file in base.rule_files for problem in parse_glosses(file.glosses, file.path)[1]]
        # The digest covers every file that the checks read: a base that passed them once is not checked again.
        if not problems and not read_cache("sound", files_digest, lambda value: value is True):
            problems = check_rules_and_data(base)
            if not problems:
                write_cache("sound", files_digest, True)
        if problems:
            raise KnowledgeBaseError(*problems)
        return base

    def with_profile(self, profile: str) -> KnowledgeBase:
        """The same base under another of its profiles.

        Raises KnowledgeBaseError when there is none (K107), or its file is not valid (K2xx).
        """
        if profile == self.profile.id:
            return self
        chosen, problems = load_profile(self.layers, profile, self.vocabulary)
        if chosen is None or problems:
            raise KnowledgeBaseError(*problems)
        own = hashlib.sha256(f"{self.digest}:{profile}".encode()).hexdigest()
        below = self.untranslated and self.untranslated.with_profile(profile)
        return replace(self, profile=chosen, digest=own, untranslated=below)

    def translation(self, tag: str) -> Translation:
        """The base with its words in the language of a tag, with what is missing in that language.

        Words decide no verdict: the digest is the same. Raises LanguageError (L008) when the base does not have the
        language, and KnowledgeBaseError (K1xx to K3xx, K802, K803) when its files are not valid.
        """
        from legit.knowledge.translation import translate  # read only where another language is asked for

        return translate(self.untranslated or self, language_tag(self.layers, tag))

    @cached_property
    def positive_law_criteria(self) -> tuple[str, ...]:
        """The criteria that need a source that binds."""
        return tuple(name for name, item in self.criteria.items() if item.positive_law)

    @cached_property
    def in_force(self) -> InForce | None:
        """Tells where and when the sources of the base bind; None where the base does not say."""
        rules = self.manifest.in_force
        return InForce(rules, self.bibliography.places) if rules else None

    @property
    def branches_of_law(self) -> dict[str, str]:
        """The branches of law by which the law of a place is found, each with its meaning."""
        rules = self.manifest.in_force
        attribute = self.manifest.attributes.get(rules.branch_attribute) if rules else None
        return attribute.values if attribute else {}

    def branches_of(self, value: str) -> tuple[str, ...]:
        """The branches of law that the rules of an authority come under; `value` is its kind."""
        rules = self.manifest.in_force
        tables = (values[value] for values in self.attributes.values() if value in values)
        return tuple(
            str(branch) for table in tables for branch in table.get(rules.branch_attribute if rules else "", ())
        )

    @cached_property
    def rules(self) -> RulesByFile:
        """The rules of each of `rule_files`, parsed. Raises KnowledgeBaseError (K105, K501, K505)."""
        from legit.knowledge.rules.rule_parser import parse_rules  # imports clingo

        read = [(file, *parse_rules(file.rule_text, file.path, file.first_line)) for file in self.rule_files]
        problems = [problem for _, _, found in read for problem in found]
        if problems:
            raise KnowledgeBaseError(*problems)
        return [(file, rules) for file, rules, _ in read]

    @cached_property
    def scales(self) -> Scales:
        """The bounds of measures and the steps of attributes with which rules compare values."""
        names = {name: self.manifest.attributes[name].steps_of or name for name in self.manifest.step_positions}
        return Scales(self.vocabulary.lexicon, self.manifest.step_positions, names)

    def given_kinds(self) -> Kinds:
        """The kind of each argument that data supply to the rules: measure, date, name, step or number."""
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

    def sources_of_value(self, value: str) -> tuple[str, ...]:
        """What a right or a value of an attribute table rests on: a right with the clauses that limit it."""
        right = self.bibliography.rights.get(value.upper())
        if right is not None:
            clauses = (self.bibliography.limitation_clauses[name] for name in right.limitation_clauses)
            return (*right.sources, *(ref for clause in clauses for ref in clause.sources))
        tables = (values[value] for values in self.attributes.values() if value in values)
        return tuple(ref for table in tables for ref in table.get("sources", ()))

    def sources_by_condition(self, criterion: Criterion) -> tuple[str, ...]:
        """What the conditions of a criterion can cite: the sources of each value with which one may hold."""
        found: dict[str, None] = {}
        for mark in criterion.source_marks:
            if not mark.names_variable:
                continue
            predicate = self.vocabulary.predicates.get(mark.predicate)
            of = predicate.args[-1].type if predicate else "right"
            for value in self.vocabulary.types[of].values:
                # A right stays one reference, so that it is said by which right a place is cited.
                right = value.upper() if value.upper() in self.bibliography.rights else ""
                refs = [right] if right else []
                found |= dict.fromkeys((*refs, *self.sources_of_value(value)))
        return tuple(found)

    @cached_property
    def _citation_cache(self) -> dict[str, tuple[ResolvedCitation, ...]]:
        return {}

    @cached_property
    def right_names(self) -> dict[str, str]:
        """The id of each right, by its name in rules."""
        return {name.lower(): name for name in self.bibliography.rights}

    @cached_property
    def route_index(self) -> RouteIndex:
        """The conditions of the routes, prepared to be tried on a case."""
        return RouteIndex(self.routes, self.manifest.route_leads)

    @cached_property
    def profile_ids(self) -> tuple[str, ...]:
        """The ids of the profiles of the base, those of what it extends included."""
        return tuple(sorted({path.stem for path, _ in layer_files(self.layers, "profiles/*.toml")}))

    @cached_property
    def criterion_index(self) -> dict[str, int]:
        """The position of each criterion in the order of the base, from 0."""
        return {name: number for number, name in enumerate(self.criteria)}

    @cached_property
    def specificity_steps(self) -> dict[str, int]:
        """How specific each criterion is: 0 for the most specific, the step of `specificities` else."""
        order = list(self.manifest.specificities)
        return {name: order.index(item.specificity) if item.specificity else 0 for name, item in self.criteria.items()}

    @cached_property
    def leading_criteria(self) -> frozenset[str]:
        """The criteria that come before all others: those with a standard of review that leads."""
        leading = self.manifest.leading_standards
        return frozenset(name for name, item in self.criteria.items() if item.standard_of_review in leading)

    @cached_property
    def prompt_guide(self) -> str:
        """The guide by which language models describe a case: `vocabulary/guide.md` of each layer."""
        if self.language != DEFAULT_LANGUAGE:
            from legit.knowledge.translation import translated_guide

            return translated_guide(self)
        first, *others = self.layers
        guides = [first.file("vocabulary/guide.md")]
        guides += [found for layer in others for found in layer.files("vocabulary/guide.md")]
        return "\n".join(read_text(*guide) for guide in guides)
