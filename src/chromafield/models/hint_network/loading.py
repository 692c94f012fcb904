"""Load the hint network beside the colorizer that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from ...beliefs import GaussianBelief
from ...errors import BadValue, WeightsError
from ...plugins import configure
from .. import LoadedModel, load_model, to_device
from ..lite_unet import LiteUNet
from ..weights import load_network, read_weights, shipped_path
from .listener import Config, Features, HintNetwork

HINT_NETWORK = "listener"


@dataclass(frozen=True, slots=True)
class EncodedGrey:
    """A grey picture encoded by both networks, for any number of hints on it."""

    features: Features
    mean: Float[Tensor, "b 2 h w"]  # the automatic colours, ab, on the last map's grid
    maps: Sequence[Tensor]  # the colorizer's, as `describe` gives them


@dataclass(frozen=True, slots=True)
class HintPredictor:
    """A colorizer and the hint network that was trained on it."""

    base: LiteUNet
    network: HintNetwork

    def encode(self, lightness: Float[Tensor, "b 1 h w"]) -> EncodedGrey:
        """Encode a grey picture: the slow half; L in [0, 100]."""
        maps, mean = describe(self.base, lightness)
        return EncodedGrey(self.network.encode(maps), mean, maps)

    def predict(
        self, seen: EncodedGrey, automatic: Float[Tensor, "b 2 h w"], given: GaussianBelief
    ) -> Float[Tensor, "b 2 h w"]:
        """Predict the colours from the automatic and the given ones, on the last map's grid."""
        return self.network.predict(seen.features, automatic, given)


def describe(
    base: LiteUNet, lightness: Float[Tensor, "b 1 h w"]
) -> tuple[list[Tensor], Float[Tensor, "b 2 i j"]]:
    """Compute the colorizer's maps and colours of a grey picture in one pass.

    Returns:
        Its maps at 1/8 and 1/16 of its input and its last at 1/4; its colours there, ab.
    """
    _, *maps = base.describe(lightness)
    return maps, base.believe(maps[-1]).gaussian.mean


def create_hint_network(**options: object) -> HintNetwork:
    """Build a hint network with fresh weights.

    Raises:
        BadValue: an option that its `Config` does not have.
    """
    return HintNetwork(configure(Config, options, HINT_NETWORK))


def load_base(name: str, device: str = "cpu") -> tuple[LiteUNet, str]:
    """Load the colorizer for a hint network; return it and its weights' SHA-256.

    Raises:
        UnknownName, WeightsError: as `load_model`.
        BadValue: a network of another kind.
    """
    trained = load_model(name, device)
    if not isinstance(trained.model, LiteUNet):
        raise BadValue(f"The listener stands on the model lite-unet, not on {trained.name}.")
    return trained.model, trained.digest


def is_trained_on(trained: LoadedModel) -> bool:
    """Return whether the shipped hint network was trained on these weights."""
    path = shipped_path(HINT_NETWORK)
    return path.exists() and read_weights(path)[1]["base"] == trained.digest


def base_of(digest: str, trained: LoadedModel) -> LiteUNet | None:
    """The colorizer, if it has the weights of this SHA-256."""
    model = trained.model
    return model if digest == trained.digest and isinstance(model, LiteUNet) else None


def load_hint_predictor(
    trained: LoadedModel, path: Path | None = None, device: str = "cpu"
) -> HintPredictor:
    """Load the hint network beside the colorizer that it was trained on.

    Args:
        path: the hint network's weights; by default those that ship.

    Raises:
        WeightsError: they are missing, damaged, of another network, or were trained on another.
    """
    path = path or shipped_path(HINT_NETWORK)
    network, _ = load_network(path, HINT_NETWORK, create_hint_network)
    base = base_of(network.config.base, trained)
    if base is None:
        raise WeightsError(
            f"The listener in {path} was trained on other weights "
            f"({network.config.base[:12]}...) than those of {trained.name} "
            f"({trained.digest[:12]}...). Hints go by the field alone without it."
        )
    return HintPredictor(base, to_device(network.eval().requires_grad_(False), device))  # type: ignore[arg-type]
