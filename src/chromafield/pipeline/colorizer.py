"""A model, a field and the settings between them: pictures in, coloured levels out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..defaults import FIELD, MODEL, SIZE
from ..errors import AlreadyColour, BadValue
from ..fields import Field, create_field, field_options
from ..image import Levels, Picture
from ..image.detect import is_colour
from ..models import Trained, choose_device, load_model
from .canvas import Canvas, make_canvas
from .lightness import lightness_of


@dataclass(frozen=True)
class Settings:
    """What decides on the colours; two pictures with equal settings and weights come out equal."""

    model: str = MODEL  # a name, or the path of a weight file
    field: str = FIELD
    size: int = SIZE  # the network sees about size x size pixels
    strength: float = 1.0  # 0 grey ... 1 full colour
    force: bool = False  # replace the colours of pictures that have some
    seed: int = 0  # of fields that draw

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise BadValue(f"The strength is {self.strength}; it goes from 0 (grey) to 1 (full).")


@dataclass(frozen=True)
class Colorizer:
    """Loaded once, used for many pictures."""

    settings: Settings
    trained: Trained
    field: Field
    device: str

    def canvas(self, picture: Picture) -> Canvas:
        """The slow half: the network and the field's view of the picture."""
        lightness = lightness_of(picture).to(self.device)
        return make_canvas(lightness, self.trained.model, self.field, self.settings.size)

    def colour(self, picture: Picture, name: str = "The picture") -> Levels:
        """The picture's colours as levels (h, w, 3) of its own type, its lightness kept.

        Args:
            name: what an error calls it.

        Raises:
            AlreadyColour: it has colours, and `force` is off.
            SolveError: the field did not converge.
        """
        if not self.settings.force:
            coloured, spread = is_colour(picture)
            if coloured:
                raise AlreadyColour(name, spread)
        canvas = self.canvas(picture)
        out = np.empty((*picture.size, 3), picture.pixels.dtype)
        top = np.iinfo(out.dtype).max
        for rows, rgb in canvas.strips(strength=self.settings.strength):
            out[rows] = (rgb * top).round().movedim(0, -1).cpu().numpy()
        return out


def load_colorizer(settings: Settings, device: str = "auto") -> Colorizer:
    """Load what the settings name.

    Raises:
        UnknownName: no such model or field.
        WeightsError: the model's weights are missing or damaged.
        BadValue: a device that this machine does not have.
    """
    seed = {"seed": settings.seed} if "seed" in field_options(settings.field) else {}
    field = create_field(settings.field, **seed)
    place = choose_device(device)
    return Colorizer(settings, load_model(settings.model, place), field, place)
