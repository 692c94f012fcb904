"""A missing extra is one sentence with a command that works from a clone."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == sys.argv[1]:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Missing())
from chromafield.cli.main import main
main(sys.argv[2:])
"""
FILMS = (
    ["old.mp4", "-o", "new.mp4"],
    ["preview", "old.mp4", "-o", "new.jpg"],
    ["check", "old.mp4"],
)
FILM = "Colouring film needs an optional package. Install it in Chromafield's folder with: "


@pytest.mark.parametrize("package", ["av", "scenedetect"])
@pytest.mark.parametrize("mode", FILMS)
def test_film_without_its_extra(package: str, mode: list[str]) -> None:
    command = [sys.executable, "-c", WITHOUT, package, "film", *mode]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"Error: {FILM}pip install '.[film]'\n"


@pytest.mark.parametrize(
    ("package", "field"), [("numba", "potts"), ("scipy", "mixture"), ("scipy", "levin")]
)
def test_a_field_without_its_extra(package: str, field: str) -> None:
    command = [sys.executable, "-c", WITHOUT, package, "colorize", "old.jpg", "--field", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: The field {field} needs an optional package.")
    assert done.stderr.endswith("pip install '.[fields]'\n")


@pytest.mark.parametrize("package", ["fastapi", "uvicorn"])
def test_the_studio_without_its_extra(package: str) -> None:
    command = [sys.executable, "-c", WITHOUT, package, "studio", "old.jpg"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The studio needs an optional package.")
    assert done.stderr.endswith("pip install '.[studio]'\n")
