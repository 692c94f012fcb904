"""What a file is, by the bytes it begins with: a format that is read, or what people call it."""

from __future__ import annotations

from pathlib import Path, PurePath

from ..errors import PictureError
from ._tiff_pages import RAW_ENDINGS, raw_sentence

READABLE = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, HEIC, JPEG 2000 and PNM"
LEADS: tuple[tuple[str, int, bytes], ...] = (  # format, place, the bytes that stand there
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("WEBP", 8, b"WEBP"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II+\0"),
    ("TIFF", 0, b"MM\0+"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
    ("BMP", 0, b"BM"),
    ("AVIF", 4, b"ftypavif"),
    ("AVIF", 4, b"ftypavis"),
    *(("HEIF", 4, b"ftyp" + brand) for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
    *(("HEIF", 4, b"ftyp" + brand) for brand in (b"heim", b"heis", b"hevx")),
    ("JPEG2000", 0, b"\0\0\0\x0cjP  \r\n\x87\n"),
    ("JPEG2000", 0, b"\xff\x4f\xff\x51"),
    *(
        ("PPM", 0, b"P" + digit + end)
        for digit in (b"1", b"2", b"3", b"4", b"5", b"6", b"7")
        for end in (b"\n", b" ", b"\r", b"\t", b"#")
    ),
)
RAW_LEADS: tuple[tuple[int, bytes], ...] = (
    *((0, lead) for lead in (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb")),
    *((0, lead) for lead in (b"\0MRM", b"II\x1a\0\0\0HEAPCCDR")),
    *((4, lead) for lead in (b"ftypcrx ",)),
    (8, b"CR\x02"),
)
OTHERS: tuple[tuple[int, bytes, str], ...] = (  # place, the bytes that stand there, what it is
    (0, b"%PDF", "a PDF document. Export its page as TIFF or PNG first."),
    (0, b"8BPS", "a Photoshop document. Save it as TIFF first."),
    (0, b"8BPB", "a Photoshop document. Save it as TIFF first."),
    (0, b"%!PS", "a PostScript document. Export it as TIFF or PNG first."),
    (
        0,
        b"\0\x05\x16\x07",
        "what a Mac keeps beside a file (AppleDouble). Take the file without ._",
    ),
    (0, b"\0\x05\x16\0", "what a Mac keeps beside a file (AppleSingle). Take the file itself."),
    (0, b"version https://git-lfs", "a Git LFS pointer. Fetch the picture itself: git lfs pull."),
    (0, b"bplist00", "a placeholder or settings of a Mac (iCloud). Download the picture first."),
    (0, b"PK\x03\x04", "a zip archive. Unpack it first."),
    (0, b"PK\x05\x06", "a zip archive. Unpack it first."),
    (0, b"\x1f\x8b", "a gzip archive. Unpack it first."),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive. Unpack it first."),
    (0, b"Rar!", "a RAR archive. Unpack it first."),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"II\xbc", "a JPEG XR picture"),
    (0, b"v/1\x01", "an OpenEXR picture"),
    (0, b"#?R", "a Radiance picture"),
    *((0, lead, "a picture of fractions (PFM)") for lead in (b"PF\n", b"Pf\n")),
    (0, b"\0\0\x01\0", "an icon. Save it as PNG first."),
    (0, b"AT&TFORM", "a DjVu document. Export its page as TIFF or PNG first."),
    (0, b"gimp xcf", "a GIMP document. Export it as TIFF or PNG first."),
    (0, b"SIMPLE  =", "a FITS picture"),
    (0, b"\x1aE\xdf\xa3", "a film. Colour it with: chromafield film"),
    (0, b"OggS", "a film or sound. Colour a film with: chromafield film"),
    *(
        (4, b"ftyp" + brand, "a film. Colour it with: chromafield film")
        for brand in (b"isom", b"iso2", b"mp41", b"mp42", b"qt  ", b"M4V ", b"avc1", b"3gp")
    ),
    (8, b"AVI ", "a film. Colour it with: chromafield film"),
    (8, b"WAVE", "a sound"),
    *(
        (4, kind, "a film. Colour it with: chromafield film")
        for kind in (b"moov", b"mdat", b"wide")
    ),
    (0, b"ID3", "a sound"),
    (0, b"{\\rtf", "a text document. Export its pictures first."),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document. Export its pictures first."),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript document. Export it as TIFF or PNG first."),
    (0, b"\xd7\xcd\xc6\x9a", "a drawing (WMF). Export it as PNG first."),
    (40, b" EMF", "a drawing (EMF). Export it as PNG first."),
    (0, b"L\0\0\0\x01\x14\x02\0", "a shortcut of Windows. Take the picture that it leads to."),
    *((0, b"\x0a" + version + b"\x01", "a PCX picture") for version in (b"\x02", b"\x03", b"\x05")),
    (0, b"\x01\xda", "an SGI picture"),
    (128, b"DICM", "a medical picture (DICOM)"),
    (257, b"ustar", "a tar archive. Unpack it first."),
)
MARKUP = ((b"<!doctype html", b"<html", b"<head", b"<body"), (b"<svg",), (b"<?xml",))
MARKUP_NAMES = (
    "a web page, not a picture. Open it in a browser and save the picture itself.",
    "a drawing (SVG). Export it as PNG first.",
    "an XML document, not a picture.",
)
SIDECAR = "what a photo program keeps beside a picture (XMP). Name the picture itself."
NOTHING = "full of zeros, with no picture in it. Copy it again from its source."
ENDINGS = {  # the format that an ending promises
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo"), "JPEG"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".heic", ".heif", ".hif"), "HEIF"),
    **dict.fromkeys((".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc"), "JPEG2000"),
    **dict.fromkeys((".pgm", ".ppm", ".pbm", ".pnm", ".pam"), "PPM"),
    ".png": "PNG",
    ".webp": "WEBP",
    ".avif": "AVIF",
    ".gif": "GIF",
    ".bmp": "BMP",
}
DISPLAYED = {"WEBP": "WebP", "HEIF": "HEIC", "JPEG2000": "JPEG 2000", "PPM": "PNM"}
LEAD_LIMIT = 512
PNG_DEPTH_OFFSET = 24  # in the IHDR chunk, which is always first


def lead_of(path: Path) -> bytes:
    """The first bytes of a file that is there and can be read.

    Raises:
        PictureError: it is not there, no file, empty, or may not be read.
    """
    if path.is_dir():
        raise PictureError(f"{path} is a folder, not a picture. Name a picture file in it.")
    if path.exists() and not path.is_file():
        raise PictureError(f"{path} is no file but a pipe or a device. Save it as a file first.")
    try:
        with path.open("rb") as file:
            lead = file.read(LEAD_LIMIT)
    except FileNotFoundError as error:
        raise PictureError(f"There is no file {path}. Check its name and folder.") from error
    except (OSError, ValueError) as error:  # a name with a null character is a wrong value
        reason = getattr(error, "strerror", None) or error
        raise PictureError(
            f"{path} cannot be opened ({reason}). Check that you may read it."
        ) from error
    if not lead:
        raise PictureError(f"{path.name} is empty (0 bytes). Copy it again from its source.")
    return lead


def known_format(lead: bytes) -> str | None:
    """The format that is read, by Pillow's name; None for any other."""
    if any(lead[at : at + len(mark)] == mark for at, mark in RAW_LEADS):
        return None
    for format, offset, mark in LEADS:
        if lead[offset : offset + len(mark)] == mark:
            return format
    return None


def format_of(lead: bytes, name: str) -> str:
    """The format that is read.

    Raises:
        PictureError: it is none of them; its sentence says what it is, where that is known.
    """
    format = known_format(lead)
    if format == "PNG" and len(lead) <= PNG_DEPTH_OFFSET:
        raise PictureError(f"{name} is a PNG cut off in its first line. Copy it again.")
    if format is not None:
        return format
    raw_lead = any(lead[at : at + len(mark)] == mark for at, mark in RAW_LEADS)
    if raw_lead or PurePath(name).suffix.lower() in RAW_ENDINGS:
        raise PictureError(raw_sentence(name))
    what = _what(lead)
    if what is None:
        raise PictureError(
            f"{name} is not a picture that can be read. Convert it to one of {READABLE}."
        )
    if "." not in what:
        what += f", which cannot be read. Convert it to one of {READABLE}."
    raise PictureError(f"{name} is {what}" + ("" if what.endswith(".") else "."))


def _what(lead: bytes) -> str | None:
    for offset, mark, what in OTHERS:
        if lead[offset : offset + len(mark)] == mark:
            return what
    if not any(lead):
        return NOTHING
    text = lead.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if lead[:2] in (b"\xff\xfe", b"\xfe\xff"):  # 16 bits a letter
        text = lead[: len(lead) // 2 * 2].decode("utf-16", "replace").lstrip().lower().encode()
    if b"<x:xmpmeta" in text:
        return SIDECAR
    for marks, what in zip(MARKUP, MARKUP_NAMES, strict=True):
        if text.startswith(marks):
            inside = next((i for i, word in enumerate((b"<html", b"<svg")) if word in text), None)
            return what if inside is None else MARKUP_NAMES[inside]
    try:
        lead[:-3].decode()
    except UnicodeDecodeError:
        return None
    if b"\0" in lead or len(lead) < 4:
        return None
    return "a text, not a picture. Name the picture itself."


def misnamed(name: str, format: str) -> str | None:
    """A sentence where the ending promises another format."""
    promised = ENDINGS.get(PurePath(name).suffix.lower())
    if promised is None or promised == format or {promised, format} == {"HEIF", "AVIF"}:
        return None
    return (
        f"{name} is named like a {shown_format(promised)} file, but is a {shown_format(format)} "
        "file; its content counts."
    )


def shown_format(format: str) -> str:
    """A format as people write it."""
    return DISPLAYED.get(format, format)
