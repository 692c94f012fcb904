"""A model, a field and the settings between them: pictures in, coloured levels out."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from ..beliefs import one_of
from ..defaults import FIELD, MODEL, SIZE, VIEWS
from ..errors import AlreadyColour, BadValue
from ..fields import Field, create_field, field_options
from ..image import Levels, Picture, read_picture
from ..image.detect import is_colour
from ..models import Trained, choose_device, load_model
from .canvas import Canvas, Palette, check_strength, finish_canvas
from .carry import Carrier, make_carrier
from .hint_file import digest_of, read_hints
from .hints import Hints
from .lightness import lightness_of
from .listen import ear_for
from .palettes import read_histogram
from .reference import Described, describe, lab_of, refer
from .views import propose


@dataclass(frozen=True)
class Settings:
    """What decides on the colours; two pictures with equal settings and weights come out equal."""

    model: str = MODEL  # a name, the path of a weight file, or several joined by +
    field: str = FIELD
    size: int = SIZE  # the network sees about size x size pixels
    strength: float = 1.0  # 0 grey ... 1 full colour
    force: bool = False  # replace the colours of pictures that have some
    seed: int = 0  # of fields that draw
    views: int = VIEWS  # of the picture, over which the network's guess is averaged
    palette: str | None = None  # colours to see more of; see `read_histogram`
    palette_strength: float = 1.0  # 0 none ... 1 the first paper's product
    reference: str | None = None  # a colour picture to take colours from, where it looks alike
    reference_strength: float = 1.0  # 0 none ... 1 full trust in good matches
    options: tuple[tuple[str, Any], ...] = ()  # names and values of the field's own
    hints: str | None = None  # a file of colours that a person gives; see `read_hints`

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise BadValue(f"The strength is {self.strength}; it goes from 0 (grey) to 1 (full).")
        check_strength(self.palette_strength)
        if not 0 <= self.reference_strength <= 1:
            raise BadValue(
                f"The reference's strength is {self.reference_strength}; it goes from 0 to 1."
            )


@dataclass(frozen=True)
class Colorizer:
    """Loaded once, used for many pictures."""

    settings: Settings
    trained: Trained
    field: Field
    device: str
    palette: Palette | None = None
    hints: Hints | None = None
    reference: Picture | None = None

    @property
    def palette_digest(self) -> str | None:
        """SHA-256 of the palette's shares: the same colours, the same digest."""
        if self.palette is None:
            return None
        return hashlib.sha256(self.palette.histogram.share.numpy().tobytes()).hexdigest()

    @property
    def reference_digest(self) -> str | None:
        """SHA-256 of the reference's pixels."""
        if self.reference is None:
            return None
        return hashlib.sha256(self.reference.pixels.tobytes()).hexdigest()

    @property
    def hints_digest(self) -> str | None:
        """SHA-256 of what a person gave."""
        return None if self.hints is None else digest_of(self.hints)

    def canvas(self, picture: Picture) -> Canvas:
        """The slow half: the network and the field's view of the picture."""
        return self.canvas_of(lightness_of(picture))

    def canvas_of(self, lightness: Float[Tensor, "1 1 H W"]) -> Canvas:
        """The same for a picture's lightness alone, [0, 100]."""
        (canvas,) = self.canvases_of(lightness)
        return canvas

    def canvases_of(self, lightness: Float[Tensor, "b 1 H W"]) -> list[Canvas]:
        """The same for pictures of one size, which the network sees at once."""
        lightness = lightness.to(self.device)
        model, told = self.trained.model, self.settings
        beliefs = propose(model, lightness, told.size, told.views)
        canvases = []
        for i in range(len(lightness)):
            own = lightness[i : i + 1]
            opinions = []
            if self.described is not None:
                opinions.append(refer(model, own, self.described, told.reference_strength))
            belief = one_of(beliefs, i)
            canvases.append(finish_canvas(belief, own, self.field, self.palette, opinions))
        return canvases

    @functools.cached_property
    def described(self) -> Described | None:
        """What the network sees in the reference."""
        if self.reference is None:
            return None
        return describe(self.trained.model, lab_of(self.reference).to(self.device))

    def colour(self, picture: Picture, name: str = "The picture") -> Levels:
        """The picture's colours as levels (h, w, 3) of its own type, its lightness kept.

        Args:
            name: what an error calls it.

        Raises:
            AlreadyColour: it has colours, and `force` is off.
            SolveError: the field did not converge.
            DataError, PictureError: a picture that the hints name cannot be read.
            BadValue: the field cannot do what the hints ask for.
        """
        if not self.settings.force:
            refuse_colour(picture, name)
        canvas = self.canvas(picture)
        strength = self.settings.strength
        if self.hints is None:
            return levels_of(canvas.strips(strength=strength), picture)
        return levels_of(self.carrier(canvas).strips(self.hints, strength), picture)

    def carrier(self, canvas: Canvas) -> Carrier:
        """The canvas made ready for hints, with the network that listens where one was trained."""
        return make_carrier(canvas, ear=ear_for(canvas.lightness, self.trained))


def refuse_colour(picture: Picture, name: str) -> None:
    """Raises: AlreadyColour: the picture, which an error calls `name`, has colours."""
    has_colour, spread = is_colour(picture)
    if has_colour:
        raise AlreadyColour(name, spread)


def levels_of(strips: Iterable[tuple[slice, Float[Tensor, "3 r W"]]], picture: Picture) -> Levels:
    """Rows of sRGB in [0, 1] as levels (h, w, 3) of the picture's own type."""
    out = np.empty((*picture.size, 3), picture.pixels.dtype)
    top = np.iinfo(out.dtype).max
    for rows, rgb in strips:
        out[rows] = (rgb * top).round().movedim(0, -1).cpu().numpy()
    return out


def load_colorizer(
    settings: Settings, device: str = "auto", trained: Trained | None = None
) -> Colorizer:
    """Load what the settings name.

    Args:
        trained: their model, where it is loaded already.

    Raises:
        UnknownName: no such model or field.
        WeightsError: the model's weights are missing or damaged.
        BadValue: a device that this machine does not have, an option that the field does not have,
            or a palette without colours.
        PictureError: the palette's picture or the reference cannot be read.
        DataError: the hints cannot be read.
    """
    seed = {"seed": settings.seed} if "seed" in field_options(settings.field) else {}
    field = create_field(settings.field, **(seed | dict(settings.options)))
    place = choose_device(device)
    palette = None
    if settings.palette is not None:
        palette = Palette(read_histogram(settings.palette), settings.palette_strength)
    hints = read_hints(Path(settings.hints)) if settings.hints is not None else None
    reference = read_picture(Path(settings.reference)) if settings.reference is not None else None
    if reference is not None and not is_colour(reference)[0]:
        raise BadValue(f"The reference {settings.reference} has no colours. Name one that has.")
    model = trained or load_model(settings.model, place)
    return Colorizer(settings, model, field, place, palette, hints, reference)
