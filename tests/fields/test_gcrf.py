"""The second paper's field against a written-out system, its three solvers, and its own laws."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.beliefs import GaussianBelief
from chromafield.errors import BadValue, SolveError
from chromafield.fields import EqualMean, gcrf
from chromafield.fields._affinity import make_affinity
from chromafield.fields._low_rank import find_range
from chromafield.fields.gcrf import Config, GaussianCRF

seeds = st.integers(0, 10**6)
H, W = 4, 5


def embedding(seed: int, d: int = 3, h: int = H, w: int = W) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return 1.2 * torch.randn(1, d, h, w, generator=random).double()


def belief(seed: int, share: float = 1.0, h: int = H, w: int = W) -> GaussianBelief:
    """Colours everywhere, precisions at `share` of the pixels and at the first one."""
    random = torch.Generator().manual_seed(seed + 1)
    mean = 40 * torch.randn(1, 2, h, w, generator=random).double()
    known = torch.rand(1, 1, h, w, generator=random) < share
    known[..., 0, 0] = True
    return GaussianBelief(mean, known.double() * 0.01)


def written_out(
    guide: torch.Tensor, told: GaussianBelief, config: Config
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """S entry by entry, A and b from the paper's Equation 6 with the ridge."""
    e = guide[0].flatten(1).T
    p = len(e)
    s = torch.zeros(p, p, dtype=torch.float64)
    for i in range(p):
        scores = torch.stack([(e[i] * e[j]).sum() for j in range(p)])
        s[i] = (scores - scores.max()).exp() / (scores - scores.max()).exp().sum()
    one = torch.eye(p, dtype=torch.float64)
    beta = config.tau**2 * told.precision[0, 0].flatten()
    alpha = told.mean[0].flatten(1).T
    prior = (beta[:, None] * alpha).sum(0) / beta.sum()
    a = (one - s).T @ (one - s) + torch.diag(beta) + config.ridge * one
    return s, a, beta[:, None] * alpha + config.ridge * prior


def solved(guide: torch.Tensor, told: GaussianBelief, **options: object) -> torch.Tensor:
    field = GaussianCRF(Config(**options))  # type: ignore[arg-type]
    return field.infer(field.prepare(guide), told).unwrap()


@pytest.mark.parametrize(
    "options",
    [
        {"solver": "dense"},
        {"solver": "cg", "tolerance": 1e-12},
        {"solver": "low-rank", "rank": H * W},
        {"solver": "low-rank", "rank": 4, "exact": True, "tolerance": 1e-12},
    ],
    ids=["dense", "cg", "low-rank", "exact"],
)
@given(seed=seeds, share=st.sampled_from([1.0, 0.3, 0.0]))
def test_every_solver_agrees_with_the_system_written_out(
    options: dict[str, object], seed: int, share: float
) -> None:
    guide, told = embedding(seed), belief(seed, share)
    _, a, b = written_out(guide, told, Config())
    expected = torch.linalg.solve(a, b).T.reshape(1, 2, H, W)
    torch.testing.assert_close(solved(guide, told, **options), expected, rtol=1e-5, atol=1e-5)


def test_exact_answers_without_a_stored_s_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    guide, told = embedding(3), belief(3, 0.3)
    options = {"solver": "low-rank", "rank": 4, "exact": True, "tolerance": 1e-12}
    stored = solved(guide, told, **options)
    monkeypatch.setattr(gcrf, "STORED_PIXELS", 0)
    torch.testing.assert_close(solved(guide, told, **options), stored)


@given(seed=seeds)
def test_the_answer_has_the_least_energy(seed: int) -> None:
    guide, told, config = embedding(seed), belief(seed, 0.5), Config()
    s, _, _ = written_out(guide, told, config)
    beta = config.tau**2 * told.precision[0, 0].flatten()
    alpha = told.mean[0].flatten(1).T
    prior = (beta[:, None] * alpha).sum(0) / beta.sum()
    x = solved(guide, told)[0].flatten(1).T.clone().requires_grad_()
    energy = 0.5 * ((x - s @ x) ** 2).sum() + 0.5 * (beta[:, None] * (x - alpha) ** 2).sum()
    energy = energy + 0.5 * config.ridge * ((x - prior) ** 2).sum()
    (slope,) = torch.autograd.grad(energy, x)
    assert slope.abs().max() < 1e-6


