"""What a Pillow image holds beside its pixels, as `Tags`."""

from __future__ import annotations

import math
from typing import Any

from PIL import Image

from ._exif import bare
from .picture import Tags

IPTC_BLOCK = 0x0404  # of the image resources that Photoshop puts in a JPEG
NOT_TEXT = ("XML:com.adobe.xmp", "Raw profile type ")  # PNG text that is carried as what it is


def tags_of(image: Image.Image) -> Tags:
    """The tags of a loaded image; the profile is the one its levels are in."""
    info: dict[Any, Any] = image.info
    return Tags(
        exif=bare(info.get("exif")),
        icc=info.get("icc_profile") or None,
        dpi=_dpi(info.get("dpi")),
        xmp=_xmp(info),
        iptc=_iptc(info.get("photoshop")),
        text=_text(image),
    )


def _dpi(dpi: object) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in dpi)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    good = math.isfinite(across) and math.isfinite(down) and min(across, down) > 0
    return (across, down) if good else None


def _xmp(info: dict[Any, Any]) -> bytes | None:
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
    return xmp.encode() if isinstance(xmp, str) else xmp or None


def _iptc(blocks: object) -> bytes | None:
    found = blocks.get(IPTC_BLOCK) if isinstance(blocks, dict) else None
    return found if isinstance(found, bytes) else None


def _text(image: Image.Image) -> tuple[tuple[str, str], ...]:
    found = dict(getattr(image, "text", {}))
    comment = image.info.get("comment")
    if isinstance(comment, bytes) and comment:
        try:
            found["Comment"] = comment.decode()
        except UnicodeDecodeError:
            found["Comment"] = comment.decode("latin-1")
    return tuple((k, str(v)) for k, v in found.items() if not k.startswith(NOT_TEXT))
