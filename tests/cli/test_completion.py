"""What a shell completes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from chromafield.cli.main import main
from chromafield.fields import explain_field, list_fields
from chromafield.models import list_models


def completed(*words: str) -> list[str]:
    *before, incomplete = words
    shell = ShellComplete(main, {}, "chromafield", "_CHROMAFIELD_COMPLETE")
    return [item.value for item in shell.get_completions(before, incomplete)]


@pytest.mark.parametrize("lead", [("colorize", "a.jpg"), ("a.jpg",), ("film", "a.mp4")])
def test_fields_models_and_options_are_completed(
    lead: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMAFIELD_MODELS", str(tmp_path))
    assert completed(*lead, "--field", "") == list_fields()
    assert completed(*lead, "--field", "p") == ["potts"]
    assert completed(*lead, "--model", "") == list_models()
    assert completed(*lead, "--model", "lite-unet+paper-") == [
        f"lite-unet+{name}" for name in list_models() if name.startswith("paper-")
    ]
    own = [f"{option.name}=" for option in explain_field("potts")]
    assert completed(*lead, "--field", "potts", "--option", "") == own
    assert completed(*lead, "--field", "none", "--option", "") == []
    assert "--palette-strength" in completed(*lead, "--pal")


def test_commands_and_files_are_completed() -> None:
    assert completed("col") == ["colorize"]
    assert completed("fields", "mix") == ["mixture"]
    shell = ShellComplete(main, {}, "chromafield", "_CHROMAFIELD_COMPLETE")
    assert [item.type for item in shell.get_completions([], "grandm")] == ["file"]
