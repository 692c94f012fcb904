"""What is done with pictures that are open: prepared once, solved at each stroke, exported."""

from __future__ import annotations

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
from torch import Tensor

from ..canvas.lightness import lightness_of
from ..canvas.threads import threads
from ..canvas.upsample import upsample_planes
from ..colorizer.colorizer import Colorizer
from ..colorizer.files import OutputOptions, colorize_file
from ..colorizer.loading import load_colorizer
from ..defaults import MODEL
from ..errors import AlreadyColour, BadValue, ChromafieldError, OutputError
from ..hints.document import Hints
from ..hints.file import to_json
from ..image import read_picture
from ..image.refused import refuse_color
from ..jobs.jobs import Job, plan
from ..models import LoadedModel, list_known, split_names
from ..settings import Settings
from .bounds import check_options
from .opened import OpenPicture, Ready
from .shown import map_of, share_bytes
from .store import PictureStore, write_atomically

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

    @property
    def network(self) -> str:
        """What the network that it was started with is called; of a file, without its folders."""
        return Path(self.settings.model).name

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
                hints = opened.kept_hints()
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

    def planes(self, opened: OpenPicture, told_: dict[str, Any]) -> Float[Tensor, "5 h w"]:
        """What the page needs to show these hints: ab, their slope along lightness, and the grid's
        lightness, on a small grid.

        Raises:
            ChromafieldError: the hints are none, or the picture is not ready.
        """
        hints = opened.parse(told_)
        ready = self._ready(opened, hints)
        with threads(1):  # several would wait for each other longer than this takes
            ab = ready.propagator.colors(hints)
            return upsample_planes(ab, ready.lightness((ab.shape[2], ab.shape[3])))[0].float().cpu()

    def reach(self, opened: OpenPicture, told_: dict[str, Any]) -> NDArray[np.uint8]:
        """What the marks of these hints reach, on a small grid: 0 is nothing, 255 all of it."""
        propagator = self.automatic(opened).propagator
        with threads(1):
            return share_bytes(propagator.reached(opened.parse(told_)))

    def trust(self, opened: OpenPicture, told_: dict[str, Any]) -> NDArray[np.uint8]:
        """Where colours of the coloured version that the hints name are taken: 255 is whole.

        Raises:
            BadValue: the hints name none, or it shows something else.
        """
        dense = self.automatic(opened).propagator.dense(opened.parse(told_))
        if dense is None:
            raise BadValue("The hints name no coloured version of the picture.")
        return map_of(dense.share)

    def matches(self, opened: OpenPicture, told_: dict[str, Any]) -> NDArray[np.float32]:
        """For cells (h, w) of the picture the place of the references that is most like it: the
        number of the reference, x and y in it from 0 to 1, and how far it is trusted.

        Raises:
            BadValue: the hints name no reference, or the network cannot compare pictures.
        """
        lightness = self.automatic(opened).canvas.lightness
        found = self._colorizer(self._settings(opened.parse(told_))).matches(lightness)
        if found is None:
            raise BadValue("The hints name no reference.")
        planes = [found.which[None].to(found.places), found.places, found.trust[None]]
        return torch.cat(planes).float().cpu().numpy()

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

    def save(self, opened: OpenPicture, told_: dict[str, Any]) -> Path:
        """Save the picture in colour in a folder beside it, under its own name; where it lies.

        What was saved there before is replaced.

        Raises:
            BadValue: it was dropped on the page, so that it has no folder of its own.
            ChromafieldError: as `export`.
        """
        if opened.dropped:
            raise BadValue(f"{opened.path.name} lies in no folder of yours. Export it instead.")
        if not opened.result.parent.resolve().is_relative_to(opened.path.parent.resolve()):
            raise BadValue(f"{opened.result.parent} leads out of the picture's folder.")
        made = self.export(opened, told_)
        try:
            write_atomically(opened.result, made.read_bytes())
        finally:
            shutil.rmtree(made.parent, ignore_errors=True)
        return opened.result

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
            BadValue: by weights that the studio was not started with, or with a number of the
                field's that is out of bounds.
        """
        chosen = hints.resolved_settings()
        model = chosen.get("model", self.settings.model)
        if model != self.settings.model and not {*list_known(), self.settings.model}.issuperset(
            split_names(model)
        ):  # the names of all models are files; they are not looked for at each stroke
            raise BadValue(
                f"The hints ask for the model {model}, which the studio was not started with. "
                "Start it with --model, or leave the model out of the hints."
            )
        settings = replace(self.settings, **chosen)
        check_options(settings)
        return settings

    def automatic(self, opened: OpenPicture) -> Ready:
        """Its colours without any hints.

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
        automatic = self.automatic(opened)
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
