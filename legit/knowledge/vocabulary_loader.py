"""Reads `vocabulary/` of a base: types, predicates and sentence templates; makes the rights an enumeration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base_files import BaseFile
from legit.knowledge.bibliography import Bibliography
from legit.knowledge.layers import Layer, Layers, duplicate_problem, layer_of
from legit.knowledge.lexicon import SLOT_PATTERN, Lexicon, has_content_words, load_lexicon
from legit.knowledge.places import PLACE_TYPE
from legit.knowledge.protocol import RIGHT_CLASS
from legit.knowledge.toml_files import read_toml, validation_problems
from legit.knowledge.vocabulary import (
    BUILT_IN_TYPES,
    IDENTIFIER,
    Argument,
    EnumType,
    EnumValue,
    Predicate,
    PredicateSpec,
    Template,
    Vocabulary,
)


class ExtraValues(BaseModel):
    """Further values that an extension gives to an enumeration of the base that it extends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, EnumValue]


def load_vocabulary(
    layers: Layers, extra_types: dict[str, EnumType], extra_defined_at: dict[tuple[str, str], str]
) -> Vocabulary:
    """Read `vocabulary/` of all layers.

    `extra_types` are enumerations that other files define (the rights, the places); `extra_defined_at` names these
    files.

    Raises KnowledgeBaseError with every problem found: K101-K103 unreadable, K201 wrong shape, K202 unknown type,
    K203 a template that does not use its arguments, K204 a name used twice, K210 one that an extension takes.
    """
    first, *others = layers
    frame = load_lexicon(*first.file("vocabulary/lexicon.toml"))
    types = dict(extra_types)
    places = dict(extra_defined_at)
    predicates: dict[str, Predicate] = {}
    topics: dict[str, tuple[str, str]] = {}
    problems = [
        duplicate_problem("file", "lexicon.toml", place, f"{first.display_name}/vocabulary/lexicon.toml")
        for part in others
        for _, place in part.files("vocabulary/lexicon.toml")
    ]
    for part in layers:
        for path, source in _types_files(part, required=part is first):
            problems += _read_types(read_toml(path, source), source, types, places, frame)
        for tables, name, source in _predicate_files(part, problems):
            topic, title = str(tables.pop("topic", name)), tables.pop("title", None)
            known = topics.setdefault(topic, (str(title or topic), source))
            if title is not None and layer_of(known[1]) != part.display_name:
                problems.append(duplicate_problem("title of topic", topic, source, known[1]))
            elif title is not None:
                topics[topic] = str(title), source
            for predicate, table in tables.items():
                problems += _read_predicate(predicate, table, topic, source, types, predicates, frame)
    if problems:
        raise KnowledgeBaseError(*problems)
    problems = [
        Problem("K205", f"predicate `{item.id}` excludes unknown `{other}`", source=item.path, nearest=near)
        for item in predicates.values()
        for other in item.spec.excludes
        if other not in predicates
        for near in [suggest(other, predicates)]
    ]
    problems += _ruled_out_problems(types, predicates)
    problems += [
        Problem(
            "K202",
            f"value `{key}` of `{name}` is named as unknown type `{value.named_as}`",
            source=places.get((name, key), ""),
            nearest=suggest(value.named_as, types),
        )
        for name, enum in types.items()
        for key, value in enum.values.items()
        if value.named_as and value.named_as not in types
    ]
    if problems:
        raise KnowledgeBaseError(*problems)
    titles = {topic: title for topic, (title, _) in topics.items()}
    return Vocabulary(types, predicates, titles, frame, places)