@given(seed=seeds)
def test_s_is_a_reversible_average(seed: int) -> None:
    e = embedding(seed)[0].flatten(1).T
    affinity = make_affinity(e, torch.zeros(len(e)).double())
    s = affinity.dense()
    torch.testing.assert_close(s.sum(1), torch.ones(len(e)).double())
    torch.testing.assert_close(affinity.stored().matrix, s)
    values = torch.linalg.eigvals(s)
    assert values.imag.abs().max() < 1e-9
    assert values.real.min() > -1e-9 and values.real.max() < 1 + 1e-9
    v = torch.randn(len(e), 3, generator=torch.Generator().manual_seed(seed)).double()
    torch.testing.assert_close(affinity.times(v), s @ v)
    torch.testing.assert_close(affinity.transposed_times(v), s.T @ v)


@given(seed=seeds, rank=st.integers(1, 20))
def test_a_low_rank_s_still_averages(seed: int, rank: int) -> None:
    e = embedding(seed)[0].flatten(1).T
    low = find_range(make_affinity(e, torch.zeros(len(e)).double()), rank)
    torch.testing.assert_close((low.q @ low.v.T).sum(1), torch.ones(len(e)).double())
    torch.testing.assert_close(low.q.T @ low.q, torch.eye(rank).double())


def test_the_same_directions_are_found_every_time() -> None:
    """The suite remembers them on the strength of this (see `remembered.py`)."""
    e = embedding(0)[0].flatten(1).T
    affinity = make_affinity(e, torch.zeros(len(e)).double())
    torch.manual_seed(1)
    once = find_range(affinity, 6)
    torch.manual_seed(2)
    again = find_range(affinity, 6)
    assert torch.equal(once.wings, again.wings) and torch.equal(once.gram, again.gram)


def test_more_directions_come_nearer() -> None:
    guide, told = embedding(0, d=8, h=12, w=12), belief(0, 0.3, h=12, w=12)
    exact = solved(guide, told, solver="dense")
    errors = [
        float((solved(guide, told, solver="low-rank", rank=r, accuracy=1e9) - exact).abs().max())
        for r in (8, 32, 128)
    ]
    assert errors[0] > errors[1] > errors[2]


@given(seed=seeds)
def test_one_hint_alone_colours_everything_without_the_ridge(seed: int) -> None:
    told = belief(seed, share=0.0)
    got = solved(embedding(seed), told, ridge=0.0, solver="dense")
    torch.testing.assert_close(got, told.mean[:, :, :1, :1].expand_as(got), rtol=0, atol=1e-3)


@given(seed=seeds)
def test_a_step_of_all_hints_is_a_step_of_the_answer(seed: int) -> None:
    guide, told = embedding(seed), belief(seed, 0.4)
    step = torch.tensor([7.0, -11.0]).double().view(1, 2, 1, 1)
    moved = GaussianBelief(told.mean + step, told.precision)
    torch.testing.assert_close(solved(guide, moved), solved(guide, told) + step)


@given(seed=seeds)
def test_pixels_have_no_order(seed: int) -> None:
    guide, told = embedding(seed), belief(seed, 0.4)
    order = torch.randperm(H * W, generator=torch.Generator().manual_seed(seed))

    def shuffled(x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2)[..., order].reshape(x.shape)

    other = GaussianBelief(shuffled(told.mean), shuffled(told.precision))
    got = solved(shuffled(guide), other)
    torch.testing.assert_close(got, shuffled(solved(guide, told)))


def test_a_cluster_without_a_hint_takes_the_prior() -> None:
    """Two kinds of pixels with nothing in common; the hints lie in one, at two colours."""
    guide = torch.zeros(1, 2, 2, 6).double()
    guide[:, 0, 0], guide[:, 1, 1] = 12, 12
    mean = torch.zeros(1, 2, 2, 6).double()
    mean[0, 0, 0, :2] = torch.tensor([20.0, 40.0])
    precision = torch.zeros(1, 1, 2, 6).double()
    precision[0, 0, 0, :2] = 1.0
    got = solved(guide, GaussianBelief(mean, precision), solver="dense")
    torch.testing.assert_close(got[0, 0, 1], torch.full((6,), 30.0).double(), atol=0.1, rtol=0)


