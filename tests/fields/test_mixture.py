"""The mixture field against a gradient, a dense solve, a written-out density, and its own laws."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import chelsea

from chromafield.beliefs import GaussianBelief, LabelBelief, gaussian_to_labels
from chromafield.canvas.canvas import make_canvas
from chromafield.color import rgb_to_lab
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue, SolveError
from chromafield.fields import create_field
from chromafield.fields._grid import lightness_edges
from chromafield.fields.mixture import Config, MixtureField
from chromafield.models import load_model

seeds = st.integers(0, 10**6)


def problem(seed: int, h: int, w: int) -> tuple[torch.Tensor, LabelBelief]:
    """A guide with edges and flat parts, and labels, in double precision."""
    random = torch.Generator().manual_seed(seed)
    guide = 50 + torch.randn(1, 1, h, w, generator=random).double()
    energy = 3 * torch.randn(1, 261, h, w, generator=random).double()
    return guide, LabelBelief(energy, gamut_cells().double())


def energy_written_out(
    guide: torch.Tensor, belief: LabelBelief, x: torch.Tensor, config: Config
) -> torch.Tensor:
    """E pixel by pixel and edge by edge, by torch's own normal density, less its constant."""
    h, w = guide.shape[2:]
    p = belief.probability()[0]
    total = torch.zeros((), dtype=torch.float64)
    for i, j in itertools.product(range(h), range(w)):
        normal = torch.distributions.Normal(belief.palette, config.reach)
        density = normal.log_prob(x[0, :, i, j]).sum(1) + math.log(2 * math.pi * config.reach**2)
        total -= torch.logsumexp(p[:, i, j].log() / config.temperature + density, 0)
        for k, m in ((i + 1, j), (i, j + 1)):
            if k < h and m < w:
                step = (guide[0, 0, i, j] - guide[0, 0, k, m]) / 100
                weight = torch.exp(-(step**2) / config.sigma)
                square = (x[0, :, i, j] - x[0, :, k, m]).square().sum()
                total += config.strength / (2 * config.reach**2) * weight * square
    return total


@given(seed=seeds)
def test_its_energy_is_the_one_it_states(seed: int) -> None:
    guide, belief = problem(seed, 2, 3)
    config = Config(strength=2.0)
    x = 30 * torch.randn(1, 2, 2, 3, generator=torch.Generator().manual_seed(seed)).double()
    got = MixtureField(config).energy(lightness_edges(guide, config.sigma), belief, x)
    torch.testing.assert_close(got[0], energy_written_out(guide, belief, x, config))


# Where the search ends the gradient of the written-out energy is zero.
@settings(max_examples=30)
@given(seed=seeds)
def test_its_answer_is_a_stationary_point_of_the_energy(seed: int) -> None:
    guide, belief = problem(seed, 3, 4)
    config = Config(tolerance=1e-9, steps=20000)
    field = MixtureField(config)
    x = field.infer(field.prepare(guide), belief).unwrap().requires_grad_()
    (slope,) = torch.autograd.grad(energy_written_out(guide, belief, x, config), x)
    assert slope.abs().max() < 1e-6


@settings(max_examples=30)
@given(seed=seeds)
def test_no_step_raises_the_energy(seed: int) -> None:
    guide, belief = problem(seed, 4, 5)
    edges = lightness_edges(guide, Config().sigma)
    energies = []
    for steps in range(1, 8):
        field = MixtureField(Config(steps=steps, tolerance=1e-12))
        x = field.infer(field.prepare(guide), belief).value
        energies.append(float(field.energy(edges, belief, x)))
    assert all(b <= a + 1e-9 for a, b in itertools.pairwise(energies))


# With one sure cell a pixel the shares never change, and the answer is one linear system's.
@given(seed=seeds)
def test_sure_pixels_give_the_dense_solution_of_one_system(seed: int) -> None:
    guide, _ = problem(seed, 3, 4)
    random = torch.Generator().manual_seed(seed)
    cell = torch.randint(261, (1, 3, 4), generator=random)
    energy = torch.full((1, 261, 3, 4), 1e9).double().scatter(1, cell[:, None], 0.0)
    config = Config()
    field = MixtureField(config)
    got = field.infer(field.prepare(guide), LabelBelief(energy, gamut_cells().double())).unwrap()
    system = torch.eye(12).double()
    for i, j in itertools.product(range(3), range(4)):
        for k, m in ((i + 1, j), (i, j + 1)):
            if k < 3 and m < 4:
                step = (guide[0, 0, i, j] - guide[0, 0, k, m]) / 100
                pull = config.strength * torch.exp(-(step**2) / config.sigma)
                a, b = i * 4 + j, k * 4 + m
                system[a, a] += pull
                system[b, b] += pull
                system[a, b] -= pull
                system[b, a] -= pull
    told = gamut_cells().double()[cell[0].flatten()]
    expected = torch.linalg.solve(system, told).T.reshape(1, 2, 3, 4)
    torch.testing.assert_close(got, expected)


