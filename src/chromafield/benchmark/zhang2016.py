"""The architecture of Zhang, Isola and Efros 2016 with random weights: the yardstick of speed.

Blocks of 3 x 3 convolutions with ReLU, a batch norm at each block's end, strides and dilations as
published, a transposed convolution back to a quarter of the input's size, 313 colour cells.
"""

from __future__ import annotations

from torch import nn

CELLS = 313

# A block: (channels, convolutions, stride of the last one, dilation)
BLOCKS = (
    (64, 2, 2, 1),
    (128, 2, 2, 1),
    (256, 3, 2, 1),
    (512, 3, 1, 1),
    (512, 3, 1, 2),
    (512, 3, 1, 2),
    (512, 3, 1, 1),
)


def zhang2016() -> nn.Sequential:
    """Lightness (b, 1, h, w) to logits (b, 313, h / 4, w / 4); 32.2 million parameters."""
    layers: list[nn.Module] = []
    width = 1
    for channels, count, stride, dilation in BLOCKS:
        for i in range(count):
            step = stride if i == count - 1 else 1
            layers.append(nn.Conv2d(width, channels, 3, step, padding=dilation, dilation=dilation))
            layers.append(nn.ReLU(inplace=True))
            width = channels
        layers.append(nn.BatchNorm2d(width))
    layers += [nn.ConvTranspose2d(width, 256, 4, 2, padding=1), nn.ReLU(inplace=True)]
    for _ in range(2):
        layers += [nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(inplace=True)]
    layers.append(nn.Conv2d(256, CELLS, 1))
    return nn.Sequential(*layers)
