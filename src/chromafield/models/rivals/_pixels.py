"""PixelCNN++'s parts: convolutions that see earlier pixels alone, and mixtures of logistics.

References:
    Salimans, Karpathy, Chen and Kingma, PixelCNN++, 2017; van den Oord et al., Conditional image
    generation with PixelCNN decoders, 2016.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ._parts import dropped

HALF = 127.5  # values are whole ab units from -128 to 127, as (ab + 0.5) / 127.5
LEAST_SCALE = -7.0  # of a logistic's logarithm


class Above(nn.Conv2d):
    """Sees its row and those above, both sides."""

    def __init__(self, inside: int, outside: int, rows: int, columns: int) -> None:
        super().__init__(inside, outside, (rows, columns))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
        rows, columns = self.kernel_size
        side = (columns - 1) // 2
        return super().forward(F.pad(x, (side, side, rows - 1, 0)))


class AboveLeft(nn.Conv2d):
    """Sees its row and those above, to the left alone."""

    def __init__(self, inside: int, outside: int, rows: int, columns: int) -> None:
        super().__init__(inside, outside, (rows, columns))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d h w"]:
        rows, columns = self.kernel_size
        return super().forward(F.pad(x, (columns - 1, 0, rows - 1, 0)))


def both_signs(x: Tensor) -> Tensor:
    """Exponential-linear units of x and of -x, one after the other."""
    return F.elu(torch.cat([x, -x], dim=1))


class Gated(nn.Module):
    """A gated residual layer; another stream and what is known of the picture may enter."""

    def __init__(self, kind: type[nn.Module], width: int, size: tuple[int, int], other: bool):
        super().__init__()
        self.first = kind(2 * width, width, *size)
        self.other = nn.Conv2d(2 * width, width, 1) if other else None
        self.second = kind(2 * width, 2 * width, *size)
        self.known = nn.Conv2d(width, 2 * width, 1, bias=False)

    def forward(
        self,
        x: Float[Tensor, "b c h w"],
        known: Float[Tensor, "b c h w"],
        other: Float[Tensor, "b c h w"] | None = None,
        dropout: float = 0.0,
        random: torch.Generator | None = None,
    ) -> Float[Tensor, "b c h w"]:
        y = self.first(both_signs(x))
        if self.other is not None and other is not None:
            y = y + self.other(both_signs(other))
        y = both_signs(y)
        if random is not None and dropout:
            y = dropped(y, dropout, random)
        change, gate = (self.second(y) + self.known(known)).chunk(2, dim=1)
        out: Tensor = x + change * torch.sigmoid(gate)
        return out


class Pixels(nn.Module):
    """Two streams, one of rows above and one of pixels to the left too."""

    def __init__(self, width: int, blocks: int, outside: int) -> None:
        super().__init__()
        self.first_above = Above(3, width, 2, 3)
        self.first_row = Above(3, width, 1, 3)
        self.first_left = AboveLeft(3, width, 2, 1)
        self.above = nn.ModuleList(Gated(Above, width, (2, 3), False) for _ in range(blocks))
        self.left = nn.ModuleList(Gated(AboveLeft, width, (2, 2), True) for _ in range(blocks))
        self.last = nn.Conv2d(width, outside, 1)

    def forward(
        self,
        x: Float[Tensor, "b 2 h w"],
        known: Float[Tensor, "b c h w"],
        dropout: float = 0.0,
        random: torch.Generator | None = None,
    ) -> Float[Tensor, "b o h w"]:
        """What each pixel's distribution follows from: pixels before it, and what is known."""
        seen = F.pad(x, (0, 0, 0, 0, 0, 1), value=1.0)  # so that the border is told from 0
        above = _below(self.first_above(seen))
        left = _below(self.first_row(seen)) + F.pad(self.first_left(seen)[..., :-1], (1, 0))
        for one, two in zip(self.above, self.left, strict=True):
            above = one(above, known, None, dropout, random)
            left = two(left, known, above, dropout, random)
        out: Tensor = self.last(F.elu(left))
        return out


