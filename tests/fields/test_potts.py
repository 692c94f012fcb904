"""The Potts field against enumeration, pixel-by-pixel updates, and its own laws."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numba.core import event

from chromafield.beliefs import (
    Belief,
    ChannelBeliefs,
    LabelBelief,
    Proposal,
    channel_bins,
    gaussian_to_labels,
    labels_to_gaussian,
    marginals,
)
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue
from chromafield.fields import Past, Result, _ascent
from chromafield.fields._ascent import Reward, _messages, ascend, by_torch
from chromafield.fields._grid import Edges, lightness_edges
from chromafield.fields.potts import Config, PottsField

seeds = st.integers(0, 10**6)
REWARD = Reward(same=10.0, near=3.0, reach=2)


def problem(seed: int, k: int, h: int, w: int, strength: float = 1.0) -> tuple[torch.Tensor, Edges]:
    """Scores and edges in double precision, the border's edges 0."""
    random = torch.Generator().manual_seed(seed)
    theta = 10 * torch.softmax(2 * torch.randn(k, h, w, generator=random).double(), 0)
    right, down = strength * torch.rand(2, 1, h, w, generator=random).double()
    right[..., -1], down[:, -1] = 0, 0
    return theta, Edges(right, down)


def pairs(h: int, w: int, edges: Edges) -> list[tuple[int, int, float]]:
    """Each edge once: the two pixels' numbers and the weight."""
    found = []
    for y, x in itertools.product(range(h), range(w)):
        if x < w - 1:
            found.append((y * w + x, y * w + x + 1, float(edges.right[0, y, x])))
        if y < h - 1:
            found.append((y * w + x, y * w + x + w, float(edges.down[0, y, x])))
    return found


def enumerate_all(
    theta: torch.Tensor, edges: Edges, reward: Reward
) -> tuple[np.ndarray, np.ndarray]:
    """Every labelling and its log-score."""
    k, h, w = theta.shape
    flat, pair = theta.flatten(1).numpy(), reward.matrix(k)
    labellings = np.array(list(itertools.product(range(k), repeat=h * w)))
    scores = flat[labellings, np.arange(h * w)].sum(1)
    for i, j, weight in pairs(h, w, edges):
        scores = scores + weight * pair[labellings[:, i], labellings[:, j]]
    return labellings, scores


