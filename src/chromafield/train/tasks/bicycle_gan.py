"""The task of BicycleGAN: colours to codes to colours, and codes to colours to codes.

Half of a batch's pictures are encoded and decoded, and the same pictures are coloured by codes from
N(0, I); critics of two sizes judge either kind beside true pictures of its own half. A code that
was drawn must be found again in its colours, which moves the U-net alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...data.crops import Batch
from ...models.rivals._parts import AB_UNIT, normal
from ...models.rivals.bicycle_gan import BicycleGan
from ...models.rivals.bicycle_gan import Config as BicycleConfig
from ...plugins import configure
from ..config import RunConfig
from ..critic import Critic, adam, least_squares
from ..defaults import Defaults
from ..flags import Ignores
from ..opponent import Opponent
from ._frozen import alone
from ._rival import AgainstOpponent, RivalTask, true_squares, without_photos
from .c_gan import GAN_FIT

NAME = "bicycle-gan"


class TwoSizes(nn.Module):
    """A critic of patches at full size, and one at half of it."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.critics = nn.ModuleList(Critic(widths) for _ in range(2))

    def each(self, judge: Callable[[nn.Module, Sequence[Tensor]], Tensor], *labs: Tensor) -> Tensor:
        """The sum of what `judge` makes of each critic and of the pictures at its size."""
        whole, half = self.critics
        return judge(whole, labs) + judge(half, [F.avg_pool2d(lab, 2) for lab in labs])


@dataclass(frozen=True, slots=True)
class Halves:
    """A batch's pictures as Lab: true ones, and the first half's in two ways' colours."""

    encoded: Float[Tensor, "b 3 s s"]
    other: Float[Tensor, "c 3 s s"]
    decoded: Float[Tensor, "b 3 s s"]  # by their own codes
    drawn: Float[Tensor, "b 3 s s"]  # by codes from N(0, I)


class BicycleObjective(AgainstOpponent):
    def __init__(self, config: RunConfig) -> None:
        own = configure(BicycleConfig, config.options, NAME)
        seed = config.crops.seed

        def create() -> nn.Module:
            return nn.ModuleDict({kind: TwoSizes(own.critic) for kind in ("decoded", "drawn")})

        super().__init__(seed, Opponent(create, adam, seed, config.device))
        self.device = config.device

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours", "codes" (the divergence), "recovery" (of drawn codes), and "critics"."""
        model = alone(network, BicycleGan)
        both = true_squares(batch, model.config.side, self.device)
        half = max(len(both) // 2, 1)
        seen, true, other = both[:half, :1], both[:half, 1:], both[-half:, 1:]
        posterior = model.encode(true[:, 1:])
        ab = model.decode(seen, posterior.draw(normal(seen, self.random, model.config.code)))
        z = normal(seen, self.random, model.config.code)
        drawn = model.decode(seen, z)
        light = true[:, :1]
        halves = Halves(true, other, torch.cat([light, ab], 1), torch.cat([light, drawn], 1))
        self.opponent.learn(partial(critics_loss, halves=halves))
        c = model.config
        return {
            "colours": c.error * (ab - true[:, 1:]).abs().mean() / AB_UNIT,
            "codes": c.divergence * posterior.divergence().mean(),
            "recovery": c.recovery * (_found(model, drawn) - z).abs().mean(),
            "critics": passing_loss(self.opponent.judge(), halves),
        }


def _found(model: BicycleGan, ab: Float[Tensor, "b 2 s s"]) -> Float[Tensor, "b z"]:
    """The codes of these colours, with an encoder that is not moved by what comes of them."""
    model.codes.requires_grad_(False)
    mean = model.encode(ab).mean
    model.codes.requires_grad_(True)
    return mean


def critics_loss(critics: nn.Module, halves: Halves) -> Tensor:
    """Least squares, of both kinds at both sizes."""

    def judge(critic: nn.Module, labs: Sequence[Tensor]) -> Tensor:
        return least_squares(critic, *labs)

    one = critics["decoded"].each(judge, halves.encoded, halves.decoded.detach())  # type: ignore[index]
    two = critics["drawn"].each(judge, halves.other, halves.drawn.detach())  # type: ignore[index]
    total: Tensor = one + two
    return total


def passing_loss(critics: nn.Module, halves: Halves) -> Tensor:
    """What the network loses for not passing as true, by least squares."""

    def judge(critic: nn.Module, labs: Sequence[Tensor]) -> Tensor:
        loss: Tensor = ((critic(labs[0]) - 1) ** 2).mean()
        return loss

    one = critics["decoded"].each(judge, halves.decoded)  # type: ignore[index]
    total: Tensor = one + critics["drawn"].each(judge, halves.drawn)  # type: ignore[index]
    return total


defaults = Defaults("scratch", fit=GAN_FIT)
IGNORES = Ignores("BicycleGAN has a loss of its own, its paper's")
build = partial(RivalTask, make_objective=without_photos(BicycleObjective))
