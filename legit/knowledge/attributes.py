"""Fixed facts about values of types: those in `types.toml`, and the files in `attributes/`."""

from __future__ import annotations

from typing import Any

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.layers import Layers, layer_files, layer_of
from legit.knowledge.manifest import Manifest, check_attributes
from legit.knowledge.rules.signatures import METADATA_KEYS
from legit.knowledge.toml_files import read_toml
from legit.knowledge.vocabulary import Vocabulary

Attributes = dict[str, dict[str, dict[str, Any]]]
"""By type and value."""


def load_attributes(layers: Layers, vocabulary: Vocabulary, manifest: Manifest) -> tuple[Attributes, list[Problem]]:
    """Read all attributes.

    Problems: K201 wrong shape, K202 unknown type or value, K207 unknown attribute, K209 a value it may not have, K210
    an extension that gives an attribute to a value of the extended base, and problems of reading a file.
    """
    problems: list[Problem] = []
    result: Attributes = {
        name: {value_id: value.attributes for value_id, value in enum.values.items()}
        for name, enum in vocabulary.types.items()
    }
    for name, values in result.items():
        for value_id, table in values.items():
            problems += check_attributes(manifest, vocabulary, value_id, table, vocabulary.defined_at[name, value_id])
    for path, place in layer_files(layers, "attributes/*.toml"):
        data = read_toml(path, place)
        of = data.pop("of", "")
        if not isinstance(of, str) or of not in result:
            near = suggest(str(of)[:40], result)
            problems.append(Problem("K202", f"`of` names unknown type `{str(of)[:40]}`", source=place, nearest=near))
            continue
        for value_id, table in data.items():
            if value_id not in result[of]:
                near = suggest(value_id, result[of])
                message = f"type `{of}` has no value `{value_id[:40]}`"
                problems.append(Problem("K202", message, source=place, nearest=near))
            elif not isinstance(table, dict):
                problems.append(Problem("K201", f"`{value_id}`: this is no table", source=place))
            elif not _is_string_list(table.get("sources", [])):
                problems.append(Problem("K201", f"`{value_id}`: sources: not a list of texts", source=place))
            else:
                problems += check_attributes(manifest, vocabulary, value_id, table, place)
                problems += _check_attribute_owner(
                    manifest, value_id, vocabulary.defined_at[of, value_id], table, place
                )
                known = result[of][value_id]
                cited = [*known.get("sources", ()), *table.get("sources", ())]
                result[of][value_id] = {**known, **table, **({"sources": cited} if cited else {})}
    return result, problems


def _check_attribute_owner(
    manifest: Manifest, value: str, defined_at: str, table: dict[str, Any], display_path: str
) -> list[Problem]:
    """K210: an extension sets an attribute of a value of another base, and the attribute is not its own."""
    if layer_of(defined_at) == layer_of(display_path):
        return []
    return [
        Problem(
            "K210",
            f"`{value}` is defined in {defined_at}, and `{key}` is no attribute of this extension",
            source=display_path,
            help="an extension adds and never changes: give the attribute to a value of its own",
        )
        for key in table
        if key not in METADATA_KEYS
        and layer_of(manifest.defined_at.get(("attributes", key), defined_at)) != layer_of(display_path)
    ]


def _is_string_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
