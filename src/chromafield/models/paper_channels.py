"""paper-channels: the first paper's classifier, 25 bins for a and 25 for b.

The trunk and the decoder of `paper-cnn`, its last layer a distribution over colours in place of a
colour, at a quarter of the picture's size: the belief that the paper's random field was made for.

References:
    Melas-Kyriazi and Han, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..beliefs import CHANNEL_BINS, ChannelBeliefs, channel_beliefs
from ._padding import cropped, padded
from ._resnet import MULTIPLE, Decoder, Trunk

STRIDE = 4  # pixels a cell of the output


@dataclass(frozen=True)
class Config:
    """The paper leaves nothing to choose."""


class PaperChannels(Trunk):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.decoder = Decoder(2 * CHANNEL_BINS, doublings=1)

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> ChannelBeliefs:
        """Beliefs on a grid of ceil(h / 4) x ceil(w / 4); any size, L in [0, 100]."""
        h, w = lightness.shape[2:]
        y = self.decoder(self.features(padded(lightness / 100, MULTIPLE)))
        return channel_beliefs(-cropped(y, (h, w), STRIDE))


build = PaperChannels