def _ruled_out_problems(types: Mapping[str, EnumType], predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """K205 for each predicate under `rules_out` that does not exist, and for each value that it cannot have."""
    for item in predicates.values():
        for ruled_out in item.spec.rules_out:
            other = predicates.get(ruled_out.predicate)
            if other is None:
                said = f"predicate `{item.id}` rules out unknown `{ruled_out.predicate}`"
                yield Problem("K205", said, source=item.path, nearest=suggest(ruled_out.predicate, predicates))
                continue
            values = [key for argument in other.args if argument.type in types for key in types[argument.type].values]
            for value in ruled_out.values:
                if value not in values:
                    said = f"predicate `{item.id}` rules out `{value}`, which is no value of `{other.id}`"
                    yield Problem("K205", said, source=item.path, nearest=suggest(value, values))


def _types_files(layer: Layer, *, required: bool) -> list[tuple[BaseFile, str]]:
    name = "vocabulary/types.toml"
    return [layer.file(name)] if required else layer.files(name)


def _predicate_files(layer: Layer, problems: list[Problem]) -> list[tuple[dict[str, Any], str, str]]:
    """The tables of each file of predicates, its name and its path, by the `order` that the file states.

    Files without an `order` come last, by name. Adds K201 to `problems` where an `order` is no whole number.
    """
    found = []
    for path, source in layer.files("vocabulary/*.toml"):
        if path.name in {"lexicon.toml", "types.toml"}:
            continue
        tables = read_toml(path, source)
        order = tables.pop("order", None)
        if order is not None and type(order) is not int:
            problems.append(Problem("K201", "order: a whole number is expected", source=source))
            order = None
        found.append((order is None, order or 0, path.stem, tables, source))
    return [(tables, name, source) for *_, name, tables, source in sorted(found, key=lambda item: item[:3])]


def _read_types(
    tables: dict[str, Any],
    source: str,
    types: dict[str, EnumType],
    defined_at: dict[tuple[str, str], str],
    lexicon: Lexicon,
) -> list[Problem]:
    """Add the types of one file to `types` and `defined_at`; an extension may add values to a type."""
    problems: list[Problem] = []
    for name, table in tables.items():
        known = types.get(name)
        there = defined_at.get((name, ""), source)
        grows = known is not None and layer_of(there) != layer_of(source)
        if name in BUILT_IN_TYPES or (known is not None and (not grows or name in {"right", PLACE_TYPE})):
            problems.append(Problem("K204", f"type `{name}` is there already", source=source))
            continue
        model = ExtraValues if grows else EnumType
        try:
            read = model.model_validate(table)
        except ValidationError as error:
            problems += validation_problems(error, model, source, name)
            continue
        problems += _check_values(name, read.values, lexicon, source)
        taken = {value for value in read.values if known is not None and value in known.values}
        problems += [
            duplicate_problem(f"{name} value", value, source, defined_at[name, value]) for value in sorted(taken)
        ]
        fresh = {value: item for value, item in read.values.items() if value not in taken}
        if isinstance(read, EnumType):
            types[name] = read
            defined_at[name, ""] = source
        elif known is not None:
            types[name] = known.model_copy(update={"values": {**known.values, **fresh}})
        defined_at.update({(name, value): source for value in fresh})
    return problems


def _read_predicate(
    name: str, table: Any, topic: str, source: str, types: dict[str, EnumType], predicates: dict[str, Predicate],
    lexicon: Lexicon,
) -> list[Problem]:  # fmt: skip
    """Add one predicate to `predicates`."""
    try:
        stated = PredicateSpec.model_validate(table)
    except ValidationError as error:
        return validation_problems(error, PredicateSpec, source, name)
    if name in predicates and layer_of(predicates[name].path) != layer_of(source):
        return [duplicate_problem("predicate", name, source, predicates[name].path)]
    if name in predicates or not IDENTIFIER.match(name):
        return [Problem("K204", f"predicate `{name}` is named twice or not in snake case", source=source)]
    predicate, problems = build_predicate(name, topic, stated, types, source, lexicon)
    if predicate:
        predicates[name] = predicate
    return problems


def _check_values(name: str, values: dict[str, EnumValue], lexicon: Lexicon, source: str) -> list[Problem]:
    problems = []
    for what, word in (("type", name), *(("value", value) for value in values)):
        if not IDENTIFIER.match(word):
            problems.append(Problem("K204", f"{what} `{word[:40]}` of `{name}` is not in snake case", source=source))
    for value_id, value in values.items():
        if not all(has_content_words(text, lexicon) for text in (value.phrase, *value.synonyms)):
            message = f"value `{value_id}` of `{name}` has a phrase without a word"
            problems.append(Problem("K201", message, source=source))
    return problems


def build_predicate(
    name: str, topic: str, predicate_spec: PredicateSpec, types: dict[str, EnumType], source: str, lexicon: Lexicon
) -> tuple[Predicate | None, list[Problem]]:
    """The predicate that a table states, None where it has problems (K202, K203)."""
    problems = []
    args = []
    for spec in predicate_spec.args:
        type_name, _, label = spec.partition(":")
        if type_name not in types and type_name not in BUILT_IN_TYPES:
            message = f"predicate `{name}` has an argument of unknown type `{type_name}`"
            near = suggest(type_name, {*types, *BUILT_IN_TYPES})
            problems.append(Problem("K202", message, source=source, nearest=near))
        args.append(Argument(type_name, label or type_name))
    labels = [argument.name for argument in args]

    def template(text: str) -> Template:
        segments: list[str | int] = []
        last = 0
        body = text.rstrip(".?")
        used: list[str] = []
        forms = [""] * len(labels)
        if not predicate_spec.args and not has_content_words(body, lexicon):
            problems.append(Problem("K203", f"template `{text}` of `{name}` has no word of its own", source=source))
        for match in SLOT_PATTERN.finditer(body):
            if match.group(1) not in labels:
                message = f"template `{text}` of `{name}` has no argument `{match.group(1)}`"
                near = suggest(match.group(1), labels)
                problems.append(Problem("K203", message, source=source, nearest=near))
                continue
            if match.start() > last:
                segments.append(body[last : match.start()])
            slot = labels.index(match.group(1))
            segments.append(slot)
            forms[slot] = match.group(2) or ""
            used.append(match.group(1))
            last = match.end()
        if last < len(body):
            segments.append(body[last:])
        if sorted(used) != sorted(labels):
            problems.append(
                Problem("K203", f"template `{text}` of `{name}` does not use each argument once", source=source)
            )
        return Template(tuple(segments), tuple(forms) if any(forms) else ())

    affirmed = tuple(
        template(text)
        for text in (
            predicate_spec.affirm,
            *predicate_spec.synonyms,
            *([predicate_spec.prompt_form] if predicate_spec.prompt_form else ()),
        )
    )
    brief = template(predicate_spec.prompt_form) if predicate_spec.prompt_form else None
    denied, asked = template(predicate_spec.deny), template(predicate_spec.ask)
    left_open = template(predicate_spec.unknown) if predicate_spec.unknown else None
    predicate = Predicate(name, topic, tuple(args), affirmed, denied, asked, brief, left_open, predicate_spec, source)
    return (None if problems else predicate), problems


def rights_type(bibliography: Bibliography) -> tuple[EnumType, list[Problem]]:
    """The rights of the bibliography as the enumeration `right`, and the problems of their ids (K204)."""
    values = {
        name.lower(): EnumValue.model_validate(
            {
                "phrase": f"the right to {right.phrase}",
                # A semicolon ends a sentence, and a colon its fixed words; a comma is passed over.
                "synonyms": [right.name.replace(";", ",").replace(":", ","), right.phrase, f"right to {right.phrase}"],
                RIGHT_CLASS: right.class_,
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
