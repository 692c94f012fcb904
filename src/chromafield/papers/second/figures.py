"""The second paper's figures on any pictures: what its networks say, what the field makes of it.

unary      the decoded colours beside the field's, for a few codes (its Figure 7)
affinity   what a chosen pixel's colour is the average of (Figure 8)
edits      colours that a person gives one after the other, and how far each reaches (Figure 6)
variance   how unsure the field is of each pixel (Equation 5)

A pixel's row of S is laid over the picture in blue, its largest entry in full. A picture in colour
is made grey first, and stands in the last column as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...beliefs import GaussianBelief
from ...canvas.guide import SIZE, embedding
from ...canvas.lightness import lightness_of
from ...canvas.upsample import render
from ...colorizer.loading import load_colorizer
from ...errors import BadValue
from ...evaluate.sheets import HEIGHT, Shown, row_of, stacked
from ...fields.gcrf import Config, GaussianCRF
from ...hints.document import Hints, Position
from ...image import Picture
from ...image.sheet import as_bytes
from ...models.sampler.loading import Diverse
from ...resize import resize
from ...sampling.samples import Sampling, samples
from ...settings import Settings

CODES = 3  # in a figure of the unary term
BLUE = (0.1, 0.3, 1.0)  # sRGB
RED = (230, 40, 40)
SPARSE = 0.1  # the share of decoded pixels that are told


def unary_sheet(pictures: Sequence[Picture], networks: Diverse, sampling: Sampling) -> Shown:
    """Figure 7: for each of some codes the decoded colours, and the field's.

    Raises:
        BadValue: no picture.
    """
    rows = []
    for picture in pictures:
        row, captions = [_grey(picture)], ["grey"]
        chosen = replace(sampling, count=CODES)
        lightness = _lightness(picture, networks)
        for number, canvas in enumerate(samples(lightness, networks, chosen), 1):
            assert isinstance(canvas.belief, GaussianBelief)
            row += [render(canvas.belief.mean, canvas.lightness), canvas.paint()]
            captions += [f"{number}: unary", f"{number}: field"]
        rows.append(row_of(picture, captions, row))
    return stacked(rows)


def affinity_sheet(
    pictures: Sequence[Picture], networks: Diverse, places: Sequence[Position], size: int = SIZE
) -> Shown:
    """Figure 8: the chosen places, and what each one's colour is the average of.

    Args:
        size: the networks see about size x size pixels.

    Raises:
        BadValue: no picture, or no place.
    """
    if not places:
        raise BadValue("No place was named. Give at least one with --at X,Y, each from 0 to 1.")
    rows = []
    for picture in pictures:
        vectors = embedding(networks, _lightness(picture, networks), size)
        field = GaussianCRF(Config())
        grey = _grey(picture)
        row = [_dotted(grey, places)]
        row += [_overlaid(grey, likeness(field, vectors, place)) for place in places]
        captions = ["grey", *(f"{x:.2f},{y:.2f}" for x, y in places)]
        rows.append(row_of(picture, captions, row))
    return stacked(rows)


def edits_sheet(
    pictures: Sequence[Picture], networks: Diverse, hints: Hints, size: int = SIZE
) -> Shown:
    """Figure 6: the picture after one edit, after two, and so on, by what `--hints` uses.

    Beside each stand the map of what the last edit reaches, and the row of S at its place: what the
    paper's own field would average there.

    Regions that take their colours from a sample are no edits, and are passed over.

    Args:
        size: the networks see about size x size pixels.

    Raises:
        BadValue: no picture, or no mark with a place and a colour in the hints.
    """
    if not hints.drawn or not all(mark.positions for mark in hints.drawn):
        raise BadValue(
            "Give the hints at least one disc, stroke or polygon with a colour, and no picture."
        )
    colorizer = load_colorizer(Settings(), str(next(networks.vae.parameters()).device))
    field, rows = GaussianCRF(Config()), []
    for picture in pictures:
        canvas = colorizer.canvas(picture)
        propagator = colorizer.propagator(canvas)
        vectors = embedding(networks, _lightness(picture, networks), size)
        grey = _grey(picture)
        row, captions = [grey, canvas.paint().cpu()], ["grey", "no edit"]
        for count in range(1, len(hints.drawn) + 1):
            edits = Hints(hints.drawn[:count])
            last = edits.marks[-1]
            positions = [one for mark in edits.marks for one in mark.positions]
            shown = torch.cat([strip.cpu() for _, strip in propagator.strips(edits)], dim=1)
            place = last.positions[len(last.positions) // 2]
            row += [
                _dotted(shown, positions),
                _overlaid(grey, propagator.reached(Hints((last,)))),
                _overlaid(grey, likeness(field, vectors, place)),
            ]
            captions += [f"{count} edits" if count > 1 else "1 edit", "its reach", "its row of S"]
        rows.append(row_of(picture, captions, row))
    return stacked(rows)


def variance_sheet(pictures: Sequence[Picture], networks: Diverse, sampling: Sampling) -> Shown:
    """How uncertain the field is where only some decoded pixels are given: dark is certain.

    Raises:
        BadValue: no picture.
    """
    field = GaussianCRF(Config())
    rows = []
    for picture in pictures:
        chosen = replace(sampling, count=1, told=SPARSE)
        canvas = next(samples(_lightness(picture, networks), networks, chosen, field))
        found = field.variance(canvas.prepared, canvas.belief)[:, None].sqrt()
        captions = ["grey", "field", f"deviation: up to {float(found.max()):.0f} ab"]
        shown = [_grey(picture), canvas.paint(), _map(found.cpu(), picture)]
        rows.append(row_of(picture, captions, shown))
    return stacked(rows)


def likeness(
    field: GaussianCRF, vectors: Float[Tensor, "1 d h w"], place: Position
) -> Float[Tensor, "h w"]:
    """A place's row of S: the weights of all pixels in its average; they sum to 1."""
    h, w = vectors.shape[2:]
    x, y = min(int(place[0] * w), w - 1), min(int(place[1] * h), h - 1)
    (prepared,) = field.prepare(vectors)
    return prepared.affinity.row(y * w + x).view(h, w).cpu()