def test_a_guide_of_lightness_keeps_colours_on_their_side() -> None:
    guide = torch.full((1, 1, 6, 10), 20.0)
    guide[..., 5:] = 80
    mean = torch.zeros(1, 2, 6, 10)
    mean[0, 0, 2, 1], mean[0, 0, 2, 8] = 50, -50
    precision = (mean[:, :1] != 0).float()
    a = solved(guide, GaussianBelief(mean, precision))[0, 0]
    assert a[:, :5].min() > 25 and a[:, 5:].max() < -25


def test_nothing_known_is_refused_with_a_sentence() -> None:
    silent = GaussianBelief(torch.zeros(1, 2, H, W), torch.zeros(1, 1, H, W))
    with pytest.raises(SolveError, match="Nothing is known of the picture's colours"):
        solved(embedding(0).float(), silent)


def test_what_does_not_converge_is_no_picture() -> None:
    with pytest.raises(SolveError, match="step limit"):
        solved(embedding(0), belief(0, 0.3), solver="cg", steps=1, tolerance=1e-12)


@pytest.mark.parametrize(
    "options", [{"solver": "magic"}, {"tau": 0.0}, {"ridge": -1.0}, {"rank": 0}]
)
def test_numbers_that_make_no_field_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadValue):
        Config(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"solver": "dense"}, {"solver": "low-rank", "rank": H * W}])
def test_the_variance_is_that_of_the_density_written_out(options: dict[str, object]) -> None:
    guide, told = embedding(3), belief(3, share=0.4)
    config = Config(tau=2.0, **options)  # type: ignore[arg-type]
    field = GaussianCRF(config)
    _, a, _ = written_out(guide, told, config)
    expected = 4.0 * torch.linalg.inv(a).diagonal().reshape(1, H, W)
    torch.testing.assert_close(field.variance(field.prepare(guide), told), expected)


def test_conjugate_gradients_say_that_they_know_no_variance() -> None:
    field = GaussianCRF(Config(solver="cg"))
    with pytest.raises(BadValue, match="know no variance"):
        field.variance(field.prepare(embedding(0)), belief(0))


def regions() -> EqualMean:
    one, other = torch.zeros(H, W), torch.zeros(H, W)
    one[0, :2], other[2:, 3:] = 1.0, 0.5
    return EqualMean(one, other)


@pytest.mark.parametrize(
    "options", [{"solver": "dense"}, {"solver": "cg"}, {"solver": "low-rank", "rank": H * W}]
)
def test_tied_regions_share_one_average_colour_at_the_least_cost(
    options: dict[str, object],
) -> None:
    guide, told, pair = embedding(5), belief(5), regions()
    config = Config(tolerance=1e-10, **options)  # type: ignore[arg-type]
    field = GaussianCRF(config)
    prepared = field.prepare(guide)
    x = field.infer(prepared, told, [pair]).unwrap()[0]
    row = pair.row((H, W)).double()
    assert (row @ x.flatten(1).T).abs().max() < 1e-8
    # The KKT system of the constrained minimum, written out.
    _, a, b = written_out(guide, told, config)
    kkt = torch.zeros(H * W + 1, H * W + 1, dtype=torch.float64)
    kkt[:-1, :-1], kkt[:-1, -1], kkt[-1, :-1] = a, row, row
    expected = torch.linalg.solve(kkt, torch.cat([b, torch.zeros(1, 2)]))[:-1]
    torch.testing.assert_close(x.flatten(1).T, expected, rtol=1e-6, atol=1e-6)
    free = field.infer(prepared, told).unwrap()[0]
    assert (row @ free.flatten(1).T).abs().max() > 1


