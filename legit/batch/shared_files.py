"""Files that several machines see: paths of a shared folder, or URIs such as `s3://bucket/path`, by `pyarrow.fs`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit.errors import BatchError, Problem

if TYPE_CHECKING:
    import pyarrow as pa


class SharedFolder:
    """A folder or a file, and the files in it, by names relative to it. A file is written whole or not at all."""

    def __init__(self, file_system: Any, path: str, shown: str) -> None:
        self._fs = file_system
        self._path = path.rstrip("/")
        self._shown = shown
        self._module = import_optional("pyarrow.fs", "batch", "reading and writing files")

    def parquet_files(self) -> list[tuple[str, dict[str, Any]]]:
        """The Parquet files, with their size and the time of their last change, in the order of their names.

        The name of a single file is empty. Raises BatchError (B104) when there is none.
        """
        info = self._fs.get_file_info(self._path)
        if info.type == self._module.FileType.File:
            return [("", _state(info))]
        found = []
        if info.type == self._module.FileType.Directory:
            inside = self._fs.get_file_info(self._module.FileSelector(self._path, recursive=True))
            found = [
                (one.path[len(self._path) + 1 :], _state(one))
                for one in inside
                if one.type == self._module.FileType.File and one.extension == "parquet"
            ]
        if not found:
            help_ = "name a Parquet file, or a folder with .parquet files, that every node sees"
            raise BatchError(Problem("B104", "there is no Parquet file", source=self._shown, help=help_))
        return sorted(found)

    @contextmanager
    def reading(self, name: str) -> Iterator[Any]:
        """A file, open for reading. Raises BatchError (B104) when it cannot be read."""
        try:
            with self._fs.open_input_file(self._at(name)) as file:
                yield file
        except (OSError, ValueError) as error:
            if isinstance(error, BatchError):
                raise
            raise BatchError(Problem("B104", f"cannot be read: {error}", source=self._shown_at(name))) from error

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder within; none where there is no such folder."""
        selector = self._module.FileSelector(self._at(folder), allow_not_found=True)
        return [info.base_name for info in self._fs.get_file_info(selector)]

    def write(self, name: str, data: bytes) -> None:
        """Write a file. Raises BatchError (B105)."""
        with self._writing(name) as file:
            file.write(data)

    def write_parquet(self, name: str, table: pa.Table) -> None:
        """Write a table as a Parquet file. Raises BatchError (B105)."""
        parquet = import_optional("pyarrow.parquet", "batch", "writing Parquet")
        with self._writing(name) as file:
            parquet.write_table(table, file, compression="zstd")

    def remove_unfinished(self, folders: Sequence[str]) -> None:
        """Remove what was left by workers that were stopped."""
        for folder in folders:
            for name in self.names(folder):
                if name.startswith("."):
                    self._fs.delete_file(self._at(f"{folder}/{name}"))

    @contextmanager
    def _writing(self, name: str) -> Iterator[Any]:
        parent, _, last = self._at(name).rpartition("/")
        unfinished = f"{parent}/.{last}.{secrets.token_hex(4)}"
        try:
            self._fs.create_dir(parent, recursive=True)
            with self._fs.open_output_stream(unfinished) as file:
                yield file
            self._fs.move(unfinished, self._at(name))
        except OSError as error:
            raise BatchError(Problem("B105", f"cannot be written: {error}", source=self._shown_at(name))) from error

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}" if name else self._path

    def _shown_at(self, name: str) -> str:
        return f"{self._shown}/{name}" if name else self._shown


def open_shared(path: str) -> SharedFolder:
    """A path or a URI. Raises BatchError (B104) for a URI that cannot be opened."""
    module = import_optional("pyarrow.fs", "batch", "reading and writing files")
    if "://" not in path:
        return SharedFolder(module.LocalFileSystem(), Path(path).absolute().as_posix(), path)
    try:
        file_system, inside = module.FileSystem.from_uri(path)
    except (OSError, ValueError) as error:
        raise BatchError(Problem("B104", f"cannot be opened: {error}", source=path)) from error
    return SharedFolder(file_system, inside, path)


def _state(info: Any) -> dict[str, Any]:
    return {"size": info.size, "changed": info.mtime_ns}
