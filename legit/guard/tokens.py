"""Tokens of clients: made, listed and revoked in a file that holds no token, only what a token is recognised by.

A token is `legit_ID_SECRET`. The secret has 256 random bits, so that one round of SHA-256 suffices to keep it: nobody
can search them (NIST SP 800-63B, 5.1.2.2, asks for a slow function only for secrets of fewer than 112 bits).
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.databases import is_database
from legit.errors import Problem, ServiceError

Scope = Literal["judge", "read-log", "write-log"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""What a token allows: to judge and read the base; to read the log; to override and redact."""

_ID_BYTES = 6
_OTHERS_MAY_USE = stat.S_IRWXG | stat.S_IRWXO
_TOKEN = re.compile(r"legit_([0-9a-f]{12})_([A-Za-z0-9_-]{43})\Z")


class TokenRecord(BaseModel):
    """What is kept of a token: its id, the name that an operator gave it, its scopes, its beginning and its end.

    Both times are in UTC; one that never ends has none. `digest` is the SHA-256 of the token.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    name: str
    scopes: tuple[Scope, ...] = Field(min_length=1)
    made: str
    ends: str = ""
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")

    def ended(self, now: str) -> bool:
        """Whether the token has ended at a time."""
        return bool(self.ends) and self.ends <= now


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    tokens: tuple[TokenRecord, ...] = ()


class TokenFile:
    """The file of the tokens of a server. It is read anew when it changes, so that a revoked token ends at once.

    Every method raises ServiceError (H016) when the file cannot be read or written, is no file of tokens, or can be
    read or written by others than its owner, who must be the current user or the administrator. Windows is not asked
    who can.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int, int] | None = None
        self._records: dict[str, TokenRecord] = {}

    def records(self) -> tuple[TokenRecord, ...]:
        """What is kept of every token, in the order in which they were made."""
        return tuple(self._read().values())

    def make(self, name: str, scopes: Sequence[Scope], ends: str = "") -> tuple[TokenRecord, str]:
        """Make a token. Returns what is kept of it, and the token itself, which is kept nowhere."""
        id_, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(32)
        token = f"legit_{id_}_{secret}"
        record = TokenRecord(
            id=id_, name=name, scopes=tuple(dict.fromkeys(scopes)), made=_now(), ends=ends, digest=_digest(token)
        )
        with self._alone():
            records = self._read() if self._path.exists() else {}
            self._write([*records.values(), record])
        return record, token

    def revoke(self, id_: str) -> TokenRecord:
        """Revoke the token of an id. Raises ServiceError (H017) when there is none."""
        with self._alone():
            records = self._read()
            if id_ not in records:
                named = tuple(record.id for record in records.values() if record.name == id_)
                told = Problem(
                    "H017", f"there is no token with the id `{id_[:40]}`", source=str(self._path),
                    help="`legit serve token list` shows the ids", nearest=named,
                )  # fmt: skip
                raise ServiceError(404, told)
            revoked = records.pop(id_)
            self._write(list(records.values()))
        return revoked

    def recognise(self, token: str) -> TokenRecord | None:
        """What is kept of a token; None for one that was never made, was revoked or has ended."""
        match = _TOKEN.match(token)
        record = self._read().get(match.group(1)) if match else None
        known = record.digest if record else "0" * 64
        same = hmac.compare_digest(_digest(token), known)
        return record if record and same and not record.ended(_now()) else None

    def _read(self) -> dict[str, TokenRecord]:
        try:
            state = self._path.stat()
            stamp = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)  # a change of rights too
            if stamp != self._stamp:
                found = _File.model_validate_json(self._read_own())
                self._records = {record.id: record for record in found.tokens}
                self._stamp = stamp
        except OSError as error:
            raise self._unusable(f"cannot be read: {error.strerror or error}") from error
        except ValidationError:
            raise self._unusable("is no file of tokens; `legit serve token make` makes one") from None
        return dict(self._records)

    def _read_own(self) -> bytes:
        """The bytes of the file, if nobody else can have written or read them."""
        with os.fdopen(os.open(self._path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise self._unusable("is no regular file")
            if hasattr(os, "geteuid"):
                if state.st_uid not in {os.geteuid(), 0}:
                    raise self._unusable("belongs to another user")
                if state.st_mode & _OTHERS_MAY_USE:
                    raise self._unusable("can be read or written by others: take their rights away (`chmod 600`)")
            return file.read()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time change the file: no token is lost, and none that was revoked comes back.

        The lock is on the folder, so that no further file is left. Windows has no such lock.
        """
        try:
            import fcntl
        except ImportError:
            yield
            return
        try:
            folder = os.open(self._path.absolute().parent, os.O_RDONLY)
        except OSError as error:
            raise self._unusable(f"cannot be written: {error.strerror or error}") from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, records: list[TokenRecord]) -> None:
        """Write the file beside its place and move it there: no reader sees half of it, and nobody else may read it."""
        if is_database(self._path):
            raise self._unusable("is a database, perhaps a decision log, or belongs to one")
        text = json.dumps(_File(tokens=tuple(records)).model_dump(mode="json"), indent=1) + "\n"
        try:
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError as error:
            raise self._unusable(f"cannot be written: {error.strerror or error}") from error
        self._stamp = None

    def _unusable(self, why: str) -> ServiceError:
        return ServiceError(503, Problem("H016", f"the file of tokens {why}", source=str(self._path)), retry_after=5)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
