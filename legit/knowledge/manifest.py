"""The manifest of a base: its name, and the words that its files may use, each with its meaning. The headers of
criteria and the data files are checked against these lists. Python contains none of these words.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.criteria import Criterion
from legit.knowledge.in_force import InForceRules
from legit.knowledge.layers import Layer, Layers, duplicate_problem, top_layers
from legit.knowledge.routes import RouteLead
from legit.knowledge.rules.signatures import METADATA_KEYS
from legit.knowledge.toml_files import read_toml, validation_problems
from legit.knowledge.vocabulary import IDENTIFIER, Vocabulary

MAX_NUMBER = 1000
"""The largest number that an attribute may have. A larger one slows grounding and is a mistake."""


class Attribute(BaseModel):
    """A fixed fact about values of a type: its meaning, and the values that it may have.

    With `values` it holds one or more of these, with `value_type` values of another type, with `steps` one of these,
    which are ordered from the least, with `steps_of` a step of another attribute, with `number` whole numbers; with
    none of these it is either so or not. `{value}` and `{entry}` in `gloss` stand for what it is about and what it
    holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gloss: str
    values: dict[str, str] = {}
    value_type: str = ""
    number: bool = False
    steps: dict[str, str] = {}
    steps_of: str = ""


class TurnRoles(BaseModel):
    """What the turn of an agent reads from a consultation.

    `declining_actions` are the actions of the guidance that say not to do what is requested. `enforcing_acts` are the
    requested acts that enforce the rule on somebody. `override_action` is the action on record where an agent does what
    is requested against the guidance; empty where the base has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    declining_actions: tuple[str, ...] = ()
    enforcing_acts: tuple[str, ...] = ()
    override_action: str = ""


ReviewOutcome = Literal["blind", "half_blind", "rightful", "wrongful"]
"""What a refusal or an enforcement was, as a review counts it. One that fits none is undecided."""


class ReviewRoles(BaseModel):
    """How a review counts what an assistant did: by the action that the guidance has for what was requested.

    `refusal` counts refusals of what the rule forbids, `refusal_to_enforce` refusals to enforce the rule, `enforcement`
    enforcements. An action that is not named leaves it undecided. `rule_statements` are the predicates that say what
    the rule demands; their first argument names the rule.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_statements: tuple[str, ...] = ()
    refusal: dict[str, ReviewOutcome] = {}
    refusal_to_enforce: dict[str, ReviewOutcome] = {}
    enforcement: dict[str, ReviewOutcome] = {}


class ManifestFile(BaseModel):
    """The file `base.toml`.

    `report_dimensions` names predicates by which a report on decisions counts, with their titles.
    `prompt_tokens_at_most` is the most tokens (cl100k_base) that the vocabulary in its form for agents may take; 0 is
    no bound. `source_order` has the kinds of sources in the order in which an answer cites them; the kinds of one group
    are equal. `evaluative_sentences` value a rule or a treatment, in sentences that no fact of a case need show:
    `legit kb sensitivity` adds them one at a time. `route_readers` are the readers of routes other than the one whom
    the rule binds, by requested act. `route_leads` are the kinds of people and bodies that answer a route;
    `route_deadline` is the predicate that says how soon the harm comes. Criteria of the `leading_standards` of review
    lead an answer.
    `pleaded_ground` is the predicate whose value is the family of the ground that the user pleads. `in_force` says when
    a source binds; without it, none is told to bind. `turn_roles` says what an agent's turn reads from a consultation,
    `review` how a review counts refusals. A verdict of `attested_verdicts` that others attest is turned by no word of a
    user or a model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    families: dict[str, str]
    standards_of_review: dict[str, str] = {}
    harm_levels: dict[str, str] = {}
    scopes: dict[str, str] = {}
    consequences: dict[str, str] = {}
    specificities: dict[str, str] = {}
    subtypes: dict[str, str] = {}
    attributes: dict[str, Attribute] = {}
    report_dimensions: dict[str, str] = {}
    prompt_tokens_at_most: int = Field(default=0, ge=0)
    source_order: tuple[tuple[str, ...], ...] = ()
    evaluative_sentences: tuple[str, ...] = ()
    route_readers: dict[str, str] = {}
    route_leads: dict[str, RouteLead] = {}
    route_deadline: str = ""
    leading_standards: tuple[str, ...] = ()
    attested_verdicts: tuple[Literal["stands", "defeated", "contested"], ...] = ()
    pleaded_ground: str = ""
    in_force: InForceRules | None = None
    turn_roles: TurnRoles = TurnRoles()
    review: ReviewRoles = ReviewRoles()


class DeclaredUndercut(BaseModel):
    """A ground on which an extension has a criterion of the base that it extends not count, and why it may."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gloss: str
    why: str = Field(min_length=1)


