"""The engines of one knowledge base, one for each bounds, grounded when a case first needs them."""

from __future__ import annotations

import threading

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.knowledge.base import KnowledgeBase


class EnginePool:
    """Keeps the engines of one base. Instances may be shared between threads."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._engines: dict[Bounds, Engine] = {}
        self._lock = threading.Lock()

    def for_case(self, encoded: EncodedCase) -> Engine:
        """The engine with the smallest bounds that hold the names and dates of a case."""
        return self.within(Bounds.for_case(len(encoded.names), encoded.date_count))

    def within(self, bounds: Bounds) -> Engine:
        """The engine of these bounds. Raises KnowledgeBaseError (K501, K502, K509) when rules cannot be grounded.

        One engine is grounded at a time. Who needs one that is there does not wait for it.
        """
        ready = self._engines.get(bounds)
        if ready is not None:
            return ready
        with self._lock:
            if bounds not in self._engines:
                self._engines[bounds] = Engine(self._base, bounds)
            return self._engines[bounds]
