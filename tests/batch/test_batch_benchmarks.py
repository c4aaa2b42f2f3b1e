"""The benchmarks of batches and of large logs run, at a tiny size."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from legit.judge import Judge
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])


def test_a_log_is_made_and_decided_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import log_many

    log_many.make(tmp_path / "log", 60, 20, workers=1)
    log_many.measure(["log", "replay", str(tmp_path / "log")])
    shown = capsys.readouterr().out
    assert "60 decisions replayed: 60 with the same verdict, guidance and findings" in shown
    assert "MB at most" in shown


def test_a_plot_has_a_bar_for_each_figure(tmp_path: Path) -> None:
    from bench_plots import bars, write_plot

    rows = [("one", 1000.0), ("two", 10.0)]
    picture = write_plot(tmp_path, "rates", bars("Rates", rows, "/s", logarithmic=True)).read_text(encoding="utf-8")
    assert picture.startswith("<svg xmlns=")
    assert picture.count("<rect") == 1 + len(rows)
    assert "1,000 /s" in picture


def test_the_figures_and_plots_of_a_batch(judge: Judge, tmp_path: Path) -> None:
    import batch_scaling

    for figures in (batch_scaling.by_number(judge, 100), batch_scaling.by_part(judge, 64)):
        assert all(value >= 0 for _, value in figures)
    rows = batch_scaling.by_size_of_base(judge, 64)
    assert [name for name, _ in rows] == [f"{times} times the criteria" for times in (1, 4, 16)]
