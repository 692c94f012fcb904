"""Generative networks learn one picture, and their losses are what hand-made critics make them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch
from chromafield.models.sampler.vae import Posterior
from chromafield.resize import resize
from chromafield.train.config import FitConfig, RunConfig
from chromafield.train.fit import make_optimizer
from chromafield.train.tasks import create_task, task_defaults
from chromafield.train.tasks._rival import drawing, true_squares
from chromafield.train.tasks.bicycle_gan import BicycleObjective
from chromafield.train.tasks.c_gan import CGanObjective, cross_entropy
from chromafield.train.tasks.mln_gan import MlnObjective, distance
from chromafield.train.tasks.pic import PicObjective

VAE = {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)}
SMALL: dict[str, dict[str, Any]] = {
    "c-gan": {"side": 16, "width": 8, "dropout": 0.1},
    "bicycle-gan": {"side": 16, "width": 8, "encoder_width": 4},
    "mln-gan": {"side": 16, "width": 8, "critic_width": 8},
    "pic": {"side": 16, "width": 8, "blocks": 1, "deep": 1, "components": 2, "dropout": 0.0},
    "cvae": VAE,
    "vae-mdn": VAE,
}


def config(name: str, pack: Path, **options: Any) -> RunConfig:
    own = {**SMALL[name], **options}
    return RunConfig(
        name,
        (str(pack),),
        steps=1,
        options=own,
        start="scratch",
        sides=(16,),
        crops=CropConfig(batch=2),
    )


def picture(count: int = 2, side: int = 16) -> Batch:
    """Light squares of one colour on a dark ground of another."""
    light = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(0)) < 0.5
    light = light.repeat_interleave(side // 4, 2).repeat_interleave(side // 4, 3)
    colours = torch.tensor([[70.0, 40.0, -20.0], [30.0, -20.0, 30.0]])[..., None, None]
    lab = torch.where(light, colours[0], colours[1]).expand(count, 3, side, side).contiguous()
    return Batch(lab[:, :1], lab, tuple(range(count)))


def learn(name: str, pack: Path, steps: int, side: int) -> tuple[nn.Module, list[float]]:
    """The network after so many steps on one picture, and its colours' part of the loss at each."""
    task = create_task(config(name, pack))
    network, batch = task.network(begin=True).train(), picture(2, side)
    objective = task.objective(task.photos()[0][:2])
    fit = task_defaults(name, {}).fitted(FitConfig())
    optimizer = make_optimizer(network, FitConfig(lr=5e-3, start_lr=5e-3, betas=fit.betas))
    losses = []
    for step in range(steps):
        parts = objective(network, batch, step / steps)
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(list(parts.values())).sum())
        optimizer.step()
        losses.append(next(iter(parts.values())).item())
    return network.eval(), losses


@pytest.mark.parametrize(
    ("name", "steps", "left"), [("c-gan", 80, 0.5), ("bicycle-gan", 80, 0.6), ("pic", 120, 0.7)]
)
def test_one_picture_is_learnt(name: str, steps: int, left: float, pack: Path) -> None:
    network, _ = learn(name, pack, steps, 16)
    batch = picture()
    with torch.no_grad():
        ab = drawing(network).draw(batch.seen, torch.Generator().manual_seed(1))
    true = resize(batch.lab[:, 1:], (ab.shape[2], ab.shape[3]))
    assert (ab - true).square().mean().sqrt() < left * true.square().mean().sqrt()


@pytest.mark.parametrize("name", ["cvae", "vae-mdn"])
def test_codes_of_one_picture_are_learnt(name: str, pack: Path) -> None:
    _, losses = learn(name, pack, 30, 32)
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_the_wasserstein_critic_parts_true_from_guessed_and_stays_clipped(pack: Path) -> None:
    run = config("mln-gan", pack)
    task, batch = create_task(run), picture()
    torch.manual_seed(0)
    network, objective = task.network(begin=True), task.objective([])
    assert isinstance(objective, MlnObjective)
    for step in range(4):
        (part,) = objective(network, batch, step / 4).values()
    assert part.isfinite() and part.requires_grad
    weights = [p.abs().max() for p in objective.opponent.critic.parameters()]
    assert max(weights) <= 0.01 + 1e-9
    before = [p.clone() for p in objective.opponent.critic.parameters()]
    torch.autograd.backward(part)
    assert all(p.grad is not None for p in network.parameters())
    for one, other in zip(before, objective.opponent.critic.parameters(), strict=True):
        assert torch.equal(one, other)


