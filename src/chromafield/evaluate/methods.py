"""The colourings a table compares, by name."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..canvas.canvas import make_canvas
from ..defaults import MODEL, SIZE, VIEWS
from ..fields import Field, create_field, takes_vividness
from ..models import choose_device, load_model
from ..reference.reference import encode_references, refer
from .report import ColorMethod, TruthMethod


def named_methods(
    models: Sequence[str],
    fields: Sequence[str],
    size: int,
    views: int,
    device: str,
    vividness: Sequence[float] = (0.0,),
) -> dict[str, ColorMethod]:
    """Every field on every model at every vividness that makes a difference, named as given.

    Args:
        models: names or weight files; the default model where there are none.
        size, views: what the networks see; see `views.views`.

    Raises:
        UnknownName, WeightsError, BadValue: a name, file or device that is not there.
    """
    device = choose_device(device)
    methods: dict[str, ColorMethod] = {}
    for name in models or (MODEL,):
        model = load_model(name, device).model
        for field in fields:
            for own in vividness if takes_vividness(field) else (0.0,):
                method = color_method(model, create_field(field), size, views, own)
                methods[f"{name} {field}" + (f", vividness {own:g}" if own else "")] = method
    return methods


def mirrored(
    models: Sequence[str], fields: Sequence[str], size: int, views: int, device: str
) -> dict[str, TruthMethod]:
    """The same methods with each picture's own copy, mirrored and cropped, as the reference.

    Raises:
        UnknownName, WeightsError, BadValue: as `named_methods`; or a network that compares nothing.
    """
    device = choose_device(device)
    methods: dict[str, TruthMethod] = {}
    for name in models or (MODEL,):
        model = load_model(name, device).model
        for field in fields:
            methods[f"{name} {field}, mirrored copy"] = _by_mirrored_copy(
                model, create_field(field), size, views
            )
    return methods


def _by_mirrored_copy(model: nn.Module, field: Field, size: int, views: int) -> TruthMethod:
    device = next(model.parameters()).device

    def color(lab: Tensor) -> Tensor:
        lab = lab.to(device)
        belief = refer(model, lab[:, :1], encode_references(model, [mirrored_copy(lab)]))
        canvas = make_canvas(lab[:, :1], model, field, size, views, given_beliefs=[belief])
        return canvas.solve().cpu()

    return color


def mirrored_copy(lab: Float[Tensor, "1 3 H W"]) -> Float[Tensor, "1 3 h w"]:
    """The picture in the mirror, an eighth cut from three sides."""
    height, width = lab.shape[2:]
    return lab[:, :, height // 8 : height - height // 8, width // 8 :].flip(-1)


def color_method(
    model: nn.Module, field: Field, size: int = SIZE, views: int = VIEWS, vividness: float = 0.0
) -> ColorMethod:
    """What turns lightness into colours by this model and field, on the model's device."""
    device = next(model.parameters()).device

    def color(lightness: Tensor) -> Tensor:
        own = lightness.to(device)
        return make_canvas(own, model, field, size, views, vividness=vividness).solve().cpu()

    return color
