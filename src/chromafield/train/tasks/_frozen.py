"""What tasks share whose network learns beside one that does not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...data.crops import Batch
from ...datasets.datasets import Photo
from ...errors import BadValue
from ...models import SEPARATOR, shipped_path, split_names, to_device
from ...models._efficientnet import VARIANTS
from ...models.hint_network.loading import describe, load_base
from ...models.lite_unet import LiteUNet
from ...models.sampler.loading import load_vae
from ...models.sampler.vae import Vae
from ...models.weights import load_network, load_state
from ..config import RunConfig
from ..held_out import root_mean_square, split_photos
from ..objective import State
from ..task import Result, figures_result

N = TypeVar("N", bound=nn.Module)

SHIPPED = "vae"  # as a start: the VAE that comes with the package


def alone(network: nn.Module, kind: type[N]) -> N:
    """The network itself.

    Raises:
        BadValue: it is spread over several processes.
    """
    if not isinstance(network, kind):
        raise BadValue("This network trains in one process; start it without torchrun.")
    return network


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def draw_normal(like: Tensor, random: torch.Generator) -> Tensor:
    """Standard normal numbers, the same on every device."""
    return torch.randn(like.shape, generator=random).to(like)


class SeededObjective:
    """An objective's random numbers, which a run that goes on takes up where they were."""

    def __init__(self, seed: int) -> None:
        self.random = seeded(seed)

    def numpy_random(self) -> np.random.Generator:
        """A generator for NumPy's work on the next batch, which follows from these numbers."""
        return np.random.default_rng(int(torch.randint(2**62, (), generator=self.random)))

    def state(self) -> State:
        return {"random": self.random.get_state()}

    def restore(self, state: State) -> None:
        self.random.set_state(state["random"])


class OnFrozenColorizer(nn.Module):
    """A network that learns, on a colorizer that does not."""

    def __init__(self, base: LiteUNet, learner: nn.Module) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.learner = learner

    def describe(self, seen: Float[Tensor, "b 1 h w"]) -> tuple[list[Tensor], Tensor]:
        """The colorizer's maps and colours of grey pictures, without gradients."""
        self.base.eval()
        with torch.no_grad():
            return describe(self.base, seen)


@dataclass(frozen=True)
class OnColorizerTask(ABC):
    """What tasks of such networks share; the run's start names the colorizer first."""

    name: ClassVar[str]  # of the network that learns, in its weight file
    create: ClassVar[Callable[..., nn.Module]]  # that network from its options
    together: ClassVar[type[OnFrozenColorizer]]  # both
    config: RunConfig

    @cached_property
    def base(self) -> tuple[LiteUNet, str]:
        """The colorizer and its SHA-256."""
        return load_base(split_names(self.config.start)[0], self.config.device)

    def network(self, begin: bool) -> nn.Module:
        """The new network on the colorizer, from earlier weights where the start has some.

        Raises:
            BadValue: an option that it does not have.
            WeightsError: the earlier weights are missing, damaged or of another network.
        """
        colorizer, digest = self.base
        torch.manual_seed(self.config.crops.seed)
        taps, last = VARIANTS[colorizer.config.encoder].taps[2:4], colorizer.config.widths[-1]
        own = {"maps": (*taps, last), **self.config.options, "base": digest}
        learner = type(self).create(**own)
        earlier = SEPARATOR.join(split_names(self.config.start)[1:])
        if begin and earlier:
            loaded, _ = load_network(Path(earlier), self.name, type(self).create)
            load_state(learner, loaded.state_dict(), Path(earlier))
        return to_device(self.together(colorizer, learner), self.config.device)

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return split_photos(self.config)

    @abstractmethod
    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]: ...

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        figures = self.figures(network, held_out) if held_out else {}
        return figures_result(self.name, alone(network, OnFrozenColorizer).learner, figures)


class OnFrozenVae(nn.Module):
    """A network that learns, on a VAE that does not."""

    def __init__(self, vae: Vae, learner: nn.Module) -> None:
        super().__init__()
        self.vae = vae.requires_grad_(False)
        self.learner = learner


def on_frozen_vae(config: RunConfig, create: Callable[[Vae, str], nn.Module]) -> nn.Module:
    """A new network on the VAE of the run's start.

    Args:
        create: the network for a VAE and its SHA-256.

    Raises:
        WeightsError: the VAE's weights are missing, damaged or of another network.
    """
    shipped = config.start == SHIPPED
    # Loading draws random numbers, so the seed comes after it.
    vae, digest = load_vae(shipped_path("vae") if shipped else Path(config.start))
    torch.manual_seed(config.crops.seed)
    return to_device(OnFrozenVae(vae, create(vae, digest)), config.device)


def row_errors(
    predict: Callable[[Batch], tuple[Tensor, Mapping[str, Tensor]]], batches: Iterable[Batch]
) -> dict[str, float]:
    """The mean error in ab units of each named row.

    Args:
        predict: true colours of a batch, and by name others.
    """
    found: dict[str, list[Tensor]] = {}
    for batch in batches:
        true, rows = predict(batch)
        for name, ab in rows.items():
            found.setdefault(f"rmse, {name}", []).append(root_mean_square(ab, true))
    return {name: float(torch.cat(errors).mean()) for name, errors in found.items()}
