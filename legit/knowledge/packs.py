"""Packs: extensions that are chosen by name and combine. `docs/packs/index.md` describes them for users.

A pack is a base that extends the shipped one, or another pack. Chosen packs make one base: the layers of all of them,
each once, in an order that does not depend on how they were named. Nothing replaces anything, so that the order changes
no answer (`docs/decisions/0012-extensions.md`). What two packs both define is refused when they are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base_files import PACKS_FOLDER
from legit.knowledge.layers import Layer, Layers, layers_of, shipped_base
from legit.knowledge.toml_files import read_toml


def shipped_packs() -> dict[str, Path]:
    """The folders of the packs that come with the package, by name."""
    folders = sorted(path.parent for path in (shipped_base() / PACKS_FOLDER).glob("*/base.toml"))
    return {folder.name: folder for folder in folders}


def pack_folder(pack: str | Path) -> Path:
    """The folder of a pack: the shipped pack of that name, or else the folder at that path.

    Raises KnowledgeBaseError (K111) when there is neither.
    """
    known = shipped_packs()
    if isinstance(pack, str) and pack in known:
        return known[pack]
    folder = Path(pack)
    if "\0" not in str(pack) and str(pack).strip() and (folder / "base.toml").is_file():
        return folder
    help_ = f"the packs are {', '.join(known)}; a pack of your own is named by its folder"
    message = f"there is no pack `{str(pack)[:80]}`"
    raise KnowledgeBaseError(Problem("K111", message, help=help_, nearest=suggest(str(pack), known)))


def combined_layers(folder: Path, packs: Iterable[str | Path]) -> Layers:
    """The layers of the base in `folder` with packs, each layer once, what is extended before what extends it.

    Raises KnowledgeBaseError as `layers_of` does, and K111 for a pack that does not exist or extends another base.
    """
    chains = [layers_of(folder), *(layers_of(pack_folder(pack)) for pack in packs)]
    first = chains[0][0].root.resolve()
    found: dict[Path, tuple[int, Layer]] = {}
    for chain in chains:
        if chain[0].root.resolve() != first:
            message = f"`{chain[-1].display_name}` does not extend `{chains[0][0].display_name}`"
            help_ = "a pack extends the base that it is chosen with"
            raise KnowledgeBaseError(Problem("K111", message, source=f"{chain[-1].display_name}/base.toml", help=help_))
        for depth, part in enumerate(chain):
            found.setdefault(part.root.resolve(), (depth, part))
    ordered = [part for _, part in sorted(found.values(), key=lambda item: (item[0], item[1].display_name))]
    if len(chains) > 1:
        _check_names(ordered)
    return tuple(ordered)


def _check_names(layers: list[Layer]) -> None:
    """K111 where two folders have one name, or the path by which a pack is extended does not end in its name.

    The decision log stores the layers one within the other, and finds by name which extends which.
    """
    problems = []
    for number, part in enumerate(layers):
        place = f"{part.display_name}/base.toml"
        if any(other.display_name == part.display_name for other in layers[:number]):
            problems.append(Problem("K111", f"two packs are called `{part.display_name}`", source=place))
        extends = PurePosixPath(str(read_toml(*part.file("base.toml")).get("extends", ""))).name
        below = next((item for item in layers if item.display_name == part.extends), None)
        name = below and read_toml(*below.file("base.toml")).get("name")
        if below is not None and extends != name:
            help_ = "give the folder the name of the base in it"
            problems.append(
                Problem("K111", f"`extends` names the base `{name}` as `{extends}`", source=place, help=help_)
            )
    if problems:
        raise KnowledgeBaseError(*problems)
