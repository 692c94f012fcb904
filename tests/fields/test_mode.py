from __future__ import annotations

import torch

from chromafield.beliefs import GaussianBelief, LabelBelief
from chromafield.color.palette import gamut_cells
from chromafield.fields.mode import Config, ModeField


def test_the_mode_is_found_by_looking_at_every_cell() -> None:
    palette = gamut_cells()
    energy = torch.randn(2, len(palette), 3, 4)
    got = ModeField(Config()).infer(None, LabelBelief(energy, palette)).unwrap()
    for b in range(2):
        for y in range(3):
            for x in range(4):
                best = min(range(len(palette)), key=lambda k: float(energy[b, k, y, x]))
                assert torch.equal(got[b, :, y, x], palette[best])


def test_a_gaussian_belief_gives_the_cell_next_to_its_mean() -> None:
    mean = torch.tensor([12.0, -33.0])[None, :, None, None]
    got = ModeField(Config()).infer(None, GaussianBelief(mean, torch.ones(1, 1, 1, 1))).unwrap()
    assert got.flatten().tolist() == [10.0, -30.0]
