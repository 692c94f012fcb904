"""The fields' own tests get the functions themselves."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def themselves(forgetful: None) -> None:
    """Nothing is remembered from test to test."""
