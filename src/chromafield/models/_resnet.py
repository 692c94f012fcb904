"""The first paper's trunk: ResNet-18 on one lightness channel, as far as its second stage.

Parameters have torchvision's names, so that its checkpoints serve as a start; the first kernels are
summed over the three colours, because a grey picture shows each of them the same value.

References:
    He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016;
    Melas-Kyriazi and Han, section 3.1 and Figure 2.
"""

from __future__ import annotations

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

STEM = 64  # channels of the stem and of the first stage
WIDTH = 128  # channels of the second stage, at 1/8 of the picture's size
MULTIPLE = 8  # both sides of what the trunk sees are multiples of this


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions with norms, and what went in added at the end."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or inside != outside:
            shrink = nn.Conv2d(inside, outside, 1, stride, bias=False)
            self.downsample = nn.Sequential(shrink, nn.BatchNorm2d(outside))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.downsample(x))


def stage(inside: int, outside: int, stride: int) -> nn.Sequential:
    """Two blocks; the first changes the width and the size."""
    return nn.Sequential(BasicBlock(inside, outside, stride), BasicBlock(outside, outside, 1))


class Trunk(nn.Module):
    """Stem, layer1 and layer2 of ResNet-18; a network that is one has these names at its top."""

    def __init__(self, inside: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, STEM, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(STEM)
        self.layer1 = stage(STEM, STEM, 1)
        self.layer2 = stage(STEM, WIDTH, 2)

    def features(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 128 i j"]:
        """`x` of about unit range, both sides multiples of 8; features at 1/8 of its size."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        out: Tensor = self.layer2(self.layer1(x))
        return out


class Decoder(nn.Module):
    """The paper's convolutions and enlargements after the trunk, from 1/8 to 1/4 or 1/2.

    The release's layers: 3 x 3 convolutions of 128, 64, 64, 32 and `outside` channels, the first
    two with norms, a sigmoid before the last, nearest neighbours wherever the map grows.
    """

    def __init__(self, outside: int, doublings: int) -> None:
        super().__init__()
        self.doublings = doublings
        self.conv1 = nn.Conv2d(WIDTH, 128, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(128)
        self.conv2 = nn.Conv2d(128, 64, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(64)
        self.conv3 = nn.Conv2d(64, 64, 3, padding=1)
        self.conv4 = nn.Conv2d(64, 32, 3, padding=1)
        self.conv5 = nn.Conv2d(32, outside, 3, padding=1)

    def forward(self, x: Float[Tensor, "b 128 h w"]) -> Float[Tensor, "b c i j"]:
        x = F.interpolate(F.relu(self.bn1(self.conv1(x))), scale_factor=2)
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.relu(self.conv3(x))
        if self.doublings > 1:
            x = F.interpolate(x, scale_factor=2)
        out: Tensor = self.conv5(self.conv4(x).sigmoid())
        return out
