"""A small network's plan for films."""

from __future__ import annotations

from pathlib import Path

import pytest

from chromafield.film.plan import Plan
from chromafield.pipeline.colorizer import Settings


@pytest.fixture(scope="module")
def plan(tiny_weights: Path) -> Plan:
    return Plan(Settings(model=str(tiny_weights), size=64, views=1), codec="ffv1")
