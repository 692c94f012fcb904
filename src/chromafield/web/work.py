"""Pictures open in the studio: prepared once, solved at each stroke, saved as they change."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image
from platformdirs import user_data_path
from torch import Tensor

from ..errors import BadValue, ChromafieldError, OutputError
from ..image import Picture, read_picture
from ..image.resize import resize
from ..image.sheet import as_bytes
from ..pipeline.canvas import Canvas, Palette
from ..pipeline.carry import Carrier, make_carrier
from ..pipeline.colorizer import Colorizer, Settings, load_colorizer, refuse_colour
from ..pipeline.files import Extras, colorize_file
from ..pipeline.hint_file import parse_hints, told, write_hints
from ..pipeline.hints import Hints
from ..pipeline.inspection import Guess, doubt, entropy, leading_colours
from ..pipeline.lift import coloured, lift_planes
from ..pipeline.palettes import read_histogram
from ..pipeline.plan import Job, pictures_in

PREVIEW = 1_000_000  # pixels that the page shows at most
THUMBNAIL = 160  # pixels of a sample's longer side
SUFFIX = ".hints.json"
NEAR = 0.08  # of the longer side: a place this near a mark needs no other


class Changed(ChromafieldError):
    """The hints were changed elsewhere since they were read."""


@dataclass
class Opened:
    """One picture, and what is known of it so far."""

    path: Path
    step: str = "waiting"  # what is being done; "ready" at the end
    error: str = ""
    picture: Picture | None = None
    canvas: Canvas | None = None
    carriers: dict[str, Carrier] = field(default_factory=dict)  # one a palette
    hints: dict[str, Any] = field(default_factory=lambda: told(Hints()))
    revision: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)  # of all that is kept here

    @property
    def saved(self) -> Path:
        """Where its hints are kept."""
        return self.path.with_name(self.path.name + SUFFIX)

    def status(self) -> dict[str, Any]:
        height, width = self.picture.size if self.picture else (0, 0)
        return {
            "name": self.path.name,
            "step": self.step,
            "error": self.error,
            "width": width,
            "height": height,
            "revision": self.revision,
        }


class Studio:
    """All open pictures, one network and one field for all of them."""

    def __init__(self, settings: Settings, device: str = "auto", room: Path | None = None) -> None:
        """
        Args:
            room: where dropped pictures are kept, with their hints; the user's data folder.
        """
        self.settings = settings
        self.device = device
        self.room = room or user_data_path("chromafield") / "studio"
        self.opened: dict[str, Opened] = {}
        self._colorizer: Colorizer | None = None
        self._loading = threading.Lock()

    @property
    def colorizer(self) -> Colorizer:
        with self._loading:
            if self._colorizer is None:
                self._colorizer = load_colorizer(self.settings, self.device)
            return self._colorizer

    def open(self, path: Path) -> list[str]:
        """Open a picture, or the pictures of a folder; their numbers."""
        paths = [path / name for name in pictures_in(path)] if path.is_dir() else [path]
        return [self._add(Opened(one.resolve())) for one in paths]

    def upload(self, name: str, data: bytes) -> str:
        """Keep a picture that was dropped on the page, and open it; its number.

        The same picture dropped again finds the hints that it was given.

        Raises:
            BadValue: a name that is none.
            OutputError: it cannot be kept.
        """
        plain = Path(name.replace("\\", "/")).name
        if not plain.strip(". "):
            raise BadValue(f"{name!r} is no file's name.")
        folder = self.room / hashlib.sha256(data).hexdigest()[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / plain).write_bytes(data)
        except OSError as error:
            raise OutputError(f"{folder / plain} cannot be kept ({error.strerror}).") from error
        return self._add(Opened(folder / plain))

    def _add(self, opened: Opened) -> str:
        """Its number; a picture that is open keeps the one it has, so that its hints are one."""
        for number, other in self.opened.items():
            if other.path == opened.path:
                return number
        number = str(len(self.opened))
        self.opened[number] = opened
        return number

    def __getitem__(self, number: str) -> Opened:
        """Raises: BadValue: no picture of this number is open."""
        if number not in self.opened:
            raise BadValue(f"No picture {number} is open. Open it again.")
        return self.opened[number]

    def prepare(self, opened: Opened) -> None:
        """Read it, ask the network, and make the field ready; what goes wrong is kept as a
        sentence."""
        with opened.lock:
            if opened.canvas is not None or opened.error:
                return
            try:
                opened.step = "reading"
                picture = read_picture(opened.path)
                if not self.settings.force:
                    refuse_colour(picture, opened.path.name)
                opened.picture = picture
                if opened.saved.exists():
                    kept = json.loads(opened.saved.read_text("utf-8"))
                    hints = parse_hints(kept, opened.saved.name, opened.path.parent)
                    opened.hints = told(hints)
                opened.step = "asking the network"
                opened.canvas = self.colorizer.canvas(picture)
                opened.carriers = {"": make_carrier(opened.canvas)}
                opened.step = "ready"
            except (ChromafieldError, OSError, ValueError) as error:
                opened.error = str(error)

    def lightness(
        self, opened: Opened, part: tuple[float, float, float, float]
    ) -> NDArray[np.uint8]:
        """A part of the picture's lightness, shrunk to what the page shows; 255 for 100.

        Args:
            part: left, top, right and bottom as shares of the picture.

        Raises:
            BadValue: the part is none.
        """
        left, top, right, bottom = part
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise BadValue(f"{part} is no part of a picture: left, top, right, bottom in 0 to 1.")
        whole = self._ready(opened).lightness
        height, width = whole.shape[2:]
        rows = slice(int(top * height), max(round(bottom * height), int(top * height) + 1))
        columns = slice(int(left * width), max(round(right * width), int(left * width) + 1))
        cut = whole[:, :, rows, columns]
        small = resize(cut, _preview_size(cut.shape[2], cut.shape[3]))[0, 0]
        return (small * 2.55).round().clamp(0, 255).to(torch.uint8).cpu().numpy()

    def planes(self, opened: Opened, told_: dict[str, Any]) -> Float[Tensor, "5 h w"]:
        """What the page needs to show these hints: ab, their slope along lightness, and the grid's
        lightness, on the field's grid.

        Raises:
            ChromafieldError: the hints are none, or the picture is not ready.
        """
        hints = parse_hints(told_, "the hints", opened.path.parent)
        carrier = self._carrier(opened, hints)
        with one_thread():
            return lift_planes(carrier.hinted(hints), carrier.lightness)[0].float().cpu()

    def thumbnail(self, opened: Opened, seed: int, number: int) -> bytes:
        """One of the samples that a seed gives, as a small PNG.

        Raises:
            ChromafieldError: the picture is not ready, or no networks for samples are there.
        """
        carrier = self._carrier(opened, Hints())
        ab = carrier.hinted(Hints(settings=(("sample", (seed, number)),)))
        height, width = carrier.lightness.shape[2:]
        scale = min(THUMBNAIL / max(height, width), 1.0)
        small = resize(
            carrier.lightness, (max(round(height * scale), 1), max(round(width * scale), 1))
        )
        told = io.BytesIO()
        Image.fromarray(as_bytes(coloured(ab, small))).save(told, "PNG")
        return told.getvalue()

    def suggest(self, opened: Opened, x: float, y: float) -> list[Guess]:
        """The leading colours of a place, each from 0 to 1."""
        canvas = self._ready(opened)
        height, width = canvas.lightness.shape[2:]
        column = min(int(x * width), width - 1)
        row = min(int(y * height), height - 1)
        return leading_colours(canvas, column, row)

    def doubt(self, opened: Opened) -> NDArray[np.uint8]:
        """How unsure the network is on its own grid: 0 is sure, 255 is clueless."""
        return (
            (doubt(self._ready(opened)) * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
        )

    def unsure(self, opened: Opened, told_: dict[str, Any]) -> tuple[float, float]:
        """The place where the network is least sure and no mark is near: the next click."""
        canvas = self._ready(opened)
        hints = parse_hints(told_, "the hints", opened.path.parent)
        bits = torch.nn.functional.avg_pool2d(entropy(canvas)[None, None], 5, 1, 2)[0, 0]
        h, w = bits.shape
        y, x = torch.meshgrid(
            (torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w, indexing="ij"
        )
        aspect = w / h
        for mark in hints.marks:
            for px, py in mark.places:
                near = torch.hypot((x - px) * max(aspect, 1.0), (y - py) / min(aspect, 1.0)) < NEAR
                bits = torch.where(near.to(bits.device), bits.new_tensor(-1.0), bits)
        place = int(bits.argmax())
        return (place % w + 0.5) / w, (place // w + 0.5) / h

    def save(self, opened: Opened, told_: dict[str, Any], revision: int) -> int:
        """Keep the hints beside the picture, whole or not at all; the new revision.

        Raises:
            Changed: they were changed since the page read them.
            ChromafieldError: they are no hints.
            OutputError: they cannot be written.
        """
        hints = parse_hints(told_, "the hints", opened.path.parent)
        with opened.lock:
            if revision != opened.revision:
                raise Changed("The hints were changed in another window. Load them again.")
            part = opened.saved.with_name(opened.saved.name + ".part")
            try:
                write_hints(part, hints)
                part.replace(opened.saved)
            except OSError as error:
                raise OutputError(
                    f"The hints {opened.saved} cannot be written ({error.strerror})."
                ) from error
            opened.hints, opened.revision = told_, revision + 1
            return opened.revision

    def export(
        self, opened: Opened, told_: dict[str, Any], suffix: str = "", layer: bool = False
    ) -> Path:
        """The picture in colour at full size, as `chromafield colorize --hints` writes it.

        Args:
            suffix: another format than the picture's own, as ".png".
            layer: the colours alone, as a transparent layer.

        Raises:
            ChromafieldError: it cannot be coloured or written.
        """
        hints = parse_hints(told_, "the hints", opened.path.parent)
        folder = Path(tempfile.mkdtemp(prefix="chromafield-"))
        # Beside the picture, so that the pictures which hints name are found.
        path = opened.path.with_name(f".{folder.name}{SUFFIX}")
        try:
            write_hints(path, hints)
            settings = replace(self.settings, **hints.placed_settings(), hints=str(path))
            target = folder / f"{opened.path.stem}-color{suffix or opened.path.suffix}"
            colorizer = load_colorizer(settings, self.device)
            report = colorize_file(Job(opened.path, target), colorizer, Extras(layer=layer))
        except OSError as error:
            raise OutputError(f"The picture cannot be written ({error.strerror}).") from error
        finally:
            path.unlink(missing_ok=True)
        return Path(report.beside[0]) if layer else target

    def _ready(self, opened: Opened) -> Canvas:
        if opened.error:
            raise BadValue(opened.error)
        if opened.canvas is None:
            raise BadValue(f"{opened.path.name} is not ready yet.")
        return opened.canvas

    def _carrier(self, opened: Opened, hints: Hints) -> Carrier:
        """The picture ready for hints, its automatic colours tilted towards their palette."""
        canvas, chosen = self._ready(opened), dict(hints.settings)
        palette, strength = chosen.get("palette", ""), chosen.get("palette_strength", 1.0)
        key = f"{palette} {strength}" if palette else ""
        with opened.lock:
            if key not in opened.carriers:
                if palette:
                    canvas = canvas.tilted(Palette(read_histogram(palette), strength))
                opened.carriers = {key: make_carrier(canvas)}
            return opened.carriers[key]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """For small work: several threads would wait for each other longer than it takes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def swatch(guesses: Sequence[Guess]) -> list[dict[str, Any]]:
    """Guesses for JSON."""
    return [
        {"color": "#{:02x}{:02x}{:02x}".format(*g.rgb), "probability": g.probability}
        for g in guesses
    ]


def _preview_size(height: int, width: int) -> tuple[int, int]:
    scale = min((PREVIEW / (height * width)) ** 0.5, 1.0)
    return max(round(height * scale), 1), max(round(width * scale), 1)
