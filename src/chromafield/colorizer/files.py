"""One picture file to one coloured file, with a layer and a sheet beside it."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..defaults import MAX_PIXELS
from ..errors import OutputError, PictureError
from ..fields import field_options
from ..image import (
    Levels,
    Picture,
    at_depth,
    read_picture,
    three_channels,
    write_picture,
)
from ..image.colored_parts import kept_sentence
from ..image.credentials import has_credentials, identity_of, signed
from ..image.dust import dust_sentence
from ..image.history import with_history
from ..image.layer import color_layer
from ..image.pages import page_sentence
from ..image.provenance import guess_note, merge_note, stated_source_type
from ..image.sheet import captioned, contact_sheet, scaled
from ..image.write import check_result, left_behind
from ..jobs.jobs import Job
from ..reference.colored import taken_sentence, trust_sheet
from ..sampling.sampler import Sampler
from .colorizer import Colored, Colorizer
from .negatives import looks_negative, negative_sentence

LAYER, SHEET, TRUST = (
    "-layer.png",
    "-compare.jpg",
    "-trust.jpg",
)  # end the names of what lies beside a result
COMPARE_HEIGHT = 800  # pixels of a before/after sheet, at most
SHEET_HEIGHT = 320  # pixels of each picture on a sheet of samples, at most
A_ROW = 4  # pictures in its rows
CREDENTIALS_LOST = (
    "{} has content credentials (C2PA), which hold for its own pixels alone and stay behind; "
    "--c2pa signs the result, with them in it."
)
NOT_COMPARED = (
    "max_pixels",
    "strict",
    "keep_times",
    "c2pa_key",
)  # options that change nothing in a finished picture


@dataclass(frozen=True)
class OutputOptions:
    """Options of the written files; none but `invert` changes the colours."""

    compare: bool = False  # a before/after sheet beside the result
    trust_sheet: bool = False  # a sheet of where a coloured version was trusted
    layer: bool = False  # the colours alone as a transparent layer beside the result
    tag: bool = True  # a note in the metadata that the colours are guesses
    invert: bool = False  # the picture is a negative: make it positive first
    quality: int = 95  # of JPEG, WebP and AVIF results, 1 to 100
    max_pixels: int = MAX_PIXELS  # larger pictures are refused
    strict: bool = False  # refuse what is damaged, or would lose something on the way
    keep_times: bool = False  # the result gets its source's time of change
    c2pa: str | None = None  # a certificate (PEM) that the result is signed with, last of all
    c2pa_key: str | None = None  # its private key, where that lies in a file of its own

    def to_json(self) -> dict[str, object]:
        """The options that change a finished file, for JSON."""
        return {name: value for name, value in asdict(self).items() if name not in NOT_COMPARED}

    def paths(self, target: Path) -> list[Path]:
        """The paths of all files that are written for a target."""
        wanted = {LAYER: self.layer, SHEET: self.compare, TRUST: self.trust_sheet}
        return [target, *(_beside(target, end) for end, one in wanted.items() if one)]


@dataclass(frozen=True, slots=True)
class Report:
    """The report on one picture; a line of the manifest and of `--json`."""

    input: str
    input_sha256: str
    output: str
    output_sha256: str
    beside: tuple[str, ...]  # the sheet and the layer
    model: str
    fingerprint: dict[str, Any]  # see `Colorizer.fingerprint`
    extras: dict[str, object]  # see `OutputOptions.to_json`
    version: str
    seconds: float
    notes: tuple[str, ...] = ()  # what is damaged, was left aside or stays behind: sentences
    photographs: tuple[list[list[float]], ...] = ()  # of a page: each one's corners, x and y

    def as_dict(self) -> dict[str, object]:
        """The report for JSON, with the entries of the fingerprint at its place."""
        entries: dict[str, object] = {}
        for name, value in asdict(self).items():
            entries |= value if name == "fingerprint" else {name: value}
        return entries


def colorize_file(job: Job, colorizer: Colorizer, extras: OutputOptions) -> Report:
    """Colour one file; the result is written atomically.

    Raises:
        PictureError: the source cannot be read, is in colour already, or has something to be said
            of it while `strict` is asked for.
        OutputError: the target cannot be written.
    """
    began = time.perf_counter()
    colorizer = colorizer.with_hints(job.hints)
    picture = _read(job.source, extras)
    check_result(job.target, picture)
    notes = _faults(job, picture, extras)
    if not extras.invert and looks_negative(picture, colorizer.trained):  # a guess, and no fault
        notes = (*notes, negative_sentence(job.source.name))
    colored = colorizer.color_with_findings(picture, job.source.name)
    rgb, page = colored.levels, colored.page
    notes = (*notes, *_found(colored, job.source.name))
    _make_folder(job.target.parent)
    trained = colorizer.trained
    _write(job, picture, rgb, colorizer, extras)
    beside = _write_beside(job, picture, rgb, extras)  # after the result: nothing lies beside none
    if extras.trust_sheet:
        beside += [_write_trust(job, colored, colorizer)]
    return Report(
        input=str(job.source),
        input_sha256=sha256(job.source),
        output=str(job.target),
        output_sha256=sha256(job.target),
        beside=tuple(str(path) for path in beside),
        model=trained.name,
        fingerprint=colorizer.fingerprint(),
        extras=extras.to_json(),
        version=__version__,
        seconds=round(time.perf_counter() - began, 3),
        notes=notes,
        photographs=tuple(page.as_json()) if page else (),
    )


def _faults(job: Job, picture: Picture, extras: OutputOptions) -> tuple[str, ...]:
    """What is to be said of a source, and of what its result cannot hold; with `strict` that is
    an error."""
    notes = (*picture.notes, *left_behind(job.target.suffix, picture.tags, job.source.name))
    if extras.c2pa is None and has_credentials(job.source):
        notes = (*notes, CREDENTIALS_LOST.format(job.source.name))
    if extras.strict and notes:
        raise PictureError(f"{' '.join(notes)} Leave --strict out to colour it all the same.")
    return notes


def _found(colored: Colored, name: str) -> Iterator[str]:
    """What was found on a picture while it was coloured."""
    if colored.parts:
        yield kept_sentence(colored.parts, name)
    if colored.taken is not None:
        yield taken_sentence(colored.taken, name)
    if colored.dust:
        yield dust_sentence(colored.dust, name)
    if colored.page is not None:
        yield page_sentence(colored.page, name)


def _read(source: Path, extras: OutputOptions) -> Picture:
    """The picture, made positive where it is said to be a negative."""
    picture = read_picture(source, extras.max_pixels)
    return replace(picture, pixels=~picture.pixels) if extras.invert else picture


def _write(
    job: Job, picture: Picture, rgb: Levels, colorizer: Colorizer, extras: OutputOptions
) -> None:
    """Write the result with its note, and with its source's times if the options say so."""
    tags = picture.tags
    if extras.tag:
        tags = replace(tags, xmp=_noted(tags.xmp, colorizer))
    noted = replace(picture, tags=tags)
    identity = identity_of(extras.c2pa, extras.c2pa_key)

    def sealed(data: bytes, format: str) -> bytes:
        return data if identity is None else signed(data, format, identity, job.source, step)

    step = f"coloured by {colorizer.trained.name}"
    write_picture(job.target, rgb, noted, extras.quality, source=job.source, sealed=sealed)
    if extras.keep_times:
        times = job.source.stat()
        os.utime(job.target, ns=(times.st_atime_ns, times.st_mtime_ns))