def test_ties_that_follow_from_others_change_nothing() -> None:
    field = GaussianCRF(Config())
    prepared, told = field.prepare(embedding(5)), belief(5)
    a, b, c = (torch.zeros(H, W) for _ in range(3))
    a[0, :2] = b[2, 3:] = c[3, :2] = 1.0
    two = [EqualMean(a, b), EqualMean(b, c)]
    expected = field.infer(prepared, told, two).unwrap()
    for more in (
        [EqualMean(a, c)],
        [EqualMean(a, b)],
        [EqualMean(a, a)],
        [EqualMean(c, a), EqualMean(b, b), EqualMean(b, a)],
    ):
        found = field.infer(prepared, told, [*two, *more]).unwrap()
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    means = [(region * expected[0]).sum((1, 2)) / region.sum() for region in (a, b, c)]
    torch.testing.assert_close(means[0], means[2], atol=1e-3, rtol=0)
    alone = field.infer(prepared, told, [EqualMean(a, a)]).unwrap()
    torch.testing.assert_close(alone, field.infer(prepared, told).unwrap())


def test_with_a_prior_nothing_need_be_told() -> None:
    field = GaussianCRF(Config())
    silent = GaussianBelief(torch.zeros(1, 2, H, W), torch.zeros(1, 1, H, W))
    found = field.infer(field.prepare(embedding(0)), silent, prior=(12.0, -7.0)).unwrap()
    expected = torch.tensor([12.0, -7.0])[:, None, None].expand(2, H, W)
    torch.testing.assert_close(found[0], expected, atol=1e-3, rtol=0)
    literal = GaussianCRF(Config(ridge=0.0))
    with pytest.raises(SolveError, match="Nothing is known"):
        literal.infer(literal.prepare(embedding(0)), silent, prior=(12.0, -7.0))


def test_a_tie_to_nothing_is_refused() -> None:
    field = GaussianCRF(Config())
    pair = EqualMean(torch.zeros(H, W), torch.ones(H, W))
    with pytest.raises(BadValue, match="covers none of the field's grid"):
        field.infer(field.prepare(embedding(0)), belief(0), [pair])


@given(seed=seeds)
def test_the_residual_is_what_the_system_lacks(seed: int) -> None:
    guide, told = embedding(seed), belief(seed, share=0.5)
    field = GaussianCRF(Config(solver="cg"))
    x = 20 * torch.randn(1, 2, H, W, generator=torch.Generator().manual_seed(seed)).double()
    _, a, b = written_out(guide, told, Config())
    expected = (b - a @ x[0].flatten(1).T).T.reshape(x.shape)
    torch.testing.assert_close(field.residual(field.prepare(guide), told, x), expected)


def without_row(guide: torch.Tensor, told: GaussianBelief, pinned: torch.Tensor) -> torch.Tensor:
    """The system written out, less the rows of the pinned pixels, whose colours are known."""
    loose = GaussianBelief(told.mean, torch.where(pinned, 0.0, told.precision))
    _, a, _ = written_out(guide, loose, Config(ridge=0.0))
    mean, flat = told.mean[0].flatten(1).T, pinned.flatten()
    beta = Config().tau ** 2 * loose.precision[0, 0].flatten()
    a = a + Config().ridge * torch.eye(len(a)).double()
    b = beta[:, None] * mean + Config().ridge * mean[flat].mean(0)
    x = mean.clone()
    x[~flat] = torch.linalg.solve(a[~flat][:, ~flat], b[~flat] - a[~flat][:, flat] @ mean[flat])
    return x.T.reshape(1, 2, H, W)


SOLVERS = {
    "dense": {"solver": "dense"},
    "cg": {"solver": "cg", "tolerance": 1e-12},
    "low-rank": {"solver": "low-rank", "rank": H * W},
    "exact": {"solver": "low-rank", "rank": 4, "exact": True, "tolerance": 1e-12},
}


