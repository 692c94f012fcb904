"""The colourings a table compares, by name."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ..defaults import MODEL, SIZE, VIEWS
from ..fields import Field, create_field
from ..models import choose_device, load_model
from ..pipeline.canvas import make_canvas
from .report import Paint


def named_methods(
    models: Sequence[str], fields: Sequence[str], size: int, views: int, device: str
) -> dict[str, Paint]:
    """Every field on every model, named "MODEL FIELD" as they were given.

    Args:
        models: names or weight files; the default model where there are none.
        size, views: what the networks see; see `pipeline.views`.

    Raises:
        UnknownName, WeightsError, BadValue: a name, file or device that is not there.
    """
    place = choose_device(device)
    methods: dict[str, Paint] = {}
    for name in models or (MODEL,):
        model = load_model(name, place).model
        for field in fields:
            paint = painter(model, create_field(field), size, views)
            methods[f"{name} {field}"] = paint
    return methods


def painter(model: nn.Module, field: Field, size: int = SIZE, views: int = VIEWS) -> Paint:
    """What turns lightness into colours by this model and field, on the model's device."""
    device = next(model.parameters()).device

    def paint(lightness: Tensor) -> Tensor:
        return make_canvas(lightness.to(device), model, field, size, views).solve().cpu()

    return paint
