"""The audit of the use of tokens: a line of JSON for each request that a token was needed for, in a file."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

from legit._util.databases import is_database
from legit.errors import Problem, ServiceError


class Audit:
    """Appends a line to a file: the time, the id and the name of the token, the scope that was needed, and the status.

    Nothing of a request is in it: no address, no text, no token. A line is written with one call, so that processes
    may share the file. Raises ServiceError (H018) when the file cannot be written: a request is then not answered.
    """

    failed = False
    """Whether the last line could not be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = self._open()

    def record(self, token: str, name: str, scope: str, status: int) -> None:
        """Append a line; `token` is the id of a token, empty for none that is known."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, "token": token, "name": name, "scope": scope, "status": status})
        try:
            os.write(self._descriptor, f"{line}\n".encode())
        except OSError as error:
            self.failed = True
            raise self._unusable(error) from error
        self.failed = False

    def _open(self) -> int:
        if is_database(self._path):
            told = "the audit cannot be written: this is a database, perhaps a decision log, or belongs to one"
            raise ServiceError(503, Problem("H018", told, source=str(self._path), help="name another file"))
        try:
            return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> ServiceError:
        told = f"the audit cannot be written: {error.strerror or error}"
        return ServiceError(503, Problem("H018", told, source=str(self._path)), retry_after=5)


class AuditedUse:
    """The use of a token by one request, and its line in the audit, which is written before the answer begins.

    `token` and `name` are of the record of the token, empty as long as none is known; `scope` is the one it needs.
    """

    def __init__(self, audit: Audit, scope: str) -> None:
        self._audit = audit
        self._scope = scope
        self.token = ""
        self.name = ""
        self.recorded = False

    def record(self, status: int) -> None:
        """Append the line, with the status of the answer."""
        self.recorded = True
        self._audit.record(self.token, self.name, self._scope, status)
