"""What packs the pixels of a TIFF, by its number: who unpacks it, and what people call it.

References:
    libtiff's tiff.h; TIFF 6.0 (1992), section 3; Adobe's technical notes on deflate and JPEG.
"""

from __future__ import annotations

from ..errors import PictureError

NONE, OLD_JPEG, JPEG, RUN_LENGTHS, LZMA, ZSTD = 1, 6, 7, 32773, 34925, 50000
FAX = (2, 3, 4, 32771)
BYTES = (NONE, 5, 8, RUN_LENGTHS, 32946, LZMA, ZSTD)  # they pack bytes, whatever these mean
BY_PILLOW = (*BYTES, *FAX, JPEG)
ONLY_BY_PILLOW = (LZMA, ZSTD)  # its libtiff has them, OpenCV's has not
NAMES = {
    OLD_JPEG: "old-style JPEG",
    7: "JPEG",
    22610: "JPEG XR",
    32766: "NeXT's run lengths",
    32809: "ThunderScan",
    32908: "PixarFilm",
    32909: "PixarLog",
    33003: "JPEG 2000",
    33004: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "SGI's logarithms",
    34677: "SGI's logarithms",
    34712: "JPEG 2000",
    34715: "JBIG2",
    34887: "LERC",
    34892: "lossy JPEG of DNG",
    34933: "PNG",
    34934: "JPEG XR",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
BY_EXTRA = {OLD_JPEG, JPEG, 22610, 33003, 33004, 33005, 34712, 34887, 34892, 34933, 34934}
BY_EXTRA |= {50001, 50002, 52546}  # what imagecodecs unpacks
FEW_BITS = 8


def packing_name(packing: int, bits: int) -> str:
    if packing == JPEG and bits > FEW_BITS:
        return f"{bits}-bit JPEG"
    return NAMES.get(packing, f"an unknown method (number {packing})")


def is_readable(packing: int, bits: int) -> bool:
    """Whether the decoders that are always there unpack it."""
    return packing in BY_PILLOW and not (packing == JPEG and bits > FEW_BITS)


def packing_refusal(name: str, packing: int, bits: int) -> PictureError:
    remedy = "Save it with LZW or deflate in a picture editor"
    if packing in BY_EXTRA:
        remedy += (
            ", or install the reader of rare formats in Chromafield's folder with: "
            "pip install '.[formats]'"
        )
    else:
        remedy += "."
    what = packing_name(packing, bits)
    return PictureError(f"{name} is packed by {what}, which cannot be unpacked here. {remedy}")
