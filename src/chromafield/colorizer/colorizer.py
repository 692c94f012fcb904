"""A model, a field and the settings between them: pictures in, coloured levels out."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, grid_of, multiply, select
from ..canvas.canvas import Canvas, Palette, finish_canvas
from ..canvas.given import DenseColors
from ..canvas.lightness import lightness_of
from ..canvas.threads import refuse_fork
from ..canvas.upsample import levels_of
from ..canvas.vividness import enliven
from ..fields import Field
from ..hints.document import Hints
from ..hints.file import digest_of, read_hints
from ..image import Levels, Picture
from ..image.colored_parts import (
    ColoredParts,
    colored_parts,
    parts_in_prints,
    with_own_colors,
)
from ..image.dust import without_dust
from ..image.pages import Corners, Page, find_page, with_own_surround
from ..image.refused import black_and_white, refuse_color
from ..models import LoadedModel
from ..propagation.network import encode_for_hints
from ..propagation.propagate import HintPropagator, make_propagator
from ..propagation.reach import encode_reach
from ..reference.reference import (
    EncodedReference,
    Matches,
    encode_references,
    find_places,
    lab_of,
    refer,
)
from ..resize import resize
from ..settings import Counts, Settings, about
from ..views.patches import see_prints, see_tiles, tiles
from ..views.views import predict

Prepared = TypeVar("Prepared", Canvas, HintPropagator)


@dataclass(frozen=True)
class Colored:
    """A picture's colours, and what was found in it on the way."""

    levels: Levels  # (h, w, 3)
    page: Page | None  # where its photographs lie, when it is a page
    parts: ColoredParts | None  # what else keeps its colours
    taken: DenseColors | None = None  # the colours of a coloured version, if one is named
    dust: float = 0.0  # the share of it that was taken out


