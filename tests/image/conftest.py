from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chromafield.image import Picture, read_picture


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Picture]:
    """Write bytes to a file and read it as a picture."""

    def write_and_read(data: bytes, name: str = "old.bin", **options: int) -> Picture:
        path = tmp_path / name
        path.write_bytes(data)
        return read_picture(path, **options)

    return write_and_read
