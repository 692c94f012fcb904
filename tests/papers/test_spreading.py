"""Rivals at spreading points: the bilateral solver by dense matrices, Welsh by all distances."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from chromafield.errors import BadValue, SolveError
from chromafield.papers.points import welsh
from chromafield.papers.points.bilateral import (
    FREE,
    LIGHT,
    PLACE,
    SMOOTH,
    make_grid,
    spread_bilateral,
)


def picture(h: int = 20, w: int = 22, seed: int = 0) -> Tensor:
    """Two grey halves with some noise."""
    random = torch.Generator().manual_seed(seed)
    light = torch.full((1, 1, h, w), 30.0)
    light[..., w // 2 :] = 70
    return light + torch.rand(1, 1, h, w, generator=random)


def given(h: int = 20, w: int = 22) -> tuple[Tensor, Tensor]:
    ab, known = torch.zeros(1, 2, h, w), torch.zeros(1, 1, h, w)
    for y, x, colour in ((4, 3, (40.0, -10.0)), (12, 18, (-20.0, 30.0))):
        ab[0, :, y, x], known[0, 0, y, x] = torch.tensor(colour), 1
    return ab, known


def dense(light: Tensor, ab: Tensor, known: Tensor) -> np.ndarray:
    """The same energy with matrices of all cells, its minimum by elimination."""
    h, w = light.shape[2:]
    coordinates = [
        (round(y / PLACE), round(x / PLACE), round(float(light[0, 0, y, x].double()) / LIGHT))
        for y in range(h)
        for x in range(w)
    ]
    cells = sorted(set(coordinates))
    count = len(cells)
    splat = np.zeros((count, h * w))
    for pixel, cell in enumerate(coordinates):
        splat[cells.index(cell), pixel] = 1
    blur = np.zeros((count, count))
    for i, one in enumerate(cells):
        for j, other in enumerate(cells):
            steps = sum(abs(a - b) for a, b in zip(one, other, strict=True))
            blur[i, j] = {0: 6.0, 1: 1.0}.get(steps, 0.0)
    mass, n = splat.sum(1), np.ones(count)
    for _ in range(10):
        n = np.sqrt(n * mass / (blur @ n))
    mass = n * (blur @ n)
    c, t = known.double().numpy().ravel(), ab[0].double().numpy().reshape(2, -1)
    system = SMOOTH * (np.diag(mass) - n[:, None] * blur * n) + np.diag(splat @ c + FREE * mass)
    mean = (t * c).sum(1) / c.sum()
    right = splat @ (c * t).T + FREE * mass[:, None] * mean
    return (splat.T @ np.linalg.solve(system, right)).T.reshape(2, h, w)


def test_the_bilateral_solver_equals_its_dense_matrices() -> None:
    light, (ab, known) = picture(), given()
    found = spread_bilateral(make_grid(light), ab, known)
    np.testing.assert_allclose(found[0].numpy(), dense(light, ab, known), atol=0.05)


def test_blurs_rows_sum_to_the_cells_masses() -> None:
    grid = make_grid(picture())
    np.testing.assert_allclose(np.asarray(grid.weight.sum(1)).ravel(), grid.mass, rtol=1e-9)
    assert abs(grid.weight - grid.weight.T).max() < 1e-9


def test_colours_stay_on_their_side_of_an_edge() -> None:
    found = spread_bilateral(make_grid(picture()), *given())
    assert found[0, 0, :, :9].mean() > 30 and found[0, 0, :, 13:].mean() < -10


def test_one_colour_everywhere_stays_one_colour() -> None:
    ab, known = given()
    ab[:, 0], ab[:, 1] = 12.0, -7.0
    found = spread_bilateral(make_grid(picture()), ab, known)
    torch.testing.assert_close(found, ab, atol=1e-2, rtol=0)


def test_nothing_known_is_an_error() -> None:
    ab, known = given()
    with pytest.raises(SolveError, match="Nothing is known"):
        spread_bilateral(make_grid(picture()), ab, 0 * known)


def reference(seed: int = 0) -> Tensor:
    """Lightness says the colour: ab = (L - 50, 20 - L / 2)."""
    random = torch.Generator().manual_seed(seed)
    light = torch.rand(1, 1, 30, 33, generator=random).mul(80).add(10)
    light = torch.nn.functional.avg_pool2d(light, 3, 1, 1)
    return torch.cat([light, light - 50, 20 - light / 2], dim=1)


def test_welsh_takes_the_colour_of_the_nearest_sample() -> None:
    """By all distances between features that are computed window by window."""
    own, other = reference(1)[:, :1], reference(0)
    found = welsh.transfer(own, other, seed=3)
    light = other[0, 0].double().numpy()
    light = (light - light.mean()) * (own.double().std(correction=0).item() / light.std())
    light += own.double().mean().item()

    def deviation(plane: np.ndarray, y: int, x: int) -> float:
        padded = np.pad(plane, 2, mode="symmetric")
        return float(padded[y : y + 5, x : x + 5].std())

    rows, columns = welsh._jittered(light.shape, np.random.default_rng(3))
    samples = [(light[y, x], deviation(light, y, x)) for y, x in zip(rows, columns, strict=True)]
    plane = own[0, 0].double().numpy()
    for y, x in ((0, 0), (7, 20), (29, 32)):
        feature = (plane[y, x], deviation(plane, y, x))
        far = [(a - feature[0]) ** 2 + (b - feature[1]) ** 2 for a, b in samples]
        best = int(np.argmin(far))
        expected = other[0, 1:, rows[best], columns[best]]
        torch.testing.assert_close(found[0, :, y, x], expected)


def test_welsh_samples_one_place_a_cell() -> None:
    rows, columns = welsh._jittered((140, 280), np.random.default_rng(0))
    assert len({(y // 10, x // 20) for y, x in zip(rows, columns, strict=True)}) == 14 * 14


def test_the_nearest_reference_is_that_of_like_lightness() -> None:
    dark, bright = reference(0), reference(0)
    dark[:, :1], bright[:, :1] = dark[:, :1] / 3, 60 + bright[:, :1] / 3
    own = reference(5)[:, :1]
    assert welsh.nearest_reference(own / 3 + 2, [bright, dark]) is dark
    assert welsh.nearest_reference(own / 3 + 58, [bright, dark]) is bright
    with pytest.raises(BadValue, match="no reference"):
        welsh.nearest_reference(own, [])


def test_a_flat_reference_is_no_division_by_zero() -> None:
    flat = torch.cat([torch.full((1, 1, 8, 8), 40.0), torch.full((1, 2, 8, 8), 9.0)], dim=1)
    assert welsh.transfer(picture(), flat).unique().tolist() == [9.0]
