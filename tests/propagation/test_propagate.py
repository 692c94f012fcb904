"""Hints carried on: nothing without them, exact at them, no further than what goes with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from chromafield.beliefs import GaussianBelief
from chromafield.canvas.canvas import Canvas, finish_canvas
from chromafield.color import rgb_to_lab
from chromafield.fields import EqualMean, create_field
from chromafield.fields.gcrf import Config
from chromafield.hints.document import Hints, Mark, Region, disc
from chromafield.hints.raster import draw_equal_means
from chromafield.models import LoadedModel
from chromafield.models.hint_network.loading import HintPredictor
from chromafield.models.sampler.loading import Diverse
from chromafield.propagation.network import EncodedPicture, encode, encode_for_hints
from chromafield.propagation.propagate import HintPropagator, make_propagator
from chromafield.propagation.refine import refine
from chromafield.resize import resize
from chromafield.sampling.samples import sample


def halves() -> Tensor:
    """A dark half and a light one."""
    lightness = torch.full((1, 1, 48, 64), 25.0)
    lightness[..., 32:] = 75.0
    return lightness


@pytest.fixture
def propagator() -> HintPropagator:
    """Automatic colours of one tone on a picture of two halves."""
    mean = torch.tensor([10.0, 5.0]).view(1, 2, 1, 1).expand(1, 2, 12, 16)
    belief = GaussianBelief(mean.clone(), torch.full((1, 1, 12, 16), 0.01))
    return make_propagator(Canvas(halves(), belief, create_field("mean"), None), Config(grid=192))


def given(propagator: HintPropagator, y: int, x: int, ab: tuple[float, float]) -> GaussianBelief:
    h, w = propagator.grid
    mean, precision = torch.zeros(1, 2, h, w), torch.zeros(1, 1, h, w)
    mean[0, :, y, x], precision[0, 0, y, x] = torch.tensor(ab), 1.0
    return GaussianBelief(mean, precision)


def test_without_hints_the_picture_is_the_automatic_one(propagator: HintPropagator) -> None:
    nothing = GaussianBelief(torch.zeros(1, 2, 12, 16), torch.zeros(1, 1, 12, 16))
    assert propagator.solve(nothing) is propagator.automatic


def test_hints_that_say_nothing_leave_the_canvas_as_it_is_to_the_bit() -> None:
    mean = torch.randn(1, 2, 9, 7, generator=torch.Generator().manual_seed(0)) * 20
    belief = GaussianBelief(mean, torch.full((1, 1, 9, 7), 0.01))
    canvas = Canvas(halves(), belief, create_field("mean"), None)
    strips = make_propagator(canvas, Config(grid=192)).strips(Hints(settings=(("field", "mean"),)))
    assert torch.equal(torch.cat([rgb for _, rgb in strips], dim=1), canvas.paint())


def test_a_hint_colours_its_half_and_leaves_the_other(propagator: HintPropagator) -> None:
    ab = propagator.solve(given(propagator, 6, 3, (-30.0, 40.0)))[0]
    torch.testing.assert_close(ab[:, 6, 3], torch.tensor([-30.0, 40.0]), atol=2.0, rtol=0)
    moved = (ab - propagator.automatic[0]).norm(dim=0)
    assert moved[:, :7].mean() > 10 * moved[:, 9:].mean()


def test_a_hint_of_the_automatic_colour_changes_nothing(propagator: HintPropagator) -> None:
    ab = propagator.solve(given(propagator, 6, 3, (10.0, 5.0)))
    torch.testing.assert_close(ab, propagator.automatic, atol=1e-3, rtol=0)


def test_tied_regions_get_one_colour_with_a_hint_in_one_and_without_any(
    propagator: HintPropagator,
) -> None:
    left, right = torch.zeros(12, 16), torch.zeros(12, 16)
    left[4:8, 2:5] = right[4:8, 11:14] = 1.0
    ab = propagator.solve(given(propagator, 6, 3, (-30.0, 40.0)), [EqualMean(left, right)])[0]
    one, other = ab[:, 4:8, 2:5].mean((1, 2)), ab[:, 4:8, 11:14].mean((1, 2))
    torch.testing.assert_close(one, other, atol=1e-2, rtol=0)
    assert other[1] > 15
    propagator.automatic[:, :, :, 8:] += 20.0
    nothing = GaussianBelief(torch.zeros(1, 2, 12, 16), torch.zeros(1, 1, 12, 16))
    free = propagator.solve(nothing, [EqualMean(left, right)])[0]
    one, other = free[:, 4:8, 2:5].mean((1, 2)), free[:, 4:8, 11:14].mean((1, 2))
    torch.testing.assert_close(one, other, atol=1e-2, rtol=0)
    assert (free - propagator.automatic[0]).abs().max() < 20


def test_strength_fades_hints_too(propagator: HintPropagator) -> None:
    hints = Hints((disc(0.2, 0.5, 0.05, "#00a000"),))
    full = torch.cat([s for _, s in propagator.strips(hints)], dim=1)
    none = torch.cat([s for _, s in propagator.strips(hints, strength=0.0)], dim=1)
    assert full[1, 24, 12] > full[0, 24, 12] + 0.1
    assert (none.amax(0) - none.amin(0)).max() < 1e-3


def test_samples_take_the_place_of_automatic_colours_everywhere_or_in_a_region(
    propagator: HintPropagator, networks: Diverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromafield.propagation.propagate.shipped", lambda device: networks)
    whole = propagator.colors(Hints(settings=(("sample", (3, 2)),)))
    expected = resize(sample(propagator.lightness, networks, 3, 2), propagator.grid)
    torch.testing.assert_close(whole, expected)
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    half = propagator.colors(Hints((Mark("polygon", left, sample=(3, 2)),)))
    torch.testing.assert_close(half[..., :7], expected[..., :7])
    torch.testing.assert_close(half[..., 9:], propagator.automatic[..., 9:])


def test_the_field_and_the_network_that_listens_are_averaged_where_marks_reach(
    predictor: HintPredictor,
) -> None:
    belief = GaussianBelief(torch.full((1, 2, 12, 16), 5.0), torch.full((1, 1, 12, 16), 0.01))
    canvas = Canvas(halves(), belief, create_field("mean"), None)
    encoded = encode(canvas.lightness, predictor, 64)
    propagator = make_propagator(canvas, encoded=encoded)
    assert propagator.grid == encoded.grid == (16, 16)
    point = given(propagator, 6, 3, (-30.0, 40.0))
    predicted = encoded.predict(propagator.automatic, point)
    ab = propagator.solve(point)
    torch.testing.assert_close(ab[0, :, 6, 3], point.mean[0, :, 6, 3])
    alone = propagator.solver.infer(propagator.prepared, point).unwrap()
    share = (ab - predicted)[0].norm(dim=0) / (alone - predicted)[0].norm(dim=0)
    share[6, 3] = 0.5
    assert share[:, :7].min() > 0.4 and share.max() < 0.51
    assert share[:, 9:].max() < 0.1
    nothing = GaussianBelief(torch.zeros_like(point.mean), torch.zeros_like(point.precision))
    assert propagator.solve(nothing) is propagator.automatic


class Everywhere(EncodedPicture):
    """A network that lets each mark colour the whole picture."""

    def predict(self, automatic: Tensor, given: GaussianBelief) -> Tensor:
        return automatic + 40.0


def test_a_network_is_trusted_where_marks_have_to_do_with_it(
    propagator: HintPropagator, predictor: HintPredictor
) -> None:
    encoded = encode(propagator.lightness, predictor, 64)
    leaking = replace(propagator, encoded=Everywhere(encoded.predictor, encoded.seen))
    one = leaking.solve(given(propagator, 6, 3, (50.0, 45.0))) - propagator.automatic
    assert one[..., :7].min() > 30  # the marked half
    assert one[..., 9:].abs().max() < 8
    both = given(propagator, 6, 3, (50.0, 45.0)) * given(propagator, 6, 12, (50.0, 45.0))
    assert (leaking.solve(both) - propagator.automatic).min() > 30


def test_the_ear_is_there_for_the_network_it_was_trained_with_alone(
    predictor: HintPredictor, trained: LoadedModel
) -> None:
    assert encode_for_hints(halves(), trained) is None


def test_a_field_that_refines_hints_does_so_last_where_colours_are_given() -> None:
    belief = GaussianBelief(torch.zeros(1, 2, 12, 16), torch.full((1, 1, 12, 16), 0.01))
    levin, mean = (
        make_propagator(finish_canvas(belief, halves(), create_field(name)))
        for name in ("levin", "mean")
    )
    given = Hints((disc(0.2, 0.5, 0.05, "#903020"),))
    tied = Hints(same=((Region(((0.2, 0.5),), 0.1), Region(((0.8, 0.5),), 0.1)),))
    assert not torch.equal(whole(levin, given), whole(mean, given))
    assert torch.equal(whole(levin, tied), whole(mean, tied))  # no colour is given


def test_the_last_word_keeps_regions_that_agree() -> None:
    belief = GaussianBelief(torch.zeros(1, 2, 12, 16), torch.full((1, 1, 12, 16), 0.01))
    levin = make_propagator(finish_canvas(belief, halves(), create_field("levin")))
    pair = (Region(((0.2, 0.5),), 0.1), Region(((0.8, 0.5),), 0.1))
    given = Hints((disc(0.2, 0.3, 0.03, "#906050"),), same=(pair,))
    ab = rgb_to_lab(whole(levin, given))[1:]
    grid = (ab.shape[1], ab.shape[2])
    (pair,) = draw_equal_means(given, grid)
    one, other = ((region * ab).sum((1, 2)) / region.sum() for region in (pair.one, pair.other))
    torch.testing.assert_close(one, other, atol=0.5, rtol=0)
    assert one.norm() > 5


def whole(propagator: HintPropagator, hints: Hints) -> Tensor:
    return torch.cat([rgb for _, rgb in propagator.strips(hints)], dim=1)


def test_what_is_told_spreads_in_its_half_and_what_was_there_stays_elsewhere() -> None:
    levin, lightness = create_field("levin"), halves()
    prepared = levin.prepare(lightness)
    known = torch.zeros(1, 1, 48, 64)
    known[..., 20:28, 26:30] = 1.0
    given = GaussianBelief(30.0 * known.expand(1, 2, -1, -1), known)
    before = torch.full((1, 2, 12, 16), -10.0)
    a = refine(levin, prepared, before, lightness, given)[0, 0]
    assert (a[20:28, 26:30] - 30).abs().max() < 0.1
    assert a[24, 24] > 0 > a[24, 33] and a[24, 24] > a[24, 20] > a[24, 10]
    assert (a[:, 40:] + 10).abs().max() < 1
