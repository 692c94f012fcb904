"""The Potts field beside alpha-expansion, the strongest independent solver of the same costs."""

from __future__ import annotations

import itertools
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from skimage.data import chelsea

from chromafield.color import rgb_to_lab
from chromafield.fields._grid import Edges
from chromafield.fields.potts import Config
from chromafield.models import load_model

pytest.importorskip("gco")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "graph_cuts.py"


@pytest.fixture(scope="module")
def script() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)))


@pytest.mark.parametrize("seed", range(4))
def test_on_a_small_grid_expansion_finds_what_enumeration_finds(
    script: SimpleNamespace, seed: int
) -> None:
    random = np.random.default_rng(seed)
    h, w, k = 2, 3, 5
    pair = script.pair_costs(k, Config())
    unary = 10 * (1 - random.dirichlet(np.ones(k), (h, w)))
    edges = Edges(*(torch.from_numpy(0.3 * random.random((1, h, w))) for _ in range(2)))
    best = min(
        script.cost(np.array(y).reshape(h, w), unary, edges, pair)
        for y in itertools.product(range(k), repeat=h * w)
    )
    found = script.cost(script.expansion(unary, edges, pair), unary, edges, pair)
    assert best <= found <= 1.01 * best


def test_on_a_photograph_the_field_stays_near_expansion(script: SimpleNamespace) -> None:
    rgb = torch.from_numpy(chelsea()[::3, ::3].copy()).movedim(-1, 0).float() / 255
    eight, settled = script.gaps(rgb_to_lab(rgb)[None, :1], load_model("lite-unet").model)
    assert -0.01 < settled <= eight + 1e-3
    assert eight < 0.02
