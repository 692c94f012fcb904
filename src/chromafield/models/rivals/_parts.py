"""What several generative networks share: squares, U-nets, chance that comes from a generator."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...errors import BadValue
from ...resize import resize

AB_UNIT = 110.0  # ab units that pix2pix calls 1
SLOPE = 0.2  # of leaky units below 0
DROPPING = 3  # levels of the way up, from the smallest on, whose values are dropped
WIDEST = 8  # times the first layer's channels


def squares(lightness: Float[Tensor, "b 1 h w"], side: int) -> Float[Tensor, "b 1 s s"]:
    """Pictures as they are shown to networks of one size: squeezed to side x side, in [-1, 1]."""
    return resize(lightness, (side, side)) / 50 - 1


def normal(like: Float[Tensor, "b ..."], random: torch.Generator, *shape: int) -> Tensor:
    """Standard normal numbers for each picture, the same on every device."""
    return torch.randn(len(like), *shape, generator=random).to(like)


def dropped(x: Tensor, share: float, random: torch.Generator) -> Tensor:
    """A share of the values set to 0, the others enlarged to the same mean."""
    kept = torch.rand(x.shape, generator=random) >= share
    return x * kept.to(x) / (1 - share)


def spread(code: Float[Tensor, "b z"], x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
    """The code beside every pixel's own channels."""
    return torch.cat([x, code[:, :, None, None].expand(-1, -1, *x.shape[2:])], dim=1)


class UNet(nn.Module):
    """pix2pix's generator: halved down to one pixel and doubled back, with bridges between.

    Convolutions are 4 x 4 with stride 2; the channels are 1, 2, 4 and then 8 times `width`.

    Args:
        side: of its pictures, a power of 2 from 8 on.
        code: numbers beside each level's input on the way down (BicycleGAN); 0: none.
    """

    def __init__(self, side: int, width: int, code: int = 0) -> None:
        super().__init__()
        levels = side.bit_length() - 1
        if side < 8 or side != 2**levels:
            raise BadValue(f"The side is {side}; it is 8, 16, 32, 64 or another power of 2.")
        wide = [width * min(2**level, WIDEST) for level in range(levels)]
        inside = [1, *wide[:-1]]
        self.downs = nn.ModuleList(
            nn.Conv2d(i + code, o, 4, 2, padding=1, bias=False)
            for i, o in zip(inside, wide, strict=True)
        )
        self.down_norms = nn.ModuleList(nn.BatchNorm2d(w) for w in wide[1:-1])
        back = [2, *wide[:-1]]
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(
                wide[i] * (1 if i == levels - 1 else 2), back[i], 4, 2, padding=1, bias=i == 0
            )
            for i in reversed(range(levels))
        )
        self.up_norms = nn.ModuleList(nn.BatchNorm2d(w) for w in reversed(wide[:-1]))

    def forward(
        self,
        x: Float[Tensor, "b 1 s s"],
        code: Float[Tensor, "b z"] | None = None,
        dropout: float = 0.0,
        random: torch.Generator | None = None,
    ) -> Float[Tensor, "b 2 s s"]:
        """Colours in [-1, 1].

        Args:
            dropout: the share of values that is dropped in the first levels on the way up.
            random: for which ones.
        """
        levels: list[Tensor] = []
        for i, down in enumerate(self.downs):
            seen = F.leaky_relu(levels[-1], SLOPE) if levels else x
            y = down(seen if code is None else spread(code, seen))
            levels.append(self.down_norms[i - 1](y) if 0 < i < len(self.downs) - 1 else y)
        y = levels.pop()
        for i, (up, norm) in enumerate(zip(self.ups, self.up_norms, strict=False)):
            y = norm(up(F.relu(y)))
            if random is not None and dropout and i < DROPPING:
                y = dropped(y, dropout, random)
            y = torch.cat([levels.pop(), y], dim=1)
        out: Tensor = torch.tanh(self.ups[-1](F.relu(y)))
        return out
