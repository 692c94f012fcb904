"""The solvers' benchmark at a small size."""

from __future__ import annotations

import pytest

from chromafield.benchmark import solvers
from chromafield.models.sampler.loading import Diverse


def test_every_solver_is_timed_and_measured_against_the_dense_answer(
    networks: Diverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, "load_diverse", lambda: networks)
    monkeypatch.setattr(solvers, "SIDES", (8, 16))
    monkeypatch.setattr(solvers, "DENSE_SIDE", 8)
    monkeypatch.setattr(solvers, "_growth", lambda side, name: 1.0)
    timings = list(solvers.solvers(1))
    names = [t.name for t in timings]
    assert "the paper's way, 8 x 8: form A, LU" in names
    assert "low rank, exact, 16 x 16: prepare" in names and "dense, 16 x 16: prepare" not in names
    notes = {t.name: t.note for t in timings}
    assert notes["dense, 8 x 8: one more sample or stroke, 10% known"].startswith("RMSE ")
    exact = notes["low rank, exact, 8 x 8: one more sample or stroke, 100% known"]
    assert float(exact.split()[-1]) < 1e-4
    bound = notes["conjugate gradients, 16 x 16: one more sample or stroke, 100% known"]
    assert bound.startswith("RMSE at most ") and float(bound.split()[-1]) < 1e-3
