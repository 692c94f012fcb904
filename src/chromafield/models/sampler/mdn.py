"""mixture: which codes suit a grey picture, as a mixture of Gaussians of one fixed width.

    p(z | grey) = sum_m pi_m N(z; mu_m, sigma^2 I)

References:
    Bishop, Mixture density networks, 1994; Deshpande et al., 2017; Messaoud, Forsyth and Schwing,
    2018, Equation 9.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...errors import BadValue
from .._layers import single
from .vae import Features

DRAWS = ("sample", "means")


@dataclass(frozen=True)
class Config:
    components: int = 8
    sigma: float = 0.1  # of each component, in each of the code's numbers
    latent: int = 64
    inside: int = 128  # channels of the VAE's coarsest map
    width: int = 256  # hidden numbers
    vae: str = ""  # SHA-256 of the VAE's weights that these were trained on


@dataclass(frozen=True, slots=True)
class Codes:
    """p(z | grey) of some pictures."""

    log_weight: Float[Tensor, "b m"]  # log pi
    mean: Float[Tensor, "b m z"]
    sigma: float

    def draw(self, count: int, how: str, random: torch.Generator) -> Float[Tensor, "b n z"]:
        """Codes for each picture; the first of many are those of few.

        Args:
            how: `sample` draws a component, then a code from it; `means` takes the components'
                own means, the heaviest first.

        Raises:
            BadValue: another way, or more means than there are components.
        """
        if how not in DRAWS:
            raise BadValue(f"Codes are drawn by {' or '.join(DRAWS)}, not by {how!r}.")
        b, m, z = self.mean.shape
        if how == "means":
            if count > m:
                raise BadValue(
                    f"There are {m} means, and {count} samples are asked for. Ask for {m} at most, "
                    "or draw them (--draw sample)."
                )
            chosen = self.log_weight.argsort(dim=1, descending=True, stable=True)[:, :count]
            return self.mean.gather(1, chosen[..., None].expand(b, count, z))
        weight = self.log_weight.cpu().double().exp()
        drawn = []
        for _ in range(count):
            chosen = torch.multinomial(weight, 1, generator=random).to(self.mean.device)
            noise = torch.randn(b, 1, z, generator=random, dtype=torch.float64).to(self.mean)
            mean = self.mean.gather(1, chosen[..., None].expand(b, 1, z))
            drawn.append(mean + self.sigma * noise)
        return torch.cat(drawn, dim=1)

    def loss(self, z: Float[Tensor, "b z"]) -> Tensor:
        """Equation 9: the nearest component alone pays for its distance, all for their weights."""
        square = ((self.mean - z[:, None]) ** 2).sum(2)
        near = square.argmin(dim=1, keepdim=True)
        distance = square.gather(1, near) / (2 * self.sigma**2)
        return (distance - self.log_weight.gather(1, near)).mean()

    def likelihood(self, z: Float[Tensor, "b z"]) -> Float[Tensor, " b"]:
        """log p(z) in nats, up to the constant of the Gaussians' width."""
        square = ((self.mean - z[:, None]) ** 2).sum(2)
        return torch.logsumexp(self.log_weight - square / (2 * self.sigma**2), dim=1)


class MixtureDensity(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.hidden = nn.Linear(5 * config.inside, config.width)
        self.again = nn.Linear(config.width, config.width)
        self.out = nn.Linear(config.width, config.components * (config.latent + 1))

    def forward(self, grey: Features) -> Codes:
        with single(grey.coarse):
            return self._codes(grey.coarse.float())

    def _codes(self, coarse: Float[Tensor, "b c i j"]) -> Codes:
        c = self.config
        # The whole picture and its four quarters; a coarse map may be a single cell wide.
        quarters = F.adaptive_avg_pool2d(coarse, 2).flatten(1)
        y = F.relu(self.hidden(torch.cat([coarse.mean((2, 3)), quarters], dim=1)))
        y = F.relu(self.again(y))
        weight, mean = self.out(y).split([c.components, c.components * c.latent], dim=1)
        log_weight = torch.log_softmax(weight, dim=1)
        return Codes(log_weight, mean.unflatten(1, (c.components, c.latent)), c.sigma)


build = MixtureDensity