def _below(x: Tensor) -> Tensor:
    """Each row a row lower; the first is 0."""
    return F.pad(x[..., :-1, :], (0, 0, 1, 0))


def mixture(
    raw: Float[Tensor, "b o h w"], lightness: Float[Tensor, "b 1 h w"], a: Float[Tensor, "b h w"]
) -> tuple[Float[Tensor, "b m h w"], Float[Tensor, "b m 2 h w"], Float[Tensor, "b m 2 h w"]]:
    """The logits of the components, and the middles and the scales' logarithms of a and of b.

    A component's middle of a follows from the lightness too, that of b from lightness and a.

    Args:
        raw: eight numbers a component: a logit, two middles, two scales, three couplings.
        lightness: in [-1, 1].
        a: in [-1, 1], for the middle of b.
    """
    each = raw.reshape(len(raw), -1, 8, *raw.shape[2:])
    logit, middle, scale, coupling = torch.split(each, [1, 2, 2, 3], dim=2)
    by_a, by_b, by_ab = torch.tanh(coupling).unbind(2)
    middle_a = middle[:, :, 0] + by_a * lightness
    middle_b = middle[:, :, 1] + by_b * lightness + by_ab * a[:, None]
    return logit[:, :, 0], torch.stack([middle_a, middle_b], 2), scale.clamp_min(LEAST_SCALE)


def log_likelihood(
    raw: Float[Tensor, "b o h w"],
    lightness: Float[Tensor, "b 1 h w"],
    x: Float[Tensor, "b 2 h w"],
) -> Float[Tensor, "b h w"]:
    """log p(a, b) of each pixel in nats; the outermost values have all that lies beyond."""
    logit, middle, scale = mixture(raw, lightness, x[:, 0])
    away = x[:, None] - middle
    narrow = torch.exp(-scale)
    high, low = narrow * (away + 1 / (2 * HALF)), narrow * (away - 1 / (2 * HALF))
    first, last = x[:, None] < -0.999, x[:, None] > 0.999
    inside = (torch.sigmoid(high) - torch.sigmoid(low)).clamp_min(1e-12).log()
    own = torch.where(first, F.logsigmoid(high), torch.where(last, F.logsigmoid(-low), inside))
    return torch.logsumexp(torch.log_softmax(logit, dim=1) + own.sum(2), dim=1)


def draw_pixel(
    raw: Float[Tensor, "b o 1 1"], lightness: Float[Tensor, "b 1 1 1"], random: torch.Generator
) -> Float[Tensor, "b 2"]:
    """a and b of one pixel."""
    b = len(raw)
    logit, middle, scale = mixture(raw, lightness, torch.zeros_like(raw[:, 0]))
    weight = logit[:, :, 0, 0].softmax(1).double().cpu()
    chosen = torch.multinomial(weight, 1, generator=random).to(raw.device)[:, 0]
    u = torch.rand(b, 2, generator=random).clamp(1e-5, 1 - 1e-5).to(raw)
    noise = scale[torch.arange(b), chosen, :, 0, 0].exp() * (u.log() - (1 - u).log())
    a = (middle[torch.arange(b), chosen, 0, 0, 0] + noise[:, 0]).clamp(-1, 1)
    _, middle, _ = mixture(raw, lightness, a[:, None, None])
    own = (middle[torch.arange(b), chosen, 1, 0, 0] + noise[:, 1]).clamp(-1, 1)
    return torch.stack([a, own], dim=1)


def as_values(ab: Float[Tensor, "b 2 h w"]) -> Float[Tensor, "b 2 h w"]:
    """Whole ab units as values in [-1, 1]."""
    return (ab.round().clamp(-128, 127) + 0.5) / HALF


def as_ab(x: Float[Tensor, "b 2 h w"]) -> Float[Tensor, "b 2 h w"]:
    return x * HALF - 0.5
