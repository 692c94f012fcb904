"""Pictures in, several colourings of each out, as levels of their own type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from ..beliefs import as_gaussian
from ..canvas.lightness import lightness_of
from ..canvas.threads import refuse_fork
from ..canvas.upsample import levels_of
from ..image import Levels, Picture
from ..image.refused import refuse_color
from ..models import choose_device, load_model
from ..models.sampler.loading import Diverse, load_diverse
from ..models.weights import SHIPPED
from ..settings import check_value
from ..views.views import predict
from .samples import Sampling, samples


@dataclass(frozen=True)
class Sampler:
    """Loaded once, used for many pictures."""

    sampling: Sampling
    networks: Diverse
    device: str = "cpu"
    strength: float = 1.0  # 0 grey ... 1 full colour
    force: bool = False  # replace the colours of pictures that have some
    prior: nn.Module | None = None  # the network of `sampling.prior`

    def colour(self, picture: Picture, name: str = "The picture") -> Iterator[Levels]:
        """The picture's colourings as levels (h, w, 3) of its own type, its lightness kept.

        Args:
            name: what an error calls it.

        Raises:
            AlreadyColour: it has colours, and `force` is off.
            BadValue: more means than the mixture has.
            SolveError: the field did not converge.
        """
        refuse_fork()
        if not self.force:
            refuse_color(picture, name)
        lightness = lightness_of(picture).to(self.device)
        prior = None if self.prior is None else as_gaussian(predict(self.prior, lightness))
        for canvas in samples(lightness, self.networks, self.sampling, prior=prior):
            yield levels_of(canvas.strips(strength=self.strength), picture)


def load_sampler(
    sampling: Sampling,
    folder: Path = SHIPPED,
    device: str = "auto",
    strength: float = 1.0,
    force: bool = False,
) -> Sampler:
    """Load the networks in a folder; those that ship by default.

    Raises:
        UnknownName: the prior is no network.
        WeightsError: they are missing, damaged, or of different trainings.
        BadValue: a device that this machine does not have, or a strength outside 0 to 1.
    """
    refuse_fork()
    check_value("strength", strength)
    device = choose_device(device)
    prior = load_model(sampling.prior, device).model if sampling.prior else None
    return Sampler(sampling, load_diverse(folder, device), device, strength, force, prior)
