"""ComfyUI's node, loaded as ComfyUI loads it, beside what Python's call gives."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

import chromafield
from chromafield.errors import AlreadyColour
from chromafield.fields import list_fields

FOLDER = Path(__file__).parents[2] / "integrations" / "comfyui"


@pytest.fixture(scope="module")
def node() -> ModuleType:
    spec = importlib.util.spec_from_file_location("comfyui_node", FOLDER / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def batch(grey: np.ndarray) -> torch.Tensor:
    floats = torch.from_numpy(grey.astype(np.float32) / 255)
    return torch.stack([floats, floats.flip(1)])[..., None].repeat(1, 1, 1, 3)


def test_a_batch_comes_back_in_colour_and_in_its_order(
    node: ModuleType, grey_picture: np.ndarray
) -> None:
    given = batch(grey_picture)
    settings = {"field": "mean", "size": 32, "strength": 0.5, "vividness": 1.0, "force": False}
    one = node.NODE_CLASS_MAPPINGS["ChromafieldColorize"]()
    (colored,) = getattr(one, one.FUNCTION)(given, **settings)
    assert (colored.shape, colored.dtype) == (given.shape, given.dtype)
    for k in range(2):
        alone = chromafield.colorize(given[k].numpy(), **settings)
        assert np.array_equal(colored[k].numpy(), alone)
    with pytest.raises(AlreadyColour):
        one.colorize(torch.rand(1, 64, 64, 3), **settings)


def test_its_widgets_have_what_the_settings_have(node: ModuleType) -> None:
    inputs = node.ChromafieldColorize.INPUT_TYPES()["required"]
    assert inputs["field"][0] == list_fields()
    assert inputs["vividness"][1]["max"] == 2 and inputs["strength"][1]["default"] == 1.0
    assert node.NODE_DISPLAY_NAME_MAPPINGS.keys() == node.NODE_CLASS_MAPPINGS.keys()


def test_nothing_heavy_is_imported_with_it() -> None:
    code = f"import sys; sys.path.insert(0, {str(FOLDER.parent)!r}); import comfyui\n"
    code += "comfyui.ChromafieldColorize.INPUT_TYPES(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
