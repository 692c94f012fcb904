"""One reader a format: the file's levels as they stand, its tags, and what is to be said of it."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
)

from ..errors import PictureError
from ._boxes import avif_bits, hdr_curve, with_plain_versions
from ._deep import decode_deep, full_range
from ._exif import bare
from ._guard import Unreadable, unguarded
from ._jp2_read import read_jp2
from ._jpeg_read import Segments, damage_of, ended, rare_kind, read_segments
from ._modes import Decoded, decode, keyed_alpha
from ._png_color import stated_colors
from ._png_read import PngChunks, read_png
from ._pnm import read_head, read_pnm
from ._rare import decoded_by_extra
from ._tags import IPTC_BLOCK, copied_blocks, photoshop_blocks, readable, tags_of
from ._tiff_damage import damage_of_page
from ._tiff_read import open_tiff, read_pixels
from ._webp_read import open_webp
from ._xmp import extended_name, joined, names_second_picture
from .picture import Tags
from .read import DAMAGED_BESIDE, Found, check_pages, check_size

# The plugins themselves, not Image.open: no other format can slip in.
PLUGINS: dict[str, Callable[[Any], Image.Image]] = {
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
FEW_BITS = 8
LACKS_END = "{} lacks its last bytes; every row of the picture is there."
GREY_KEYS = {1: 255, 2: 85, 4: 17}  # what a level of few bits is worth at 8


def _read_plain(format: str) -> Callable[[Path, int], Found]:
    """A reader that leaves all to Pillow."""

    def read(path: Path, max_pixels: int) -> Found:
        with unguarded():
            image = PLUGINS[format](path)
        return _by_pillow(image, path.name, max_pixels)

    return read


def read_webp(path: Path, max_pixels: int) -> Found:
    image, damaged = open_webp(path.read_bytes())
    notes = (DAMAGED_BESIDE.format(path.name),) if damaged else ()
    return _by_pillow(image, path.name, max_pixels, notes)


def read_avif(path: Path, max_pixels: int) -> Found:
    data, name = path.read_bytes(), path.name
    bits, notes = avif_bits(data), _hdr_notes(data, name)
    with unguarded():
        try:
            image = AvifImagePlugin.AvifImageFile(io.BytesIO(data))
        except SyntaxError:  # its reader gives up over a number that no picture needs
            image = AvifImagePlugin.AvifImageFile(io.BytesIO(with_plain_versions(data)))
            notes += (DAMAGED_BESIDE.format(name),)
    found = _by_pillow(image, name, max_pixels, notes)
    if bits <= FEW_BITS:
        return found
    levels = decoded_by_extra(data, "avif", bits)
    if levels is None or levels.shape[:2] != found.decoded.pixels.shape[:2]:
        unread = (
            f"{name} has {bits} bits a channel, of which 8 are read. The reader of rare formats "
            "reads all; install it in Chromafield's folder with: pip install '.[formats]'",
        )
        return replace(found, notes=(*notes, *unread))
    kept = f"{name} has {bits} bits a channel; a PNG or TIFF result keeps them, an AVIF has 8."
    grey = levels if levels.ndim == 2 else levels[..., 0] if levels.shape[2] == 2 else None
    pixels = np.ascontiguousarray(levels[..., :3] if grey is None else grey)
    alpha = None if found.decoded.alpha is None else np.ascontiguousarray(levels[..., -1])
    decoded = replace(found.decoded, pixels=pixels, alpha=alpha, depth=16)
    return replace(found, decoded=decoded, notes=(*notes, kept))


def _by_pillow(
    image: Image.Image, name: str, max_pixels: int, notes: tuple[str, ...] = ()
) -> Found:
    with closing(image):
        check_pages(name, getattr(image, "n_frames", 1))
        check_size(name, image.size, max_pixels)
        with unguarded():
            image.load()
            tags = tags_of(image)
        return Found(decode(image, tags.icc, name), tags, notes=notes)


def _hdr_notes(data: bytes, name: str) -> tuple[str, ...]:
    if (curve := hdr_curve(data)) is None:
        return ()
    return (
        f"{name} is an HDR picture ({curve}); its levels are read as if they were sRGB. "
        "Convert it to sRGB first if its tones look wrong.",
    )


def read_jpeg(path: Path, max_pixels: int) -> Found:
    data, name = path.read_bytes(), path.name
    stated = read_segments(data)
    check_size(name, stated.size, max_pixels)
    tags, notes = _jpeg_tags(stated, name)
    if rare := rare_kind(stated):
        return Found(_rare_levels(data, *rare, stated.bits, name, tags.icc), tags, notes=notes)
    if (whole := ended(data, stated)) is not None:
        data = whole
        notes += (LACKS_END.format(name),)
    elif damage := damage_of(data, stated, name):
        notes += (damage,)
    with unguarded():
        image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    with closing(image):
        with unguarded():
            image.load()
        return Found(decode(image, tags.icc, name), tags, notes=notes)


def _rare_levels(
    data: bytes, kind: str, codec: str, bits: int, name: str, icc: bytes | None
) -> Decoded:
    levels = decoded_by_extra(data, codec, bits)
    if levels is None:
        raise PictureError(
            f"{name} is {kind}, which cannot be read here. Save it as TIFF in a picture editor, or "
            "install the reader of rare formats in Chromafield's folder with: "
            "pip install '.[formats]'"
        )
    if levels.ndim == 3 and levels.shape[2] != 3:
        raise Unreadable(f"{levels.shape[2]} channels")
    return Decoded(levels, None, 8 * levels.dtype.itemsize, icc)


def _jpeg_tags(stated: Segments, name: str) -> tuple[Tags, tuple[str, ...]]:
    icc, incomplete = stated.profile
    blocks = photoshop_blocks(stated.photoshop)
    exif, xmp, notes = bare(stated.exif), stated.xmp, []
    wanted = extended_name(xmp)
    extended = b"".join(part for (own, _), part in sorted(stated.extended.items()) if own == wanted)
    if extended:
        xmp = joined(xmp, extended)
    elif wanted:
        notes.append(f"{name}: a part of its XMP is missing and was left aside.")
    if incomplete:
        notes.append(
            f"{name} has a colour profile of which a part is missing; it was not used, and the "
            "picture is read as sRGB."
        )
    if stated.views or names_second_picture(xmp):
        notes.append(
            f"{name} holds a further picture (a second view, a preview, a gain map or a film), "
            "which stays behind."
        )
    tags = Tags(
        exif=exif,
        icc=icc,
        dpi=stated.dpi,
        xmp=xmp,
        iptc=blocks.get(IPTC_BLOCK),
        text=tuple(("Comment", readable(comment)) for comment in stated.comments if comment),
        blocks=copied_blocks(blocks),
    )
    return tags, tuple(notes)


def read_png_file(path: Path, max_pixels: int) -> Found:
    name = path.name
    stated = read_png(path.read_bytes())
    check_pages(name, stated.frames)
    check_size(name, stated.size, max_pixels)
    with unguarded():
        image = PngImagePlugin.PngImageFile(io.BytesIO(stated.pixels))
    with closing(image):
        with unguarded():
            image.load()  # also where OpenCV decodes: Pillow notices every damage
        if stated.depth == 16:
            decoded = _deep_png(stated)
        else:
            if stated.color_type == 0 and stated.key is not None:
                key = stated.key[0] & (1 << stated.depth) - 1
                image.info["transparency"] = key * GREY_KEYS.get(stated.depth, 1)
            elif stated.key is not None:
                image.info["transparency"] = tuple(key & 255 for key in stated.key)
            decoded = decode(image, stated.icc, name)
    levels, changed, sentence = stated_colors(decoded.pixels, stated, name)
    if changed:
        decoded = replace(decoded, pixels=levels, icc=None)
    notes = [f"{name} has {reason}; it was left aside." for reason in stated.left_aside]
    if stated.lacks_end:
        notes.append(LACKS_END.format(name))
    return Found(decoded, stated.tags, notes=(*notes, *((sentence,) if sentence else ())))


def _deep_png(stated: PngChunks) -> Decoded:
    """A PNG of 16 bits a channel."""
    levels = decode_deep(np.frombuffer(stated.pixels, np.uint8))
    if levels.ndim == 2:
        alpha = None if stated.key is None else keyed_alpha(levels, stated.key[0])
        return Decoded(levels, alpha, 16, stated.icc)
    if stated.color_type == 4:  # OpenCV repeats the grey of grey and alpha
        return Decoded(levels[..., 0].copy(), levels[..., 3].copy(), 16, stated.icc)
    colors = np.ascontiguousarray(levels[..., :3])
    alpha = levels[..., 3].copy() if levels.shape[2] == 4 else None
    if stated.key is not None:
        alpha = keyed_alpha(colors, stated.key)
    return Decoded(colors, alpha, 16, stated.icc)


def read_tiff(path: Path, max_pixels: int) -> Found:
    opened = open_tiff(path)
    check_pages(path.name, opened.pictures)
    layout = opened.layout
    check_size(path.name, layout.size, max_pixels)
    damage = damage_of_page(opened.data, layout.parts, layout.size[1], path.name)
    notes: tuple[str, ...] = (damage,) if damage else ()
    if not layout.photometric_stated:
        notes += (
            f"{path.name} does not say whether its level 0 is black or white; it is read as the "
            "usual reader of TIFF has it.",
        )
    return Found(read_pixels(opened, path.name), opened.tags, opened.orientation, notes)


def read_heif(path: Path, max_pixels: int) -> Found:
    reader, data = _heif_reader(), path.read_bytes()
    with unguarded():
        image: Image.Image = reader.HeifImageFile(io.BytesIO(data))
    found = _by_pillow(image, path.name, max_pixels, _hdr_notes(data, path.name))
    found = replace(found, orientation=1)  # its reader turns it, by what the format itself says
    bits = image.info.get("bit_depth", 8)
    if bits > 8:
        file = reader.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
        levels = np.asarray(file) >> (16 - bits)
        decoded = replace(found.decoded, pixels=full_range(levels[..., :3], bits), depth=16)
        return replace(found, decoded=decoded)
    return found


def _heif_reader() -> Any:
    try:
        return importlib.import_module("pi_heif")
    except ImportError as error:
        raise PictureError(
            "HEIC pictures cannot be read: their reader is not installed. Install it with: "
            "pip install pi-heif"
        ) from error


def read_pnm_file(path: Path, max_pixels: int) -> Found:
    data = path.read_bytes()
    head = read_head(data)
    check_size(path.name, head.size, max_pixels)
    return Found(read_pnm(data, head, path.name), Tags())


READERS: dict[str, Callable[[Path, int], Found]] = {
    **{format: _read_plain(format) for format in PLUGINS},
    "JPEG": read_jpeg,
    "PNG": read_png_file,
    "TIFF": read_tiff,
    "HEIF": read_heif,
    "WEBP": read_webp,
    "AVIF": read_avif,
    "JPEG2000": read_jp2,
    "PPM": read_pnm_file,
}
