"""A case with many names grounds the rules again; cases that need no new grounding do not wait for it."""

from __future__ import annotations

import threading

import pytest

from legit.engine import engine_pool
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase

LARGEST = 24


def test_a_case_is_decided_while_another_grounds(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = judge.engines.within(Bounds())
    pool = engine_pool.EnginePool(judge.base)
    begun, go_on = threading.Event(), threading.Event()

    def grounded(base: KnowledgeBase, bounds: Bounds) -> Engine:
        if bounds != Bounds():
            begun.set()
            assert go_on.wait(60)
        return ready

    monkeypatch.setattr(engine_pool, "Engine", grounded)
    assert pool.within(Bounds()) is ready
    slow = threading.Thread(target=pool.within, args=(Bounds(LARGEST, LARGEST),), daemon=True)
    slow.start()
    assert begun.wait(60)
    served: list[Engine] = []
    other = threading.Thread(target=lambda: served.append(pool.within(Bounds())), daemon=True)
    other.start()
    other.join(60)
    assert served == [ready]
    go_on.set()
    slow.join(60)


def test_texts_of_any_names_and_dates_ground_at_most_sixteen_times() -> None:
    asked = {Bounds.for_case(names, dates) for names in range(LARGEST + 1) for dates in range(LARGEST + 1)}
    assert len(asked) == 16
    assert max(bounds.names for bounds in asked) == max(bounds.dates for bounds in asked) == LARGEST
