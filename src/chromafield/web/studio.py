"""What is done with pictures that are open: prepared once, solved at each stroke, exported."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..canvas.canvas import Canvas
from ..canvas.lightness import lightness_of
from ..canvas.threads import threads
from ..canvas.uncertainty import Guess, entropy, leading_colours, uncertainty
from ..canvas.upsample import render, upsample_planes
from ..colorizer.colorizer import Colorizer, load_colorizer
from ..colorizer.files import OutputOptions, colorize_file
from ..colorizer.jobs import Job, plan
from ..defaults import MODEL
from ..errors import AlreadyColour, BadValue, ChromafieldError, OutputError
from ..hints.document import Hints
from ..hints.file import to_json
from ..hints.raster import draw_marks
from ..image import at_depth, read_picture, three_channels
from ..image.refused import refuse_color
from ..image.sheet import as_bytes, scaled
from ..models import LoadedModel, list_known, split_names
from ..resize import resize
from ..settings import Settings
from .store import OpenPicture, PictureStore, Ready

PREVIEW = 1_000_000  # pixels that the page shows at most
THUMBNAIL = 160  # pixels of a sample's longer side
REFERENCE = 400  # and of a reference's
NEAR = 0.08  # of the longer side: a place this near a mark needs no other
READY = 6  # pictures whose colours are at hand: each takes some 100 MB; others are coloured anew
KEPT = 4  # settings of one picture whose canvases are kept


class Studio:
    """All open pictures, and what the command line said of how they are coloured."""

    def __init__(
        self, settings: Settings, device: str = "auto", data_dir: Path | None = None
    ) -> None:
        """
        Args:
            data_dir: see `PictureStore`.
        """
        self.settings = settings
        self.device = device
        self.store = PictureStore(data_dir)
        self._trained: dict[str, LoadedModel] = {}  # by the name of a model
        self._loading = threading.Lock()
        self._recent: list[OpenPicture] = []  # whose colours are at hand, the last asked for last
        self.threads = torch.get_num_threads()  # as many as the command line takes

    def prepare(self, opened: OpenPicture) -> None:
        """Read it, ask the network, and make the field ready; what goes wrong is kept as a
        sentence."""
        with opened.lock, threads(self.threads):
            if opened.step == "ready" or opened.error:
                return
            try:
                opened.step = "reading"
                picture = read_picture(opened.path)
                if not (self.settings.force or opened.force):
                    refuse_color(picture, opened.path.name)
                height, width = picture.size
                hints = Hints()
                if opened.saved.exists():
                    kept = json.loads(opened.saved.read_text("utf-8"))
                    hints = opened.parse(kept, opened.saved.name)
                if hints.picture is None:
                    hints = replace(hints, picture=(width, height))
                hints = self._named(hints)
                opened.lightness = lightness_of(picture)
                opened.hints, opened.picture = to_json(hints), picture
                opened.step = "asking the network"
                self._color(opened)
                opened.step = "ready"
            except (ChromafieldError, OSError, ValueError) as error:
                opened.offer = "force" if isinstance(error, AlreadyColour) else ""
                opened.error = str(error)

    def _color(self, opened: OpenPicture) -> None:
        assert opened.lightness is not None
        colorizer = self._colorizer(self.settings)
        canvas = colorizer.canvas_of(opened.lightness)
        opened.ready = {self.settings: Ready(canvas, colorizer.propagator(canvas))}

    def _put_others_away(self, opened: OpenPicture) -> None:
        """Forget the colours of the pictures that were not asked for longest; see `READY`."""
        with self._loading:
            self._recent = [one for one in self._recent if one is not opened] + [opened]
            others, self._recent = self._recent[:-READY], self._recent[-READY:]
        for other in others:
            with other.lock:
                other.ready = {}

    def again(self, opened: OpenPicture, force: bool = False) -> None:
        """Forget what went wrong, so that preparing it is tried once more.

        Args:
            force: replace the colours that it has.
        """
        with opened.lock:
            if opened.error:
                opened.force = opened.force or force
                opened.error, opened.offer, opened.step = "", "", "waiting"

    def _named(self, hints: Hints) -> Hints:
        """The hints with the name of the model that the studio was started with, so that they make
        the same picture elsewhere; weights in a file of their own have none."""
        model = self.settings.model
        known = set(list_known())
        if (
            model == MODEL
            or "model" in dict(hints.settings)
            or not known.issuperset(split_names(model))
        ):
            return hints
        return replace(hints, settings=(*hints.settings, ("model", model)))

    def command(self, opened: OpenPicture) -> str:
        """The command line that makes the picture which `export` makes of the saved hints."""
        words = ["chromafield", "colorize", str(opened.path)]
        if opened.saved.exists():
            words += ["--hints", str(opened.saved)]
        if self.settings.model != MODEL and "model" not in opened.hints["settings"]:
            words += ["--model", self.settings.model]
        if self.settings.force or opened.force:
            words += ["--force"]
        return shlex.join(words)

    def lightness(
        self, opened: OpenPicture, part: tuple[float, float, float, float]
    ) -> NDArray[np.uint8]:
        """A part of the picture's lightness, shrunk to what the page shows; 255 for 100.

        Args:
            part: left, top, right and bottom as shares of the picture.

        Raises:
            BadValue: the part is none, or the picture is not read.
        """
        left, top, right, bottom = part
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise BadValue(f"{part} is no part of a picture: left, top, right, bottom in 0 to 1.")
        whole = opened.lightness
        if whole is None:
            raise BadValue(opened.error or f"{opened.path.name} is not read yet.")
        height, width = whole.shape[2:]
        rows = slice(int(top * height), max(round(bottom * height), int(top * height) + 1))
        columns = slice(int(left * width), max(round(right * width), int(left * width) + 1))
        cut = whole[:, :, rows, columns]
        small = resize(cut, _fitted(cut.shape[2], cut.shape[3]))[0, 0]
        return (small * 2.55).round().clamp(0, 255).to(torch.uint8).cpu().numpy()

    def planes(self, opened: OpenPicture, told_: dict[str, Any]) -> Float[Tensor, "5 h w"]:
        """What the page needs to show these hints: ab, their slope along lightness, and the grid's
        lightness, on a small grid.

        Raises:
            ChromafieldError: the hints are none, or the picture is not ready.
        """
        hints = opened.parse(told_)
        propagator = self._ready(opened, hints).propagator
        with threads(1):  # several would wait for each other longer than this takes
            return upsample_planes(propagator.colors(hints), propagator.lightness)[0].float().cpu()

    def thumbnail(self, opened: OpenPicture, seed: int, number: int) -> bytes:
        """One of the samples that a seed gives, as a small PNG.

        Raises:
            ChromafieldError: the picture is not ready, or no networks for samples are there.
        """
        propagator = self._automatic(opened).propagator
        ab = propagator.colors(Hints(settings=(("sample", (seed, number)),)))
        height, width = propagator.lightness.shape[2:]
        small = resize(propagator.lightness, _fitted(height, width, longer=THUMBNAIL))
        return _png(as_bytes(render(ab, small)))

    def reference(self, opened: OpenPicture, name: str) -> bytes:
        """A picture that hints name as their reference, as a small PNG.

        Raises:
            BadValue: the name leads out of the hints' folder.
            PictureError: it cannot be read.
        """
        told_ = to_json(Hints()) | {"settings": {"reference": name}}
        path = opened.parse(told_).resolved_settings()["reference"]
        pixels = at_depth(three_channels(read_picture(Path(path)).pixels), 8).astype(np.uint8)
        height, width = pixels.shape[:2]
        return _png(scaled(pixels, _fitted(height, width, longer=REFERENCE)[0]))

    def suggest(self, opened: OpenPicture, x: float, y: float) -> list[Guess]:
        """The leading colours of a place, each from 0 to 1."""
        canvas = self._automatic(opened).canvas
        height, width = canvas.lightness.shape[2:]
        column = min(int(x * width), width - 1)
        row = min(int(y * height), height - 1)
        return leading_colours(canvas, column, row)

    def uncertainty(self, opened: OpenPicture) -> NDArray[np.uint8]:
        """How unsure the network is on its own grid: 0 is sure, 255 is clueless."""
        share = uncertainty(self._automatic(opened).canvas)
        return (share * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()

    def reach(self, opened: OpenPicture, told_: dict[str, Any]) -> NDArray[np.uint8]:
        """What the marks of these hints reach, on a small grid: 0 is nothing, 255 all of it."""
        with threads(1):
            share = self._automatic(opened).propagator.reached(opened.parse(told_))
        return (share * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()

    def next_position(self, opened: OpenPicture, told_: dict[str, Any]) -> tuple[float, float]:
        """The place where the network is least sure and no mark is near: the next click."""
        return _least_sure(self._automatic(opened).canvas, opened.parse(told_))

    def export(
        self, opened: OpenPicture, told_: dict[str, Any], suffix: str = "", layer: bool = False
    ) -> Path:
        """The picture in colour at full size, as `chromafield colorize --hints` writes it, in a new
        folder that is the caller's to remove.

        Args:
            suffix: another format than the picture's own, as ".png".
            layer: the colours alone, as a transparent layer.

        Raises:
            ChromafieldError: it cannot be coloured or written.
        """
        hints = opened.parse(told_)
        settings = self._settings(hints)
        settings = replace(settings, force=settings.force or opened.force)
        colorizer = replace(self._colorizer(settings), hints=hints)
        (beside,) = plan([opened.path], None)
        try:
            folder = Path(tempfile.mkdtemp(prefix="chromafield-"))
        except OSError as error:
            raise OutputError(f"The picture cannot be written ({error.strerror}).") from error
        target = folder / beside.target.with_suffix(suffix or beside.target.suffix).name
        try:
            with threads(self.threads):
                report = colorize_file(
                    Job(opened.path, target), colorizer, OutputOptions(layer=layer)
                )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Path(report.beside[0]) if layer else target

    def _colorizer(self, settings: Settings) -> Colorizer:
        """What the settings name, each model's weights loaded once for all pictures."""
        with self._loading:
            known = self._trained.get(settings.model)
            colorizer = load_colorizer(settings, self.device, known)
            self._trained[settings.model] = colorizer.trained
            return colorizer

    def _settings(self, hints: Hints) -> Settings:
        """How hints want the picture coloured.

        Raises:
            BadValue: by weights that the studio was not started with.
        """
        chosen = hints.resolved_settings()
        model = chosen.get("model", self.settings.model)
        known = {*list_known(), self.settings.model}
        if model not in known and not known.issuperset(split_names(model)):
            raise BadValue(
                f"The hints ask for the model {model}, which the studio was not started with. "
                "Start it with --model, or leave the model out of the hints."
            )
        return replace(self.settings, **chosen)

    def _automatic(self, opened: OpenPicture) -> Ready:
        """Without any hints.

        Raises:
            BadValue: it is not ready.
        """
        opened.refuse_unready()
        with opened.lock, threads(self.threads):
            if not opened.ready:
                self._color(opened)
            automatic = opened.ready[self.settings]
        self._put_others_away(opened)
        return automatic

    def _ready(self, opened: OpenPicture, hints: Hints) -> Ready:
        """Its automatic colours as these hints want them, by the path that `export` takes."""
        automatic = self._automatic(opened)
        settings = replace(self._settings(hints), strength=self.settings.strength)
        with opened.lock:
            if settings not in opened.ready:
                colorizer = self._colorizer(settings)
                canvas = colorizer.canvas_of(automatic.canvas.lightness)
                later = [key for key in opened.ready if key != self.settings]
                for key in later[: -(KEPT - 1)]:
                    del opened.ready[key]
                same = settings.model == self.settings.model
                propagator = (
                    automatic.propagator.with_canvas(canvas)
                    if same
                    else colorizer.propagator(canvas)
                )
                opened.ready[settings] = Ready(canvas, propagator)
            return opened.ready[settings]


def _least_sure(canvas: Canvas, hints: Hints) -> tuple[float, float]:
    bits = torch.nn.functional.avg_pool2d(entropy(canvas)[None, None], 5, 1, 2)[0, 0]
    h, w = bits.shape
    height, width = canvas.lightness.shape[2:]
    told = draw_marks(hints, (height, width)).belief((h, w)).precision.to(bits)
    reach = [
        2 * round(NEAR * max(height, width) * n / side) + 1 for n, side in ((h, height), (w, width))
    ]
    around = torch.nn.functional.max_pool2d(told, reach, 1, [n // 2 for n in reach])[0, 0]
    # Where everything is told, the place that is least sure of all.
    place = int(torch.where(around > 0, bits - bits.max() - 1, bits).argmax())
    return (place % w + 0.5) / w, (place // w + 0.5) / h


def _fitted(height: int, width: int, longer: int | None = None) -> tuple[int, int]:
    """Height and width of a smaller copy: by the longer side, or by what the page shows."""
    scale = longer / max(height, width) if longer else (PREVIEW / (height * width)) ** 0.5
    return max(round(height * min(scale, 1)), 1), max(round(width * min(scale, 1)), 1)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
