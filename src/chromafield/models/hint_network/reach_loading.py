"""Load the reach network beside the default network, whose maps it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from ...plugins import configure
from ...resize import shrink
from .. import LoadedModel, to_device
from ..lite_unet import LiteUNet
from ..weights import load_network, shipped_path
from .loading import base_of, describe
from .reach import Config, Features, ReachNetwork

REACH = "reach"


@dataclass(frozen=True, slots=True)
class ReachPredictor:
    """The default network and the reach network that was trained on it."""

    base: LiteUNet
    network: ReachNetwork

    def encode(
        self, seen: Float[Tensor, "b 1 h w"], maps: Sequence[Tensor] | None = None
    ) -> Features:
        """Encode a grey picture: the slow half.

        Args:
            seen: L in [0, 100].
            maps: the default network's maps of it, if they are known; see `describe`.
        """
        if maps is None:
            maps, _ = describe(self.base, seen)
        return self.network.encode(maps, shrink(seen, (maps[-1].shape[2], maps[-1].shape[3])))


def create_reach_network(**options: object) -> ReachNetwork:
    """Build a reach network with fresh weights.

    Raises:
        BadValue: an option that its `Config` does not have.
    """
    return ReachNetwork(configure(Config, options, REACH))


def load_reach_predictor(
    trained: LoadedModel, path: Path | None = None, device: str = "cpu"
) -> ReachPredictor | None:
    """Load the reach network beside the default network; None if it was trained on another.

    Args:
        trained: the default network.
        path: the reach network's weights; by default those that ship.

    Raises:
        WeightsError: they are damaged or of another network.
    """
    path = path or shipped_path(REACH)
    if not path.exists():
        return None
    network, _ = load_network(path, REACH, create_reach_network)
    base = base_of(network.config.base, trained)
    if base is None:
        return None
    return ReachPredictor(base, to_device(network.eval().requires_grad_(False), device))  # type: ignore[arg-type]
