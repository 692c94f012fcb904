"""The colourings a table compares, by name."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ..fields import Field, create_field
from ..models import MODEL, choose_device, load_model
from ..pipeline.canvas import SIZE, make_canvas
from .report import Paint


def named_methods(
    models: Sequence[str], fields: Sequence[str], size: int | None, device: str
) -> dict[str, Paint]:
    """Every field on every model, named "model field".

    Args:
        models: names or weight files; the default model where there are none.
        size: what the networks see; the default where None.

    Raises:
        UnknownName, WeightsError, BadValue: a name, file or device that is not there.
    """
    place = choose_device(device)
    methods: dict[str, Paint] = {}
    for name in models or (MODEL,):
        trained = load_model(name, place)
        for field in fields:
            paint = painter(trained.model, create_field(field), SIZE if size is None else size)
            methods[f"{trained.name} {field}"] = paint
    return methods


def painter(model: nn.Module, field: Field, size: int = SIZE) -> Paint:
    """What turns lightness into a picture by this model and field, on the model's device."""
    device = next(model.parameters()).device

    def paint(lightness: Tensor) -> Tensor:
        return make_canvas(lightness.to(device), model, field, size).paint().cpu()

    return paint