def _lightness(picture: Picture, networks: Diverse) -> Float[Tensor, "1 1 H W"]:
    """On the networks' device."""
    return lightness_of(picture).to(next(networks.vae.parameters()).device)


def _grey(picture: Picture) -> Float[Tensor, "3 H W"]:
    lightness = lightness_of(picture)
    return render(torch.zeros(1, 2, 1, 1), lightness)


def _overlaid(rgb: Float[Tensor, "3 H W"], weight: Float[Tensor, "h w"]) -> Float[Tensor, "3 H W"]:
    share = weight / weight.max()
    whole = resize(share[None, None], (rgb.shape[1], rgb.shape[2]))[0].clamp(0, 1).sqrt()
    return rgb + whole * (torch.tensor(BLUE)[:, None, None] - rgb)


def _dotted(rgb: Float[Tensor, "3 H W"], places: Sequence[Position]) -> Float[Tensor, "3 H W"]:
    """The picture with a ring around each place."""
    shown = as_bytes(rgb)
    height, width = shown.shape[:2]
    unit = max(height / HEIGHT, 1 / 4)
    for x, y in places:
        at = (round(x * (width - 1)), round(y * (height - 1)))
        cv2.circle(shown, at, max(round(4 * unit), 1), RED, max(round(unit), 1), cv2.LINE_AA)
    return torch.from_numpy(shown).movedim(-1, 0).float() / 255


def _map(found: Float[Tensor, "1 1 h w"], picture: Picture) -> Float[Tensor, "3 H W"]:
    whole = resize(found / found.max(), picture.size)[0, 0]
    levels = (whole.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    return torch.from_numpy(np.ascontiguousarray(colours)).movedim(-1, 0).float() / 255