def _noted(xmp: bytes | None, colorizer: Colorizer) -> bytes:
    """The packet with the note that the colours are guesses, and whose."""
    settings, trained = colorizer.settings, colorizer.trained
    drawn = "seed" in field_options(settings.field)
    seed, was = settings.seed if drawn else None, stated_source_type(xmp)
    noted = merge_note(xmp, guess_note(trained.name, trained.digest, seed, __version__, was))
    return with_history(noted, f"Chromafield {__version__}", f"coloured by {trained.name}")


def sample_file(job: Job, sampler: Sampler, extras: OutputOptions) -> list[Path]:
    """Colour one file several times, and show all on a sheet; see `sample_paths`.

    Raises:
        PictureError: the source cannot be read, or is in colour already.
        OutputError: a target cannot be written.
    """
    picture = _read(job.source, extras)
    _make_folder(job.target.parent)
    height = min(SHEET_HEIGHT, picture.size[0])
    *paths, last = sample_paths(job.target, sampler.sampling.count)
    shown = []
    colorings = sampler.colour(picture, job.source.name)
    for number, (path, rgb) in enumerate(zip(paths, colorings, strict=True), 1):
        write_picture(path, rgb, picture, extras.quality, source=job.source)
        shown.append(captioned(scaled(at_depth(rgb, 8).astype(np.uint8), height), str(number)))
    rows = [shown[i : i + A_ROW] for i in range(0, len(shown), A_ROW)]
    sheet = contact_sheet(rows, len(shown[0]))
    write_picture(last, sheet, Picture(sheet, format="JPEG"))
    return [*paths, last]


def sample_paths(target: Path, count: int) -> list[Path]:
    """The paths of a picture's samples, NAME-sample-1 and so on, and last of the sheet."""
    ends = [f"-sample-{number}{target.suffix}" for number in range(1, count + 1)]
    return [_beside(target, end) for end in (*ends, "-sample-sheet.jpg")]


def earlier_samples(target: Path) -> list[Path]:
    """The samples and the sheet of earlier runs beside a target."""
    name = re.compile(
        rf"{re.escape(target.stem)}-sample-(?:\d+{re.escape(target.suffix)}|sheet.jpg)"
    )
    there = target.parent.iterdir() if target.parent.is_dir() else ()
    return sorted(path for path in there if name.fullmatch(path.name))


def sha256(path: Path) -> str:
    """The file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _beside(target: Path, end: str) -> Path:
    return target.with_name(target.stem + end)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be made ({error.strerror}). Choose another with -o."
        ) from error


def _write_beside(job: Job, picture: Picture, rgb: Levels, extras: OutputOptions) -> list[Path]:
    written = []
    if extras.layer:
        path = _beside(job.target, LAYER)
        layer = color_layer(picture.pixels, rgb)
        alpha = np.ascontiguousarray(layer[..., 3])
        bare = Picture(np.ascontiguousarray(layer[..., :3]), alpha, picture.depth, picture.tags)
        write_picture(path, bare.pixels, bare)
        written.append(path)
    if extras.compare:
        path = _beside(job.target, SHEET)
        before, after = at_depth(three_channels(picture.pixels), 8), at_depth(rgb, 8)
        height = min(COMPARE_HEIGHT, picture.size[0])
        sheet = contact_sheet([[before.astype(np.uint8), after.astype(np.uint8)]], height)
        write_picture(path, sheet, Picture(sheet, format="JPEG"))
        written.append(path)
    return written


def _write_trust(job: Job, colored: Colored, colorizer: Colorizer) -> Path:
    """Write the sheet of where the coloured version was trusted."""
    given = colorizer.given
    assert given is not None and given.colored is not None and colored.taken is not None
    sheet = trust_sheet(read_picture(given.colored), colored.taken, colored.levels)
    path = _beside(job.target, TRUST)
    write_picture(path, sheet, Picture(sheet, format="JPEG"))
    return path
