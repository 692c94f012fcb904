"""Samples of one picture: shared work, one seed one answer, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from chromafield.beliefs import GaussianBelief
from chromafield.errors import BadValue, UnknownName
from chromafield.fields import create_field
from chromafield.image import Picture
from chromafield.models.sampler.loading import Diverse, load_plain
from chromafield.papers.second.sample_methods import (
    DECODED,
    FIELD,
    GREY,
    OWN,
    PLAIN,
    PRIOR,
    sample_methods,
    training_minutes,
)
from chromafield.sampling.sampler import load_sampler
from chromafield.sampling.samples import Sampling, draw, samples

SMALL = Sampling(count=3, seed=5, size=64)


@pytest.fixture
def lightness() -> Tensor:
    return 100 * torch.rand(1, 1, 72, 90, generator=torch.Generator().manual_seed(1))


def test_one_seed_gives_the_same_pictures_and_another_others(
    networks: Diverse, lightness: Tensor
) -> None:
    one = [canvas.paint() for canvas in samples(lightness, networks, SMALL)]
    same = [canvas.paint() for canvas in samples(lightness, networks, SMALL)]
    assert len(one) == 3 and all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert one[0].shape == (3, 72, 90) and not torch.equal(one[0], one[1])
    other = next(samples(lightness, networks, Sampling(count=1, seed=6, size=64)))
    assert not torch.equal(one[0], other.paint())


def test_the_field_is_prepared_once(networks: Diverse, lightness: Tensor) -> None:
    field = create_field("gcrf")
    prepared: list[object] = []
    own = field.prepare
    field.prepare = lambda guide: prepared.append(own(guide)) or prepared[-1]  # type: ignore[method-assign]
    canvases = list(samples(lightness, networks, SMALL, field))
    assert len(prepared) == 1 and all(c.prepared is prepared[0] for c in canvases)


def test_a_prior_multiplies_what_each_code_says(networks: Diverse, lightness: Tensor) -> None:
    plain = next(samples(lightness, networks, SMALL)).belief
    assert isinstance(plain, GaussianBelief)
    green = torch.tensor([-30.0, 20.0]).view(1, 2, 1, 1).expand(1, 2, 9, 7)
    for precision, share in ((0.0, 0.0), (0.1, 0.1 / (0.1 + 1 / SMALL.spread**2)), (1e9, 1.0)):
        prior = GaussianBelief(green, torch.full((1, 1, 9, 7), precision))
        told = next(samples(lightness, networks, SMALL, prior=prior)).belief
        assert isinstance(told, GaussianBelief)
        expected = (1 - share) * plain.mean + share * green[:, :, :1, :1]
        torch.testing.assert_close(told.mean, expected, atol=1e-3, rtol=1e-4)
        torch.testing.assert_close(told.precision, plain.precision + precision)


def test_a_sampler_asks_its_prior_of_each_picture(
    networks_folder: Path, tiny_weights: Path
) -> None:
    picture = Picture(np.linspace(0, 255, 48 * 64).reshape(48, 64).astype(np.uint8))
    with_prior = Sampling(count=1, size=64, prior=str(tiny_weights))
    told = load_sampler(with_prior, networks_folder, "cpu")
    plain = load_sampler(Sampling(count=1, size=64), networks_folder, "cpu")
    (one,), (other,) = told.colour(picture), plain.colour(picture)
    assert one.shape == other.shape == (48, 64, 3) and not np.array_equal(one, other)
    with pytest.raises(UnknownName, match="no-network"):
        load_sampler(Sampling(prior="no-network"), networks_folder, "cpu")


def test_a_share_of_the_decoded_pixels_is_told(networks: Diverse, lightness: Tensor) -> None:
    some = next(samples(lightness, networks, Sampling(count=1, size=64, told=0.25)))
    known = some.belief.precision > 0  # type: ignore[union-attr]
    assert 0.1 < known.float().mean() < 0.4
    one = next(samples(lightness, networks, Sampling(count=1, size=64, told=1e-9)))
    assert (one.belief.precision > 0).sum() == 1  # type: ignore[union-attr]


def test_means_come_in_their_order(networks: Diverse, lightness: Tensor) -> None:
    drawn = draw(lightness, networks, Sampling(count=8, size=64, draw="means"))
    codes = networks.mdn(drawn.grey)
    order = codes.log_weight[0].argsort(descending=True)
    torch.testing.assert_close(drawn.codes, codes.mean[0, order])
    with pytest.raises(BadValue, match="There are 8 means, and 9 samples"):
        draw(lightness, networks, Sampling(count=9, size=64, draw="means"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"count": 0}, "number of samples is 0"),
        ({"draw": "mode"}, "sample or means, not by 'mode'"),
        ({"told": 0.0}, "told share"),
        ({"spread": 0.0}, "spread"),
    ],
)
def test_settings_that_make_no_samples_are_refused(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadValue, match=sentence):
        Sampling(**given)  # type: ignore[arg-type]


def test_the_compared_methods_answer_on_one_grid(networks: Diverse) -> None:
    lab = torch.cat([torch.rand(1, 1, 70, 70) * 100, torch.rand(1, 2, 70, 70) * 40], dim=1)
    methods = sample_methods(networks, SMALL)
    answers = {name: draw(lab) for name, draw in methods.items()}
    assert list(answers) == [GREY, PRIOR, DECODED, FIELD, OWN]
    assert {tuple(a.shape) for a in answers.values()} == {(3, 2, 16, 16)}
    assert not answers[GREY].any() and not torch.equal(answers[DECODED], answers[FIELD])
    # No method may look at the colours.
    blind = torch.cat([lab[:, :1], torch.zeros(1, 2, 70, 70)], dim=1)
    for name in (GREY, PRIOR, DECODED, FIELD):
        assert torch.equal(methods[name](blind), answers[name])
    assert not torch.equal(methods[OWN](blind), answers[OWN])


def test_networks_without_a_structure_are_a_row_of_their_own(
    networks: Diverse, networks_folder: Path
) -> None:
    against = load_plain(networks_folder)
    methods = sample_methods(networks, SMALL, baseline=against)
    assert list(methods) == [GREY, PLAIN, PRIOR, DECODED, FIELD, OWN]
    lab = torch.cat([torch.rand(1, 1, 70, 70) * 100, torch.zeros(1, 2, 70, 70)], dim=1)
    assert torch.equal(methods[PLAIN](lab), methods[DECODED](lab))  # of the same files here


def test_minutes_of_training_come_from_the_cards(tmp_path: Path) -> None:
    for name, minutes in (("vae", 40), ("structure", 20), ("mdn", 7)):
        card = f"# {name}\n- done: 1,200 steps, 38,400 crops, {minutes} minutes\n"
        (tmp_path / f"{name}.md").write_text(card)
    assert training_minutes(tmp_path) == {DECODED: 47, FIELD: 67}
    (tmp_path / "structure.md").unlink()
    assert training_minutes(tmp_path, tmp_path) == {DECODED: 47, PLAIN: 47}
