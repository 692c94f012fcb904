"""A small network's plan for films."""

from __future__ import annotations

from pathlib import Path

import pytest

from chromafield.film.settings import Plan
from chromafield.settings import Settings


@pytest.fixture(scope="module")
def plan(tiny_weights: Path) -> Plan:
    return Plan(Settings(model=str(tiny_weights), size=64, views=1), codec="ffv1")
