"""zhang2016: Colorful Image Colorization, a distribution over 313 colours; 32 million parameters.

The network of the release under its parameters' names, so that its weights load strictly. The
cells' centres are the weights of its last layer: what a file holds there is what its answer is
over. The belief is the softmax of the logits; the paper's colours are its mean after annealing,
which is the field `annealed`.

References:
    Zhang, Isola and Efros, Colorful image colorization, 2016.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import LabelBelief
from ..errors import WeightsError
from ._cells import STEP, zhang_cells
from ._padding import cropped, padded
from ._zhang import AB_UNIT, MULTIPLE, Config, begin, block, doubled, trunk

STRIDE = 4  # pixels a cell of the output
NEAR = 0.5  # ab units: centres so near to the grid of tens are meant to lie on it
FAR = 125.0  # ab units: no cell lies beyond


class Zhang2016(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        four, eight = 4 * config.width, 8 * config.width
        for number, part in enumerate(trunk(1, config.width, stride=2), start=1):
            self.add_module(f"model{number}", part)
        cells = zhang_cells()
        self.model8 = nn.Sequential(
            doubled(eight, four),
            nn.ReLU(),
            *block((four, four, four), norm=False),
            nn.Conv2d(four, len(cells), 1),
        )
        self.model_out = nn.Conv2d(len(cells), 2, 1, bias=False)
        begin(self)
        with torch.no_grad():
            self.model_out.weight.copy_((cells / AB_UNIT).T[:, :, None, None])
        self.model_out.requires_grad_(False)  # places of the cells, not something to learn

    @property
    def palette(self) -> Float[Tensor, "k 2"]:
        """The cells' centres, CIELAB ab; on the grid of tens where they are near it."""
        own = AB_UNIT * self.model_out.weight.detach()[:, :, 0, 0].T
        grid = STEP * (own / STEP).round()
        return torch.where((own - grid).abs() < NEAR, grid, own)

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> LabelBelief:
        """A belief on a grid of ceil(h / 4) x ceil(w / 4); any size, L in [0, 100]."""
        h, w = lightness.shape[2:]
        x = (padded(lightness, MULTIPLE) - 50) / 100
        for number in range(1, 9):
            x = self.get_submodule(f"model{number}")(x)
        return LabelBelief(-cropped(x, (h, w), STRIDE), self.palette.contiguous())

    def accept(self, source: str) -> str:
        """What is unusual in weights that were loaded: a sentence, or "".

        Raises:
            WeightsError: they hold no colours where the cells should be.
        """
        cells = self.palette
        if not cells.isfinite().all() or cells.abs().max() > FAR:
            raise WeightsError(
                f"{source} holds no colours in model_out.weight: ab reaches "
                f"{float(cells.abs().max()):.0f}, colours end at {FAR:.0f}. "
                "It is of another network, or damaged."
            )
        if torch.equal(cells, zhang_cells().to(cells)):
            return ""
        return (
            f"The {len(cells)} cells in {source} are not those of the published network "
            f"(pts_in_hull); the file's own are used."
        )


build = Zhang2016

# Clauses of the models' contract that do not hold here, and why.
EXCEPTIONS = {
    "gradient": "the cells' places are not learnt: model_out",
    "folded": "its norms follow a ReLU",
}