def test_without_strength_each_pixel_goes_to_its_own_densest_colour() -> None:
    """A sharp Gaussian's labels, widened, are densest at its own mean."""
    mean = torch.tensor([[23.0, -14.0], [0.0, 31.0]]).T[None, :, None]
    belief = GaussianBelief(mean, torch.full((1, 1, 1, 2), 1 / 100))
    field = MixtureField(Config(strength=0.0, temperature=1.0, reach=10.0, tolerance=1e-4))
    labels = gaussian_to_labels(belief, gamut_cells())
    got = field.infer(field.prepare(torch.zeros(1, 1, 1, 2)), labels).unwrap()
    torch.testing.assert_close(got, mean, atol=0.5, rtol=0)


def test_a_lone_pixel_joins_its_neighbours_instead_of_meeting_them_half_way() -> None:
    """Green all round, and second best to red in the middle: it turns green, not brown."""
    red, green = (
        int((gamut_cells() == torch.tensor(c)).all(1).nonzero()) for c in ((60, 40), (-50, 50))
    )
    p = torch.full((1, 261, 5, 5), 1e-6)
    p[:, green] = 0.9
    p[0, :, 2, 2] = 1e-6
    p[0, red, 2, 2], p[0, green, 2, 2] = 0.52, 0.47
    field = MixtureField(Config())
    guide = torch.full((1, 1, 5, 5), 40.0)
    ab = field.infer(field.prepare(guide), LabelBelief(-p.log(), gamut_cells())).unwrap()
    torch.testing.assert_close(ab[0, :, 2, 2], torch.tensor([-50.0, 50.0]), atol=3, rtol=0)


def test_colours_do_not_cross_an_edge_of_lightness() -> None:
    cells = gamut_cells()
    left, right = (int((cells == torch.tensor(c)).all(1).nonzero()) for c in ((60, 40), (-50, 50)))
    energy = torch.full((1, 261, 4, 6), 50.0)
    energy[:, left, :, :3], energy[:, right, :, 3:] = 0, 0
    guide = torch.full((1, 1, 4, 6), 30.0)
    guide[..., 3:] = 40
    field = MixtureField(Config())
    ab = field.infer(field.prepare(guide), LabelBelief(energy, cells)).unwrap()
    torch.testing.assert_close(ab[0, :, :, :3], cells[left].view(2, 1, 1).expand(2, 4, 3))
    torch.testing.assert_close(ab[0, :, :, 3:], cells[right].view(2, 1, 1).expand(2, 4, 3))


def test_what_has_not_settled_is_no_picture() -> None:
    guide, belief = problem(0, 4, 4)
    field = MixtureField(Config(steps=1))
    with pytest.raises(SolveError, match="step limit"):
        field.infer(field.prepare(guide), belief).unwrap()


def test_each_picture_of_a_batch_settles_by_itself() -> None:
    field = MixtureField(Config())
    problems = [problem(seed, 6, 6) for seed in (0, 3)]
    alone = [field.infer(field.prepare(guide), belief) for guide, belief in problems]
    assert alone[0].steps != alone[1].steps  # or one would not have waited for the other
    guides = torch.cat([guide for guide, _ in problems])
    energies = torch.cat([belief.energy for _, belief in problems])
    together = field.infer(
        field.prepare(guides), LabelBelief(energies, gamut_cells().double())
    ).unwrap()
    for i, one in enumerate(alone):
        torch.testing.assert_close(together[i], one.unwrap()[0])


def test_it_settles_on_a_photograph_at_its_defaults() -> None:
    rgb = torch.from_numpy(chelsea()[::2, ::2].copy()).movedim(-1, 0).float() / 255
    canvas = make_canvas(
        rgb_to_lab(rgb)[None, :1], load_model("lite-unet").model, create_field("mixture")
    )
    assert canvas.solve().isfinite().all()


@pytest.mark.parametrize(
    "options", [{"temperature": 0.0}, {"reach": -1.0}, {"sigma": 0.0}, {"strength": -1.0}]
)
def test_numbers_that_make_no_field_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(BadValue):
        Config(**options)  # type: ignore[arg-type]


# |m - A x| / |m|, with A entry by entry and m the mean of the cells that each pixel shares itself
# among, at the colours that come back.
@pytest.mark.parametrize("tolerance", [5.0, 1e-9])
def test_the_residual_that_is_claimed_is_the_true_one(tolerance: float) -> None:
    guide, belief = problem(3, 3, 4)
    config = Config(tolerance=tolerance, steps=20000)
    field = MixtureField(config)
    solution = field.infer(field.prepare(guide), belief)
    x, palette = solution.value[0].flatten(1).T, belief.palette
    log_p = belief.probability()[0].flatten(1).T.log() / config.temperature
    square = torch.cdist(x, palette).square()
    m = torch.softmax(log_p - square / (2 * config.reach**2), dim=1) @ palette
    edges = lightness_edges(guide, config.sigma)
    system = torch.eye(12).double()
    for i, j in itertools.product(range(3), range(4)):
        for weight, step in ((edges.right[0, i, j], 1), (edges.down[0, i, j], 4)):
            a, b, pull = i * 4 + j, i * 4 + j + step, config.strength * float(weight)
            if pull > 0:
                system[a, a] += pull
                system[b, b] += pull
                system[a, b] -= pull
                system[b, a] -= pull
    true = ((m - system @ x).norm(dim=0) / m.norm(dim=0)).max()
    assert solution.residual == pytest.approx(float(true), rel=1e-6, abs=1e-12)
    assert (solution.residual > 1e-6) is (tolerance > 1)
