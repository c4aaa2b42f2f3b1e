"""What an operator sets of the service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from legit.judge import TIME_LIMIT
from legit.knowledge.base import DEFAULT_PROFILE


@dataclass(frozen=True)
class ServiceSettings:
    """What one process of the service is made with. It can be pickled, and sent to a worker.

    `base` is the folder of a knowledge base, None for the shipped one; `packs` are added to it; `profile` is the
    profile of requests that name none. `log` is the file of a decision log: decisions are on record before they are
    answered. `text_policy` is what the log keeps of quoted texts. `time_limit` is in seconds for each decision.
    `threads` is how many requests are judged at once in a process, `waiting` how many more may wait for a thread,
    `wait_seconds` how long a request may take until its answer begins. `kept_bytes` is how many bytes of answers are
    kept to be given again; 0 keeps none.
    """

    base: Path | None = None
    profile: str = DEFAULT_PROFILE
    packs: tuple[str, ...] = ()
    log: Path | None = None
    text_policy: str = "stored"
    time_limit: float = TIME_LIMIT
    threads: int = 4
    waiting: int = 128
    wait_seconds: float = 30.0
    kept_bytes: int = 32_000_000