def pixel_by_pixel(
    theta: torch.Tensor, edges: Edges, reward: Reward, sweeps: int
) -> tuple[np.ndarray, list[float]]:
    """The same ascent written out: one pixel after the other, red ones first, dense products."""
    k, h, w = theta.shape
    scores, pair = theta.flatten(1).numpy().T, reward.matrix(k)
    neighbours: dict[int, list[tuple[int, float]]] = {i: [] for i in range(h * w)}
    for i, j, weight in pairs(h, w, edges):
        neighbours[i].append((j, weight))
        neighbours[j].append((i, weight))
    q = np.full((h * w, k), 1 / k)
    bounds = [elbo(q, scores, pairs(h, w, edges), pair)]
    order = sorted(range(h * w), key=lambda i: (i // w + i % w) % 2)
    for _ in range(sweeps):
        for i in order:
            f = scores[i] + sum(weight * pair @ q[j] for j, weight in neighbours[i])
            new = np.exp(f - f.max())
            q[i] = new / new.sum()
            bounds.append(elbo(q, scores, pairs(h, w, edges), pair))
    return q.T.reshape(k, h, w), bounds


def elbo(q: np.ndarray, scores: np.ndarray, found: list, pair: np.ndarray) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nansum(np.where(q > 0, q * np.log(q), 0))
    return float((q * scores).sum() + entropy + sum(w * q[i] @ pair @ q[j] for i, j, w in found))


def after(states, sweeps: int) -> tuple[torch.Tensor, float]:
    q, bound = next(itertools.islice(states, sweeps, None))
    return q.clone(), bound


@given(seed=seeds)
def test_the_bound_never_passes_the_exact_log_partition_function(seed: int) -> None:
    theta, edges = problem(seed, k=4, h=2, w=3)
    _, scores = enumerate_all(theta, edges, REWARD)
    log_z = float(torch.logsumexp(torch.from_numpy(scores), 0))
    bounds = [bound for _, bound in itertools.islice(ascend(theta, edges, REWARD), 12)]
    assert all(b <= log_z + 1e-9 for b in bounds)
    assert all(later >= sooner - 1e-9 for sooner, later in itertools.pairwise(bounds))


@given(seed=seeds)
def test_without_edges_the_marginals_are_exact(seed: int) -> None:
    theta, edges = problem(seed, k=3, h=2, w=2, strength=0.0)
    labellings, scores = enumerate_all(theta, edges, REWARD)
    p = np.exp(scores - scores.max())
    exact = np.stack([(p[:, None] * (labellings == k)).sum(0) for k in range(3)]) / p.sum()
    q, bound = after(ascend(theta, edges, REWARD), 1)
    np.testing.assert_allclose(q.flatten(1).numpy(), exact, atol=1e-12)
    assert bound == pytest.approx(np.log(np.exp(scores).sum()), rel=1e-12)


def test_the_decoded_labelling_is_the_best_one_in_most_small_problems() -> None:
    """Mean field may end in another optimum; it finds the exact best in at least 3 of 4 here."""
    found = 0
    for seed in range(60):
        theta, edges = problem(seed, k=4, h=2, w=3, strength=0.3)
        labellings, scores = enumerate_all(theta, edges, REWARD)
        q, _ = after(ascend(theta, edges, REWARD), 30)
        ours = q.argmax(0).flatten().numpy()
        score = scores[(labellings == ours).all(1)][0]
        assert score <= scores.max()
        found += bool(score == scores.max())
    assert found >= 45


@given(seed=seeds, h=st.integers(1, 5), w=st.integers(1, 5), k=st.integers(1, 9))
def test_red_and_black_equal_pixel_by_pixel(seed: int, h: int, w: int, k: int) -> None:
    theta, edges = problem(seed, k, h, w)
    q, bounds = pixel_by_pixel(theta, edges, REWARD, sweeps=3)
    assert all(later >= sooner - 1e-9 for sooner, later in itertools.pairwise(bounds))
    for ours in (ascend, _torch_from_the_start):
        got, bound = after(ours(theta, edges, REWARD), 3)
        np.testing.assert_allclose(got.numpy(), q, atol=1e-9)
        assert bound == pytest.approx(bounds[-1], rel=1e-9, abs=1e-9)


def _torch_from_the_start(theta, edges, reward):
    yield next(ascend(theta, edges, reward))
    yield from by_torch(theta, edges, reward)


def test_the_uniform_starts_bound_is_the_bound_of_uniform_marginals() -> None:
    theta, edges = problem(0, k=5, h=3, w=4)
    _, bounds = pixel_by_pixel(theta, edges, REWARD, sweeps=0)
    assert next(ascend(theta, edges, REWARD))[1] == pytest.approx(bounds[0], rel=1e-12)


def test_the_kernel_and_torch_agree_in_single_precision() -> None:
    """To 1e-5 after a sweep; strong coupling lets rounding grow to at most 1e-4 in eight."""
    theta, edges = problem(1, k=25, h=40, w=37)
    for sweeps, within in ((1, 1e-5), (8, 1e-4)):
        kernel, a = after(ascend(theta.float(), edges, REWARD), sweeps)
        plain, b = after(_torch_from_the_start(theta.float(), edges, REWARD), sweeps)
        torch.testing.assert_close(kernel, plain, atol=within, rtol=0)
        assert a == pytest.approx(b, rel=1e-5)


@given(seed=seeds, reach=st.integers(0, 4))
def test_the_running_sum_is_the_dense_product(seed: int, reach: int) -> None:
    theta, edges = problem(seed, k=7, h=3, w=4)
    q, reward = theta / theta.sum(0), Reward(10.0, 3.0, reach)
    heard = torch.zeros_like(q).flatten(1)
    for i, j, weight in pairs(3, 4, edges):
        heard[:, i] += weight * q.flatten(1)[:, j]
        heard[:, j] += weight * q.flatten(1)[:, i]
    dense = torch.from_numpy(reward.matrix(7)) @ heard
    torch.testing.assert_close(_messages(q, edges, reward).flatten(1), dense)


def test_edge_weights_by_hand() -> None:
    """One 8-bit level of lightness, 0.392 L: w = exp(-0.00392^2 / 1e-4) = 0.857."""
    guide = torch.tensor([[50.0, 50 + 100 / 255], [50.0, 60.0]])[None, None].double()
    edges = lightness_edges(guide, 1e-4)
    assert edges.right[0, 0, 0].item() == pytest.approx(0.8575, abs=1e-4)
    assert edges.down[0, 0, 0].item() == 1
    assert edges.right[0, 1, 0].item() < 1e-40
    assert edges.right[0, :, 1].tolist() == [0, 0] and edges.down[0, 1].tolist() == [0, 0]


def belief(seed: int, h: int = 8, w: int = 9) -> LabelBelief:
    random = torch.Generator().manual_seed(seed)
    energy = 4 * torch.randn(1, len(gamut_cells()), h, w, generator=random)
    return LabelBelief(energy, gamut_cells())


def test_far_lightness_steps_leave_each_pixel_alone() -> None:
    guide = torch.arange(72.0).reshape(1, 1, 8, 9) % 2 * 50 + torch.arange(8.0)[:, None] % 2 * 25
    told = belief(0)
    got = PottsField(Config()).infer(lightness_edges(guide, 1e-4), told).unwrap()
    for c, labels in enumerate((marginals(told).a, marginals(told).b)):
        q = torch.softmax(10 * labels.probability(), 1)
        alone = torch.einsum("bkhw,k->bhw", q, labels.palette[:, 0])
        torch.testing.assert_close(got[:, c], alone, atol=1e-3, rtol=0)


def test_one_sure_pixel_colours_a_flat_region_and_stops_at_an_edge() -> None:
    bins = channel_bins(torch.zeros(()))[:, None]
    p = torch.full((1, 25, 6, 12), 1 / 25)
    p[0, :, 2, 2] = 0
    p[0, 17, 2, 2] = 1  # +50
    labels = LabelBelief(-p.log(), bins)
    guide = torch.full((1, 1, 6, 12), 30.0)
    guide[..., 6:] = 60
    field = PottsField(Config(sweeps=200, tolerance=0.0))
    a = field.infer(field.prepare(guide), ChannelBeliefs(labels, labels)).unwrap()[0, 0]
    assert (a[:, :6] - 50).abs().max() < 5
    assert a[:, 6:].abs().max() < 25


def test_turning_the_bins_round_turns_the_answer_round() -> None:
    told = marginals(belief(3))
    turned = ChannelBeliefs(*(LabelBelief(c.energy.flip(1), c.palette) for c in (told.a, told.b)))
    guide = 50 + torch.rand(1, 1, 8, 9, generator=torch.Generator().manual_seed(3))
    field = PottsField(Config())
    edges = field.prepare(guide)
    plain, other = field.infer(edges, told).unwrap(), field.infer(edges, turned).unwrap()
    torch.testing.assert_close(plain, -other, atol=1e-2, rtol=0)


def test_it_starts_grey_and_reports_a_rising_bound() -> None:
    field, told = PottsField(Config(tolerance=0.0)), belief(4)
    edges = field.prepare(torch.full((1, 1, 8, 9), 40.0))
    states = field.sweeps(edges, told, 8)
    assert len(states) == 9
    assert states[0].ab.abs().max() < 1e-3
    assert all(b.bound >= a.bound - 1e-3 for a, b in itertools.pairwise(states))
    solution = field.infer(edges, told)
    assert solution.steps == 8 and solution.result is Result.SWEPT
    assert solution.bounds == pytest.approx([state.bound for state in states])
    torch.testing.assert_close(solution.unwrap(), states[-1].ab)


def test_it_stops_when_the_bound_no_longer_rises() -> None:
    guide = torch.arange(9.0) % 2 * 50 + torch.arange(8.0)[:, None] % 2 * 25
    field = PottsField(Config())
    solution = field.infer(field.prepare(guide[None, None]), belief(5))
    assert solution.steps <= 2  # no edge binds: the first sweep is the answer
    assert solution.residual < 1e-4 and solution.result is Result.CONVERGED
    assert len(solution.bounds) == solution.steps + 1


def test_the_kernel_leaves_torch_its_threads() -> None:
    field = PottsField(Config())
    guide = torch.rand(1, 1, 8, 9) * 100
    field.infer(field.prepare(guide), belief(5))
    assert torch.get_num_threads() == 1  # as conftest.py has set it


# One pixel without a neighbour: q = softmax(theta). Bins 20 and -20 have p = 0.64 and 0.36, the
# other 23 none, which cancel in the mean: 20 (e^u - e^v) / (e^u + e^v + the others).
@pytest.mark.parametrize(
    ("unary", "u", "v", "others"),
    [
        ("prob", 6.4, 3.6, 23.0),  # theta = 10 p, and 0 where p is 0
        ("sqrt", 8.0, 6.0, 23.0),  # of p: section 3.2's "slightly smoother results"
        ("log", 10 * math.log(0.64), 10 * math.log(0.36), 0.0),
    ],
)
def test_each_unary_by_hand(unary: str, u: float, v: float, others: float) -> None:
    bins = channel_bins(torch.zeros(()).double())[:, None]
    energy = torch.full((1, 25, 1, 1), math.inf).double()
    energy[:, 14], energy[:, 10] = -math.log(0.64), -math.log(0.36)
    labels = LabelBelief(energy, bins)
    expected = 20 * (math.exp(u) - math.exp(v)) / (math.exp(u) + math.exp(v) + others)
    for decode, value in (("mean", expected), ("mode", 20.0)):
        field = PottsField(Config(unary=unary, decode=decode))
        edges = field.prepare(torch.full((1, 1, 1, 1), 40.0))
        got = field.infer(edges, ChannelBeliefs(labels, labels)).unwrap()
        assert got.flatten().tolist() == pytest.approx([value, value], abs=1e-6)


@pytest.mark.parametrize(
    "options", [{"unary": "square"}, {"decode": "median"}, {"sigma": 0.0}, {"sweeps": 0}]
)
def test_numbers_that_make_no_field_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadValue):
        Config(**options)  # type: ignore[arg-type]


def test_the_frame_before_is_one_more_neighbour() -> None:
    field = PottsField(Config(time=0.7))
    random = torch.Generator().manual_seed(3)
    bins = channel_bins(torch.zeros(1))[:, None]
    energies = [torch.rand(1, 25, 1, 1, generator=random, dtype=torch.float64) for _ in "ab"]
    belief = ChannelBeliefs(*(LabelBelief(energy, bins.double()) for energy in energies))
    before = [torch.rand(1, 25, 1, 1, generator=random, dtype=torch.float64) for _ in "ab"]
    before = [q / q.sum() for q in before]
    prepared = field.prepare(torch.full((1, 1, 1, 1), 50.0))
    trust = torch.full((1, 1, 1, 1), 0.5, dtype=torch.float64)
    _, found = field.follow(prepared, belief, Past(before[0], before[1], trust))
    step = (torch.arange(25)[:, None] - torch.arange(25)).abs()
    pair = 10.0 * (step == 0) + 3.0 * ((step > 0) & (step <= 2))
    for q, labels, past in zip(found, (belief.a, belief.b), before, strict=True):
        # A pixel alone with one neighbour that stands: its best q is exact.
        theta = 10 * labels.probability()[0, :, 0, 0] + 0.35 * pair.double() @ past[0, :, 0, 0]
        torch.testing.assert_close(q[0, :, 0, 0], torch.softmax(theta, 0))
    alone, _ = field.follow(prepared, belief, None)
    assert torch.equal(alone.value, field.infer(prepared, belief).value)


def both_beliefs(seed: int) -> Proposal:
    """Joint cells that lean one way, bins of their own that lean the other."""
    random = torch.Generator().manual_seed(seed)
    joint = LabelBelief(3 * torch.randn(1, 261, 4, 5, generator=random), gamut_cells())
    other = LabelBelief(3 * torch.randn(1, 261, 4, 5, generator=random), gamut_cells())
    return Proposal(labels_to_gaussian(joint), joint, marginals(other))


def test_the_belief_is_the_bins_or_the_joint_cells_as_asked() -> None:
    belief, guide = both_beliefs(0), 50 + torch.rand(1, 1, 4, 5)

    def answer(field: PottsField, told: Belief) -> torch.Tensor:
        return field.infer(field.prepare(guide), told).unwrap()

    bins, joint = PottsField(Config()), PottsField(Config(belief="joint"))
    assert belief.channels is not None
    assert torch.equal(answer(bins, belief), answer(bins, belief.channels))
    assert torch.equal(answer(joint, belief), answer(bins, marginals(belief.labels)))
    assert not torch.equal(answer(joint, belief), answer(bins, belief))
    assert (bins.decides_on(belief), joint.decides_on(belief)) == ("bins", "joint")
    swept = joint.sweeps(joint.prepare(guide), belief, 2)[2].ab
    plain = bins.sweeps(bins.prepare(guide), marginals(belief.labels), 2)[2].ab
    assert torch.equal(swept, plain)


def test_a_network_without_bins_is_decided_on_its_joint_cells() -> None:
    belief = replace(both_beliefs(1), channels=None)
    field = PottsField(Config())
    assert field.decides_on(belief) == field.decides_on(belief.labels) == "joint"
    assert field.decides_on(marginals(belief.labels)) == "bins"
    assert PottsField(Config(belief="joint")).channels(marginals(belief.labels)) is not None
    gaussian = PottsField(Config(belief="joint")).channels(belief.gaussian)
    expected = marginals(gaussian_to_labels(belief.gaussian, gamut_cells()))
    assert torch.equal(gaussian.a.energy, expected.a.energy)


def test_a_belief_of_another_name_is_refused() -> None:
    with pytest.raises(BadValue, match="The belief is 'cells' of bins, joint"):
        Config(belief="cells")


def test_it_is_said_that_a_kernel_is_compiled_once(caplog: pytest.LogCaptureFixture) -> None:
    notice = _ascent._CompileNotice()
    for kernel in (test_it_is_said_that_a_kernel_is_compiled_once, _ascent._half_sweep):
        for _ in range(2):
            data = {"dispatcher": kernel}
            notice.notify(event.Event("numba:compile", event.EventStatus.START, data=data))
            notice.notify(event.Event("numba:compile", event.EventStatus.END, data=data))
    (record,) = caplog.records
    assert "compiled for this processor" in record.getMessage()