@dataclass(frozen=True)
class Colorizer:
    """A model, a field and settings, loaded once and used for many pictures."""

    settings: Settings
    trained: LoadedModel
    field: Field
    device: str
    palette: Palette | None = None
    hints: Hints | None = None
    references: tuple[Picture, ...] = ()
    colored: Picture | None = None  # the picture as another program coloured it

    def with_hints(self, path: Path | None) -> Colorizer:
        """The same with another hint file; itself with none.

        Raises:
            DataError, BadValue: as `read_hints`.
        """
        if path is None:
            return self
        return replace(
            self, settings=replace(self.settings, hints=str(path)), hints=read_hints(path)
        )

    @property
    def palette_digest(self) -> str | None:
        """SHA-256 of the palette's shares: the same colours, the same digest."""
        if self.palette is None:
            return None
        return hashlib.sha256(self.palette.histogram.share.numpy().tobytes()).hexdigest()

    @property
    def reference_digest(self) -> str | None:
        """SHA-256 of the reference's pixels; of several, of theirs one after the other."""
        digests = [_digest(one) for one in self.references]
        if len(digests) < 2:
            return digests[0] if digests else None
        return hashlib.sha256("".join(map(str, digests)).encode()).hexdigest()

    @property
    def given(self) -> Hints | None:
        """What a person gave: the hints, over the colours of the coloured version."""
        if self.settings.colors_from is None:
            return self.hints
        return (self.hints or Hints()).with_colored(Path(self.settings.colors_from))

    @property
    def hints_digest(self) -> str | None:
        """SHA-256 of what a person gave."""
        return None if self.hints is None else digest_of(self.hints)

    def fingerprint(self) -> dict[str, Any]:
        """All that decides on the colours, for JSON; equal fingerprints give equal pictures."""
        contents = {
            "palette": self.palette_digest,
            "reference": self.reference_digest,
            "hints": self.hints_digest,
            "colors_from": _digest(self.colored),
        }
        values: dict[str, Any] = {"weights_sha256": self.trained.digest}
        for name, one in about.items():
            if one.counts is Counts.CONTENT:
                values[f"{name}_sha256"] = contents[name]
            elif one.counts is Counts.VALUE:
                values[name] = getattr(self.settings, name)
        values["options"] = dict(self.settings.options)
        whole: dict[str, Any] = json.loads(json.dumps(values))
        return whole

    def canvas(self, picture: Picture) -> Canvas:
        """Make a canvas of a picture: the slow half, the network and the field's preparation."""
        return self.canvas_of(lightness_of(picture))

    def canvas_of(self, lightness: Float[Tensor, "1 1 H W"]) -> Canvas:
        """Make a canvas of a picture's lightness alone, [0, 100]."""
        (canvas,) = self.canvases_of(lightness)
        return canvas

    def canvases_of(self, lightness: Float[Tensor, "b 1 H W"]) -> list[Canvas]:
        """Make a canvas for each picture of a batch of one size, in one network pass."""
        refuse_fork()
        lightness = lightness.to(self.device)
        model, settings = self.trained.model, self.settings
        beliefs = predict(model, lightness, settings.size, settings.views)
        canvases = []
        for i in range(len(lightness)):
            own = lightness[i : i + 1]
            given_beliefs = []
            if self.encoded_reference is not None:
                given_beliefs.append(
                    refer(model, own, self.encoded_reference, settings.reference_strength)
                )
            belief = select(beliefs, i)
            canvases.append(
                finish_canvas(
                    belief, own, self.field, self.palette, given_beliefs, settings.vividness
                )
            )
        return canvases

    @functools.cached_property
    def encoded_reference(self) -> EncodedReference | None:
        """The references, encoded by the network."""
        if not self.references:
            return None
        planes = [lab_of(one).to(self.device) for one in self.references]
        return encode_references(self.trained.model, planes)

    def matches(self, lightness: Float[Tensor, "1 1 H W"]) -> Matches | None:
        """The places of the references that a picture's own match; None without references.

        Raises:
            BadValue: the network has no features to compare.
        """
        if self.encoded_reference is None:
            return None
        return find_places(self.trained.model, lightness.to(self.device), self.encoded_reference)

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
        return self.color_with_findings(picture, name).levels

    def color_with_findings(self, picture: Picture, name: str = "The picture") -> Colored:
        """The same with what was found in the picture; raises as `colour`."""
        refuse_fork()
        page = self._page_of(picture, name)
        prints = page.prints if page else ()
        strength = self.settings.strength
        seen, dust = without_dust(picture) if self.settings.clean != "none" else (picture, 0.0)
        if self.settings.clean == "output":
            picture = seen
        given, taken = self.given, None
        if given is not None:
            propagator = self._shown(self.propagator(self.canvas(seen)), picture)
            taken = propagator.dense(given)
            strips = propagator.strips(given, strength)
        else:
            strips = self._shown(self._seen(seen, prints), picture).strips(strength=strength)
        levels = levels_of(strips, picture)
        if prints:
            levels = with_own_surround(levels, picture.pixels, prints)
        parts = self.kept_parts(picture, prints)
        if parts:
            levels = with_own_colors(levels, picture.pixels, parts)
        return Colored(levels, page, parts, taken, dust)

    def _shown(self, prepared: Prepared, picture: Picture) -> Prepared:
        """What was prepared of a cleaned picture, with the picture's own lightness."""
        if self.settings.clean == "none":
            return prepared
        return replace(prepared, lightness=lightness_of(picture).to(self.device))

    def _page_of(self, picture: Picture, name: str) -> Page | None:
        """The photographs that are to be coloured, where the picture is a page; raises as
        `colour`."""
        whole = self.settings.whole or self.given is not None
        page = None if whole else find_page(picture.pixels)
        if self.settings.force:
            return page
        refuse_color(picture, name, page)
        return Page(black_and_white(page, picture)) if page else None

    def _seen(self, picture: Picture, prints: Sequence[Corners]) -> Canvas:
        """The canvas of a picture whose prints, or tiles, the network sees each at its own size."""
        lightness = lightness_of(picture).to(self.device)
        if prints:
            belief = see_prints(lightness, prints, self._see)
        elif self.settings.whole or len(tiles(*picture.size)) == 1:
            return self.canvas_of(lightness)
        else:
            belief = see_tiles(lightness, self._see)
        return finish_canvas(belief, lightness, self.field, self.palette)

    def _see(self, lightness: Float[Tensor, "1 1 h w"]) -> Belief:
        """Predict one part of a picture; the references' colours are multiplied in."""
        model, settings = self.trained.model, self.settings
        belief = predict(model, lightness, settings.size, settings.views)
        belief = enliven(belief, settings.vividness)
        if self.encoded_reference is None:
            return belief
        given = refer(model, lightness, self.encoded_reference, settings.reference_strength)
        return multiply(belief, given.on(grid_of(belief), resize))

    def kept_parts(self, picture: Picture, prints: Sequence[Corners] = ()) -> ColoredParts | None:
        """The coloured things in a black-and-white picture, or in its prints, which keep theirs."""
        if self.settings.force:
            return None
        if prints:
            return parts_in_prints(picture.pixels, prints)
        return colored_parts(picture.pixels)

    def propagator(self, canvas: Canvas) -> HintPropagator:
        """Prepare a canvas for hints, with the hint network if one belongs to the model."""
        encoded = encode_for_hints(canvas.lightness, self.trained)
        reach = encode_reach(canvas.lightness, encoded)
        return make_propagator(canvas, encoded=encoded, reach=reach)


def _digest(picture: Picture | None) -> str | None:
    """SHA-256 of a picture's pixels."""
    if picture is None:
        return None
    alpha = b"" if picture.alpha is None else picture.alpha.tobytes()
    return hashlib.sha256(picture.pixels.tobytes() + alpha).hexdigest()