class Says(nn.Module):
    """A critic whose verdict is the mean of the picture's first channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :1].mean((2, 3), keepdim=True)


def flat(value: float) -> Tensor:
    return torch.full((2, 3, 4, 4), value)


def test_the_critics_losses_by_hand() -> None:
    entropy = cross_entropy(Says(), flat(1.0), flat(-2.0)).item()
    expected = (math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))) / 2
    assert entropy == pytest.approx(expected, rel=1e-5)
    assert distance(Says(), flat(3.0), flat(0.5)).item() == pytest.approx(-2.5)


def test_c_gan_pays_a_hundred_times_the_absolute_error(pack: Path) -> None:
    """Of colours that are 0 everywhere: the mean of |ab| in units of 110."""
    run = config("c-gan", pack)
    network = create_task(run).network(begin=True)
    for p in network.net.ups[-1].parameters():  # type: ignore[union-attr, operator]
        nn.init.zeros_(p)
    parts = CGanObjective(run)(network, picture(), 0.0)
    expected = 100 * picture().lab[:, 1:].abs().mean() / 110
    assert parts["colours"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_code_found_again_moves_the_u_net_and_not_the_encoder(pack: Path) -> None:
    run = config("bicycle-gan", pack, error=0.0, divergence=0.0)
    network = create_task(run).network(begin=True)
    parts = BicycleObjective(run)(network, picture(), 0.0)
    torch.autograd.backward(parts["recovery"])
    assert all(p.grad is None for p in network.codes.parameters())  # type: ignore[union-attr, operator]
    assert any(p.grad is not None and p.grad.any() for p in network.net.parameters())  # type: ignore[union-attr, operator]
    assert all(p.requires_grad for p in network.parameters())


def test_fresh_pixels_cost_what_their_bins_are_wide(pack: Path) -> None:
    """With all weights 0 a value has the logistic of scale 1 around 0."""
    run = config("pic", pack)
    network = create_task(run).network(begin=True)
    for p in network.parameters():
        nn.init.zeros_(p)
    batch = picture()
    parts = PicObjective(run)(network, batch, 0.0)
    x = (
        true_squares(batch, 16, "cpu")[:, 2:].view(2, 2, 4, 4, 4, 4).mean((3, 5)).round() + 0.5
    ) / 127.5
    p = torch.sigmoid(x.double() + 1 / 255) - torch.sigmoid(x.double() - 1 / 255)
    assert parts["pixels"].item() == pytest.approx(-float(p.log().mean()), rel=1e-3)
    assert parts["early"].item() == pytest.approx(parts["pixels"].item(), rel=1e-5)


def test_the_divergence_from_a_prior_by_sampling() -> None:
    random = torch.Generator().manual_seed(0)
    one, other = (
        Posterior(torch.randn(1, 3, generator=random), 0.3 * torch.randn(1, 3, generator=random))
        for _ in range(2)
    )

    def log_p(of: Posterior, z: Tensor) -> Tensor:
        scale = (0.5 * of.log_variance).exp()
        return torch.distributions.Normal(of.mean, scale).log_prob(z).sum(1)

    z = one.draw(torch.randn(200_000, 3, generator=random))
    sampled = float((log_p(one, z) - log_p(other, z)).mean())
    assert one.divergence_from(other).item() == pytest.approx(sampled, abs=0.02)
    standard = Posterior(torch.zeros(1, 3), torch.zeros(1, 3))
    torch.testing.assert_close(one.divergence_from(standard), one.divergence())


def test_the_mixture_does_not_move_the_vae(pack: Path) -> None:
    run = config("vae-mdn", pack)
    task = create_task(run)
    network = task.network(begin=True)
    parts = task.objective(task.photos()[0][:2])(network, picture(2, 32), 0.0)
    torch.autograd.backward(parts["mixture"])
    assert all(p.grad is None for p in network.vae.parameters())  # type: ignore[union-attr, operator]
    assert all(p.grad is not None for p in network.mixture.parameters())  # type: ignore[union-attr, operator]


def test_a_run_takes_its_authors_rate_but_where_one_is_given() -> None:
    own = task_defaults("c-gan", {})
    assert own.fitted(FitConfig()).lr == 2e-4 and own.fitted(FitConfig()).betas == (0.5, 0.999)
    assert own.fitted(FitConfig(lr=0.1), ["lr"]).lr == 0.1
    assert task_defaults("vae", {}).fitted(FitConfig(lr=0.1)).start_lr == 0.025