@pytest.mark.parametrize("options", SOLVERS.values(), ids=SOLVERS)
@given(seed=seeds)
def test_infinite_precision_is_a_row_less(options: dict[str, object], seed: int) -> None:
    guide, told = embedding(seed), belief(seed, share=0.5)
    pinned = torch.rand(1, 1, H, W, generator=torch.Generator().manual_seed(seed)) < 0.3
    pinned[..., 1, 1] = True
    sure = GaussianBelief(told.mean, torch.where(pinned, float("inf"), told.precision))
    field = GaussianCRF(Config(**options))  # type: ignore[arg-type]
    prepared = field.prepare(guide)
    got = field.infer(prepared, sure).unwrap()
    torch.testing.assert_close(got, without_row(guide, told, pinned), rtol=1e-5, atol=1e-5)
    where = pinned.expand_as(got)
    assert torch.equal(got[where], told.mean[where])
    assert field.residual(prepared, sure, got).abs().max() < 1e-4
    almost = GaussianBelief(told.mean, torch.where(pinned, 1e6, told.precision))
    limit = field.infer(prepared, almost).unwrap()
    torch.testing.assert_close(got, limit, rtol=0, atol=0.05)


def test_an_exact_colour_has_no_variance() -> None:
    told = belief(0, share=0.5)
    told.precision[..., 2, 2] = float("inf")
    for options in ({"solver": "dense"}, {"solver": "low-rank", "rank": H * W}):
        field = GaussianCRF(Config(**options))  # type: ignore[arg-type]
        found = field.variance(field.prepare(embedding(0)), told)
        assert float(found[0, 2, 2]) == 0 and (found.flatten() > 0).sum() == H * W - 1


def test_exact_colours_stay_where_regions_are_tied() -> None:
    field, told, pair = GaussianCRF(Config()), belief(5), regions()
    told.precision[..., 0, 0] = float("inf")
    x = field.infer(field.prepare(embedding(5)), told, [pair]).unwrap()[0]
    assert torch.equal(x[:, 0, 0], told.mean[0, :, 0, 0])
    assert (pair.row((H, W)).double() @ x.flatten(1).T).abs().max() < 1e-8
    told.precision.fill_(float("inf"))
    with pytest.raises(SolveError, match="both given exactly"):
        field.infer(field.prepare(embedding(5)), told, [pair])


@pytest.mark.parametrize("options", SOLVERS.values(), ids=SOLVERS)
@given(seed=seeds)
def test_the_residual_that_is_claimed_is_the_true_one(
    options: dict[str, object], seed: int
) -> None:
    guide, told = embedding(seed), belief(seed, 0.3)
    field = GaussianCRF(Config(**options | {"accuracy": 1e9}))  # type: ignore[arg-type]
    solution = field.infer(field.prepare(guide), told)
    _, a, b = written_out(guide, told, Config())
    missing = b - a @ solution.value[0].flatten(1).T
    true = float((missing.norm(dim=0) / b.norm(dim=0)).max())
    assert solution.residual == pytest.approx(true, rel=1e-3, abs=1e-9)


def test_a_poor_low_rank_answer_says_so_and_is_solved_anew() -> None:
    """Two known pixels, no ridge, and vectors that four directions cannot hold."""
    guide, told = embedding(0, d=4, h=12, w=12), belief(0, 0.0, h=12, w=12)
    told.precision[..., 5, 7] = 0.01
    options: dict[str, object] = {"solver": "low-rank", "rank": 4, "ridge": 0.0}
    truth = solved(guide, told, solver="dense", ridge=0.0)
    field = GaussianCRF(Config(**options, accuracy=1e9))  # type: ignore[arg-type]
    poor = field.infer(field.prepare(guide), told)
    assert poor.residual > 1e-3 and (poor.value - truth).abs().max() > 1
    field = GaussianCRF(Config(**options, tolerance=1e-12))  # type: ignore[arg-type]
    sound = field.infer(field.prepare(guide), told)
    assert sound.steps > 0 and sound.residual <= 1e-12
    torch.testing.assert_close(sound.unwrap(), truth, rtol=0, atol=0.1)
    field = GaussianCRF(Config(**options, steps=1))  # type: ignore[arg-type]
    with pytest.raises(SolveError, match="step limit"):
        field.infer(field.prepare(guide), told).unwrap()


def test_a_dense_answer_that_misses_its_tolerance_is_no_picture() -> None:
    field = GaussianCRF(Config(solver="dense", tolerance=1e-300))
    with pytest.raises(SolveError, match="farther from its solution"):
        field.infer(field.prepare(embedding(0)), belief(0, 0.3)).unwrap()
