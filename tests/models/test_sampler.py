"""The second paper's networks: shapes and sizes, codes by hand-made values, files that belong."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from chromafield.errors import BadValue, WeightsError
from chromafield.models import list_models
from chromafield.models._efficientnet import LITE0
from chromafield.models.sampler.loading import (
    Diverse,
    create_mdn,
    create_structure,
    create_vae,
    load_diverse,
)
from chromafield.models.sampler.mdn import Codes
from chromafield.models.sampler.structure import Structure
from chromafield.models.sampler.vae import Posterior, Vae
from chromafield.models.weights import write_weights

SMALL_VAE = {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)}


def small_vae() -> Vae:
    torch.manual_seed(0)
    return create_vae(**SMALL_VAE).eval().requires_grad_(False)


def small_structure() -> Structure:
    torch.manual_seed(1)
    return (
        create_structure(dimensions=5, width=8, inside=8, top=(16, 8, 6))
        .eval()
        .requires_grad_(False)
    )


def lightness(b: int, h: int, w: int, seed: int = 0) -> Tensor:
    return 100 * torch.rand(b, 1, h, w, generator=torch.Generator().manual_seed(seed))


def test_they_are_no_colorizers() -> None:
    assert not {"vae", "structure", "mdn", "diverse"} & set(list_models())


@pytest.mark.parametrize("size", [(64, 64), (33, 47), (1, 1), (4, 90)])
def test_any_size_has_a_code_colours_and_vectors(size: tuple[int, int]) -> None:
    vae, structure = small_vae(), small_structure()
    mdn = create_mdn(latent=6, inside=16, width=16).eval()
    seen = lightness(2, *size)
    grid = (math.ceil(size[0] / 4), math.ceil(size[1] / 4))
    grey = vae.features(seen)
    posterior = vae.encode(torch.zeros(2, 2, *grid), grey)
    assert posterior.mean.shape == posterior.log_variance.shape == (2, 6)
    assert vae.decode(posterior.mean, grey).shape == (2, 2, *grid)
    assert structure.embed(seen, grey).shape == (2, 5, *grid)
    codes = mdn(grey)
    assert codes.mean.shape == (2, 8, 6)
    torch.testing.assert_close(codes.log_weight.exp().sum(1), torch.ones(2))


def test_equal_pictures_in_a_batch_come_out_equal_to_one_alone() -> None:
    vae, structure = small_vae(), small_structure()
    seen = lightness(1, 64, 96)
    z = torch.randn(3, 6, generator=torch.Generator().manual_seed(3))
    grey = vae.features(seen)
    together = vae.decode(z, grey.repeated(3), structure.top)
    for i in range(3):
        alone = vae.decode(z[i : i + 1], grey, structure.top)
        torch.testing.assert_close(together[i : i + 1], alone, rtol=1e-4, atol=1e-3)
    assert not torch.allclose(together[0], together[1])


def test_the_structures_top_is_another_than_the_vaes() -> None:
    vae, structure = small_vae(), small_structure()
    grey = vae.features(lightness(1, 32, 32))
    z = torch.zeros(1, 6)
    assert not torch.allclose(vae.decode(z, grey), vae.decode(z, grey, structure.top))
    structure.top.load_state_dict(vae.top.state_dict())
    torch.testing.assert_close(vae.decode(z, grey), vae.decode(z, grey, structure.top))


def test_place_tells_equal_pixels_apart() -> None:
    structure = small_structure()
    grey = small_vae().features(torch.full((1, 1, 64, 64), 50.0))
    vectors = structure.embed(torch.full((1, 1, 64, 64), 50.0), grey)
    assert float((vectors[..., 8, 4] - vectors[..., 8, 12]).norm()) > 0.1


def test_the_divergence_by_hand() -> None:
    none = Posterior(torch.zeros(1, 3), torch.zeros(1, 3))
    assert none.divergence().item() == 0
    one = Posterior(torch.tensor([[2.0]]), torch.tensor([[math.log(0.25)]]))
    assert one.divergence().item() == pytest.approx(0.5 * (4 + 0.25 - 1 + math.log(4)))
    assert one.draw(torch.tensor([[2.0]])).item() == pytest.approx(2 + 0.5 * 2)


def codes() -> Codes:
    mean = torch.tensor([[[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]]])
    return Codes(torch.tensor([[0.2, 0.5, 0.3]]).log(), mean, 0.1)


def test_the_loss_of_equation_9_by_hand() -> None:
    z = torch.tensor([[0.9, 0.1]])  # 0.02 from the second mean
    assert codes().loss(z).item() == pytest.approx(0.02 / (2 * 0.01) - math.log(0.5), rel=1e-5)
    assert -codes().likelihood(z).item() <= codes().loss(z).item()


def test_means_come_heaviest_first_and_no_more_than_there_are() -> None:
    random = torch.Generator()
    torch.testing.assert_close(
        codes().draw(2, "means", random), torch.tensor([[[1.0, 0.0], [5.0, 5.0]]])
    )
    with pytest.raises(BadValue, match="There are 3 means, and 4 samples are asked for"):
        codes().draw(4, "means", random)
    with pytest.raises(BadValue, match="sample or means, not by 'mode'"):
        codes().draw(1, "mode", random)


def test_samples_follow_the_mixture() -> None:
    draws = codes().draw(4000, "sample", torch.Generator().manual_seed(0))[0]
    near = torch.cdist(draws, codes().mean[0]).argmin(1)
    shares = torch.bincount(near, minlength=3) / len(near)
    torch.testing.assert_close(shares, torch.tensor([0.2, 0.5, 0.3]), atol=0.03, rtol=0)
    spread = (draws[near == 2] - torch.tensor([5.0, 5.0])).std(0)
    torch.testing.assert_close(spread, torch.tensor([0.1, 0.1]), atol=0.01, rtol=0)


def test_one_seed_gives_the_same_codes() -> None:
    one = codes().draw(5, "sample", torch.Generator().manual_seed(3))
    assert torch.equal(one, codes().draw(5, "sample", torch.Generator().manual_seed(3)))
    assert torch.equal(one[:, :2], codes().draw(2, "sample", torch.Generator().manual_seed(3)))
    assert not torch.equal(one, codes().draw(5, "sample", torch.Generator().manual_seed(4)))


def write_all(folder: Path, vae_of_mdn: str | None = None) -> None:
    digest = write_weights(folder / "vae.safetensors", "vae", small_vae())
    structure = create_structure(dimensions=5, width=8, inside=8, top=(16, 8, 6), vae=digest)
    write_weights(folder / "structure.safetensors", "structure", structure)
    mdn = create_mdn(latent=6, inside=16, width=16, vae=vae_of_mdn or digest)
    write_weights(folder / "mdn.safetensors", "mdn", mdn)


def test_files_of_one_training_load_and_others_do_not(tmp_path: Path) -> None:
    write_all(tmp_path)
    diverse = load_diverse(tmp_path)
    assert isinstance(diverse, Diverse) and not diverse.vae.training
    seen = lightness(1, 32, 32)
    first = small_vae().features(seen).coarse
    torch.testing.assert_close(diverse.vae.features(seen).coarse, first, rtol=0.05, atol=0.05)
    write_all(tmp_path, vae_of_mdn="0" * 64)
    with pytest.raises(WeightsError, match=r"mdn.safetensors was trained on another VAE"):
        load_diverse(tmp_path)
    (tmp_path / "mdn.safetensors").unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        load_diverse(tmp_path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    write_all(tmp_path)
    write_weights(tmp_path / "vae.safetensors", "mdn", create_mdn())
    with pytest.raises(WeightsError, match="holds weights of mdn, not of vae"):
        load_diverse(tmp_path)


def test_the_encoder_takes_imagenets_weights() -> None:
    if importlib.util.find_spec(LITE0.package) is None:
        pytest.skip("the package with ImageNet's weights is an extra")
    vae = small_vae()
    before = vae.encoder.state_dict()["_blocks.3._expand_conv.weight"].clone()
    vae.start_from_imagenet()
    assert not torch.equal(before, vae.encoder.state_dict()["_blocks.3._expand_conv.weight"])
