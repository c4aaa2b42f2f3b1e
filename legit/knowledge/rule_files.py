"""Criteria and judgement files of all layers of a base, with the examples of each."""

from __future__ import annotations

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.base_files import BaseFile
from legit.knowledge.criteria import EXAMPLES_SUFFIX, Criterion, JudgementFile, load_examples, load_rule_file
from legit.knowledge.layers import Layer, Layers, duplicate_problem, layer_of
from legit.knowledge.vocabulary import IDENTIFIER

_CRITERION_FOLDERS = ("criteria", "functions", "harms")


def load_rule_files(layers: Layers) -> tuple[dict[str, Criterion], dict[str, JudgementFile], list[Problem]]:
    """The criteria and the judgement files of a base by id.

    Problems: K109 a TOML file in `judgement/` that belongs to no judgement file, K204 an id that is used twice or not
    in snake case, K210 an id that an extension takes from the base below, and those of `load_rule_file` and
    `load_examples`.
    """
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
                loaded = _load_judgement_file(part, path)
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
    return criteria, files, [*problems, *_stray_examples(layers)]


def _load_judgement_file(part: Layer, file: BaseFile) -> JudgementFile | list[Problem]:
    loaded = load_rule_file(file, file.place, JudgementFile)
    examples = str(file.inside.with_name(file.stem + EXAMPLES_SUFFIX))
    if isinstance(loaded, list) or examples not in part.listed:
        return loaded
    return load_examples(*part.file(examples), loaded)


def _stray_examples(layers: Layers) -> list[Problem]:
    """K109: TOML files in `judgement/` that do not have the examples of a judgement file beside them."""
    problems = []
    found = [(part, *item) for part in layers for item in part.files("judgement/**/*.toml")]
    for part, path, place in found:
        stem = path.name.removesuffix(EXAMPLES_SUFFIX)
        if stem == path.name:
            help_ = f"`judgement/` has rules in `x.lp` and their examples in `x{EXAMPLES_SUFFIX}`"
            message = f"`{path.name}` has no place in `judgement/`"
            problems.append(Problem("K109", message, source=place, help=help_))
        elif str(path.inside.with_name(f"{stem}.lp")) not in part.listed:
            near = suggest(stem, [file.stem for file, _ in part.files(f"{path.inside.parent}/*.lp")])
            help_ = "an extension has examples in its criteria, or beside a judgement file of its own"
            message = f"`{path.name}` has no rule file `{stem}.lp` beside it"
            problems.append(Problem("K109", message, source=place, help=help_, nearest=near))
    return problems