class FurtherSources(BaseModel):
    """Sources that an extension adds to a criterion of the base that it extends: the law of a place or of a field.

    With a `condition`, as in a source mark of a rule, they count only where it holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: str
    condition: str = ""
    sources: tuple[str, ...] = Field(min_length=1)


class ExtensionManifest(BaseModel):
    """The file `base.toml` of a base that extends another.

    It may declare words of its own, but no standards of review and no harm levels. `undercuts` holds undercutters of
    criteria of the extended base, by criterion and name. `accepted_regressions` argues, by name, why an example or
    precedent of the extended base has another verdict. `prompt_tokens_at_most` bounds both vocabularies together;
    without it the bound of the extended base does. What several packs add to the bound of what they extend is added up.
    Its `evaluative_sentences` count beside those of the extended base. `further_sources` change no verdict, except that
    a criterion of positive law counts where one of them binds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    extends: str
    families: dict[str, str] = {}
    subtypes: dict[str, str] = {}
    attributes: dict[str, Attribute] = {}
    undercuts: dict[str, dict[str, DeclaredUndercut]] = {}
    accepted_regressions: dict[str, str] = {}
    further_sources: tuple[FurtherSources, ...] = ()
    evaluative_sentences: tuple[str, ...] = ()
    prompt_tokens_at_most: int = Field(default=0, ge=0)


class Manifest(ManifestFile):
    """The manifest of a base together with those of the extended bases. `places` has, by table and name, the place of
    each word.

    `extensions` are, by the place of their `base.toml`, the files of what extends, the first extension first.
    """

    defined_at: dict[tuple[str, str], str]
    extensions: dict[str, ExtensionManifest] = {}

    def attribute_steps(self, name: str) -> dict[str, str]:
        """The steps of an attribute from the least, each with its meaning; empty if it has none."""
        attribute = self.attributes[name]
        return self.attributes[attribute.steps_of].steps if attribute.steps_of else attribute.steps

    @property
    def step_positions(self) -> dict[str, dict[str, int]]:
        """By attribute, the position of each of its steps, counted from 1: rules see the position."""
        return {
            name: {step: position for position, step in enumerate(steps, 1)}
            for name in self.attributes
            if (steps := self.attribute_steps(name))
        }

    def undercut_declared_at(self, criterion: str, undercutter: str) -> str:
        """Where an extension declares that a criterion does not count on a ground; empty where none does."""
        found = (place for place, item in self.extensions.items() if undercutter in item.undercuts.get(criterion, ()))
        return next(found, "")


_TABLES = (
    "families",
    "standards_of_review",
    "harm_levels",
    "scopes",
    "consequences",
    "specificities",
    "subtypes",
    "attributes",
    "report_dimensions",
)


def load_manifest(layers: Layers) -> Manifest:
    """Read `base.toml` of all parts.

    Raises KnowledgeBaseError (K101-K103 unreadable, K201 wrong shape, K210 a word that an extension takes).
    """
    first, *others = layers
    file = _read_manifest(first, ManifestFile)
    named = {first.display_name: (file.name, file.version)}
    bounds = {first.display_name: file.prompt_tokens_at_most}
    places = {(table, word): f"{first.display_name}/base.toml" for table in _TABLES for word in getattr(file, table)}
    extensions: dict[str, ExtensionManifest] = {}
    problems: list[Problem] = []
    for part in others:
        own = _read_manifest(part, ExtensionManifest)
        here = f"{part.display_name}/base.toml"
        named[part.display_name] = (own.name, f"{own.version} (extends {' '.join(named[part.extends])})")
        merged: dict[str, Any] = {}
        for table in set(_TABLES) & ExtensionManifest.model_fields.keys():
            words = getattr(own, table)
            problems += [
                duplicate_problem(table, word, here, places[table, word]) for word in words if (table, word) in places
            ]
            places = {**{(table, word): here for word in words}, **places}
            merged[table] = {**getattr(file, table), **words}
        below = bounds[part.extends]
        bounds[part.display_name] = own.prompt_tokens_at_most or below
        merged["prompt_tokens_at_most"] = file.prompt_tokens_at_most + bounds[part.display_name] - below
        merged["evaluative_sentences"] = (*file.evaluative_sentences, *own.evaluative_sentences)
        extensions[here] = own
        file = file.model_copy(update=merged)
    tops = [named[part.display_name] for part in top_layers(layers)]
    file = file.model_copy(
        update={"name": "+".join(name for name, _ in tops), "version": ", ".join(version for _, version in tops)}
    )
    problems += _check_steps(file.attributes, places)
    if problems:
        raise KnowledgeBaseError(*problems)
    return Manifest(
        **{key: getattr(file, key) for key in ManifestFile.model_fields}, defined_at=places, extensions=extensions
    )


