"""A colorizer from its settings: what they name is read and checked."""

from __future__ import annotations

from pathlib import Path

from ..canvas.canvas import Palette
from ..canvas.threads import refuse_fork
from ..errors import BadValue
from ..fields import create_field, field_options, takes_vividness
from ..hints.file import read_hints
from ..image import Picture, read_picture
from ..image.detect import has_color
from ..image.listing import pictures_of
from ..models import LoadedModel, choose_device, load_model
from ..reference.palette_source import read_histogram
from ..settings import Settings, defaults
from .colorizer import Colorizer


def load_colorizer(
    settings: Settings, device: str = "auto", trained: LoadedModel | None = None
) -> Colorizer:
    """Load what the settings name.

    Args:
        trained: their model, where it is loaded already.

    Raises:
        UnknownName: no such model or field.
        WeightsError: the model's weights are missing or damaged.
        BadValue: a device that this machine does not have, an option that the field does not have,
            or a palette or a reference without colours.
        PictureError: the palette's picture, the reference or the coloured version cannot be read.
        DataError: the hints cannot be read.
        Forked: this process was forked from one that used Chromafield.
    """
    refuse_fork()
    seed = {"seed": settings.seed} if "seed" in field_options(settings.field) else {}
    field = create_field(settings.field, **(seed | dict(settings.options)))
    if settings.vividness != defaults["vividness"] and not takes_vividness(settings.field):
        raise BadValue(
            f"The field {settings.field} takes no vividness, since it decides on the distribution "
            "itself. Leave the field or the vividness out."
        )
    place = choose_device(device)
    palette = None
    if settings.palette is not None:
        palette = Palette(read_histogram(settings.palette), settings.palette_strength)
    hints = read_hints(Path(settings.hints)) if settings.hints is not None else None
    references = () if settings.reference is None else _references(Path(settings.reference))
    colored = None if settings.colors_from is None else read_picture(Path(settings.colors_from))
    model = trained or load_model(settings.model, place)
    return Colorizer(settings, model, field, place, palette, hints, references, colored)


def _references(named: Path) -> tuple[Picture, ...]:
    """The picture, or the pictures of the folder; raises as `load_colorizer`."""
    paths = pictures_of(named)
    if not paths:
        raise BadValue(f"The reference's folder {named} holds no pictures.")
    found = tuple(read_picture(path) for path in paths)
    for path, picture in zip(paths, found, strict=True):
        if not has_color(picture):
            raise BadValue(f"The reference {path} has no colours. Name one that has.")
    return found
