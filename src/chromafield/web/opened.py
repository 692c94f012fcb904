"""A picture that is open: where it and its hints lie, and what is known of it so far."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor

from ..canvas.canvas import Canvas
from ..errors import BadValue
from ..hints.document import Hints
from ..hints.file import DRAFT, SUFFIX, parse_hints, read_json, to_json
from ..image import Picture
from ..image.listing import NAMED_BY_HINTS, pictures_of
from ..image.swatches import is_hex
from ..image.write import suffix_for
from ..propagation.propagate import HintPropagator
from ..resize import resize
from ..settings import Settings, names_of_files

COLOURED = "coloured"  # the folder of results inside that of the pictures


@dataclass(frozen=True, slots=True)
class Ready:
    """A picture's automatic colours under some settings, and their field made ready for hints."""

    canvas: Canvas
    propagator: HintPropagator
    coarse: dict[tuple[int, int], Tensor] = field(default_factory=dict)  # lightness on grids

    def lightness(self, grid: tuple[int, int]) -> Float[Tensor, "1 1 h w"]:
        """The picture's lightness on a grid, shrunk once."""
        if grid not in self.coarse:
            self.coarse[grid] = resize(self.propagator.lightness, grid)
        return self.coarse[grid]


@dataclass
class OpenPicture:
    """One picture, and what is known of it so far."""

    path: Path
    home: Path  # the folder of its hints, and of what they name
    dropped: bool = False  # on the page: the studio's own copy
    step: str = "waiting"  # what is being done; "ready" at the end
    error: str = ""
    offer: str = ""  # what may be done of an error: "force" colours it anew
    force: bool = False  # it is coloured anew, though it has colours
    picture: Picture | None = None
    lightness: Float[Tensor, "1 1 h w"] | None = None  # known before its colours are
    ready: dict[Settings, Ready] = field(default_factory=dict)  # empty while it is put away
    hints: dict[str, Any] = field(default_factory=lambda: to_json(Hints()))
    revision: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)  # while it is worked on
    writing: threading.Lock = field(default_factory=threading.Lock)  # while hints are kept

    @property
    def saved(self) -> Path:
        """Where its hints are kept."""
        return self.home / (self.path.name + SUFFIX)

    @property
    def draft(self) -> Path:
        """Where marks lie that were carried to it from others of a series."""
        return self.path.with_name(self.path.name + DRAFT)

    @property
    def named(self) -> Path:
        """Where pictures that its hints name are kept."""
        return self.home / (self.path.name + NAMED_BY_HINTS)

    @property
    def result(self) -> Path:
        """Where it is saved in colour, beside the others of its folder."""
        return self.path.parent / COLOURED / (self.path.stem + suffix_for(self.path))

    @property
    def exported(self) -> bool:
        """Whether it was saved there since it was last changed."""
        if self.dropped or not self.result.exists():
            return False
        changed = max(one.stat().st_mtime for one in (self.path, self.saved) if one.exists())
        return self.result.stat().st_mtime >= changed

    def parse(self, told_: dict[str, Any], name: str = "the hints") -> Hints:
        """Hints for this picture.

        Raises:
            ChromafieldError: as `parse_hints`, and where a link leads out of the hints' folder.
        """
        hints = parse_hints(told_, name, self.home)
        placed = hints.resolved_settings()
        sources = [str(self.home / mark.source) for mark in hints.marks if mark.source]
        sources += [placed[one] for one in names_of_files() if one in placed]
        home = self.home.resolve()
        for source in (one for one in sources if not is_hex(one)):
            for path in (Path(source), *pictures_of(Path(source))):
                if not path.resolve().is_relative_to(home):
                    raise BadValue(f"{name}: {source} leads out of the folder of the hints.")
        return hints

    def kept_hints(self) -> Hints:
        """The hints as they are kept; where the picture is not read yet, as their file says.

        Raises:
            ChromafieldError: the file holds none.
        """
        if self.picture is not None:
            return self.parse(self.hints)
        if not self.saved.exists():
            return Hints()
        return self.parse(read_json(self.saved), self.saved.name)

    def named_pictures(self, name: str) -> list[Path]:
        """The picture of this name that hints may name, or the pictures of the folder.

        Raises:
            BadValue: the name leads out of the hints' folder, or nothing is there.
        """
        told_ = to_json(Hints()) | {"settings": {"reference": name}}
        found = pictures_of(Path(self.parse(told_).resolved_settings()["reference"]))
        if not found or not found[0].exists():
            raise BadValue(f"{name} is not there any more. Choose the picture again.")
        return found

    def named_picture(self, name: str) -> Path:
        """The one picture of this name; raises as `named_pictures`, and for a folder."""
        found = self.named_pictures(name)
        if found[0].name != Path(name).name:
            raise BadValue(f"{name} is a folder. Name one of its pictures.")
        return found[0]

    def refuse_unready(self) -> None:
        """Raises: BadValue: it is not ready, or never will be; the message says why."""
        if self.error:
            raise BadValue(self.error)
        if self.step != "ready":
            raise BadValue(f"{self.path.name} is not ready yet.")

    def _marks(self) -> int:
        """How many marks and pairs it has; before it is read, as its hint file says."""
        hints: Any = self.hints
        if self.picture is None:
            with contextlib.suppress(OSError, ValueError):
                hints = json.loads(self.saved.read_text("utf-8"))
        parts = [hints.get(name) for name in ("marks", "same")] if isinstance(hints, dict) else []
        return sum(len(part) for part in parts if isinstance(part, list))

    def status(self) -> dict[str, Any]:
        height, width = self.picture.size if self.picture else (0, 0)
        return {
            "name": self.path.name,
            "step": self.step,
            "error": self.error,
            "offer": self.offer,
            "dropped": self.dropped,
            "exported": self.exported,
            "marks": self._marks(),
            "width": width,
            "height": height,
            "revision": self.revision,
        }
