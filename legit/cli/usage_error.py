"""The error of a command that was called in a way that it cannot do."""

from __future__ import annotations

__all__ = ["UsageError", "os_error_reason"]


class UsageError(Exception):
    """The options of a command do not go together, or name what does not exist. The exit status is `USAGE`."""


def os_error_reason(error: OSError) -> str:
    """Why the system refused something, in lower case, as messages need it."""
    return (error.strerror or str(error) or "unknown reason").lower()
