"""Addresses, as of an object store or the web, and paths: which is which."""

from __future__ import annotations

import re
from pathlib import Path

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)  # a path has lost its second slash


def is_address(name: str) -> bool:
    """Whether it is an address and no path."""
    return ADDRESS.match(name) is not None


def spelled(path: Path) -> str:
    """A path as it was given: an address has both its slashes."""
    return re.sub(":/+", "://", str(path), count=1) if is_address(str(path)) else str(path)