def _check_steps(attributes: dict[str, Attribute], places: dict[tuple[str, str], str]) -> list[Problem]:
    """Attributes that hold two kinds of things at once, or the steps of none (K201, K204)."""
    problems = []
    stepped = {name for name, attribute in attributes.items() if attribute.steps}
    for name, attribute in attributes.items():
        path = places["attributes", name]
        kinds = [key for key in ("values", "value_type", "number", "steps", "steps_of") if getattr(attribute, key)]
        if len(kinds) > 1:
            message = f"attributes.{name}: it holds one kind of thing, and not `{kinds[0]}` and `{kinds[1]}`"
            problems.append(Problem("K201", message, source=path))
        if attribute.steps_of and attribute.steps_of not in stepped:
            message = f"attributes.{name}: steps_of: there is no attribute `{attribute.steps_of[:40]}` with steps"
            problems.append(Problem("K201", message, source=path, nearest=suggest(attribute.steps_of, stepped)))
        problems += check_identifiers([(f"step of `{name}`", step) for step in attribute.steps], path)
    return problems


_ModelT = TypeVar("_ModelT", bound=BaseModel)


def _read_manifest(layer: Layer, model: type[_ModelT]) -> _ModelT:
    file, path = layer.file("base.toml")
    data = read_toml(file, path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise KnowledgeBaseError(*validation_problems(error, model, path)) from error


def check_headers(manifest: Manifest, criteria: dict[str, Criterion]) -> list[Problem]:
    """Words in the headers of criteria that the base does not know (K207)."""
    problems = []
    for item in criteria.values():
        wanted = [
            ("family", (item.family,), manifest.families),
            (
                "standard_of_review",
                (item.standard_of_review,) if item.standard_of_review else (),
                manifest.standards_of_review,
            ),
            ("harm_level", (item.harm_level,) if item.harm_level else (), manifest.harm_levels),
            ("scope", (item.scope,) if item.scope else (), manifest.scopes),
            ("consequence", (item.consequence,) if item.consequence else (), manifest.consequences),
            ("specificity", (item.specificity,) if item.specificity else (), manifest.specificities),
            ("subtypes", item.subtypes, manifest.subtypes),
        ]
        for key, words, known in wanted:
            problems += [
                unknown_name_problem(
                    f"there is no {key.removesuffix('s').replace('_', ' ')} `{word}`",
                    word,
                    known,
                    item.path,
                    item.key_lines.get(key, 0),
                )
                for word in words
                if word not in known
            ]
    return problems


def check_attributes(
    manifest: Manifest, vocabulary: Vocabulary, value: str, table: dict[str, Any], path: str
) -> list[Problem]:
    """Unknown attributes of a value (K207), and attributes with a value that they may not have (K209)."""
    problems = []
    for key, entry in table.items():
        if key in METADATA_KEYS:
            continue
        attribute = manifest.attributes.get(key)
        if attribute is None:
            help_ = "name it in base.toml under [attributes]"
            problems.append(
                unknown_name_problem(
                    f"`{value}`: there is no attribute `{key}`", key, manifest.attributes, path, help_=help_
                )
            )
            continue
        steps = list(manifest.attribute_steps(key))
        known = steps or list(attribute.values) or list(vocabulary.values(attribute.value_type))
        for part in entry if isinstance(entry, list) else [entry]:
            if attribute.number:
                fits = type(part) is int and 0 <= part <= MAX_NUMBER
                wanted = f"a whole number from 0 to {MAX_NUMBER}"
            elif known:
                fits = part is entry and part in steps if steps else isinstance(part, str) and part.lower() in known
                wanted = f"one of {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"
            else:
                fits, wanted = isinstance(part, bool) and part is entry, "true or false"
            if not fits:
                text = str(part)[:40]
                said, near = f"`{value}`: `{key}` cannot be `{text}`", suggest(text, known)
                problems.append(Problem("K209", said, source=path, help=f"give {wanted}", nearest=near))
    return problems


def check_identifiers(names: list[tuple[str, str]], path: str) -> list[Problem]:
    """Names, each with its kind, that are not in snake case. A rule cannot contain them (K204)."""
    return [
        Problem("K204", f"{what} `{name[:40]}` is not in snake case", source=path, help="use a-z, 0-9 and _")
        for what, name in names
        if not IDENTIFIER.match(name) or name == "not"
    ]


def unknown_name_problem(
    message: str, word: str, known: Collection[str], path: str, line: int = 0, help_: str = ""
) -> Problem:
    near = suggest(word, known)
    if not near and known and not help_:
        help_ = f"known: {', '.join(list(known)[:12])}"
    return Problem("K207", message, line, 1 if line else 0, path, help_, near)
