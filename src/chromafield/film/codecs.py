"""The codecs that a result may have, and how each is asked for its best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import av

from ..errors import OutputError
from .chroma import Coding
from .levels import BT709

# With limits so high that they limit nothing, x264 writes when each frame is shown.
WITH_TIMES = "nal-hrd=vbr:vbv-maxrate=240000:vbv-bufsize=240000"
LOSSLESS = 0  # the quality that loses nothing
WORST = 51

Options = dict[str, str]


@dataclass(frozen=True, slots=True)
class Codec:
    """One of them."""

    encoder: str  # FFmpeg's name
    depth: int  # bits a level, at most
    options: Callable[[int], Options] = lambda quality: {}  # of a quality from 0 to 51
    lossless: bool = True  # at quality 0
    odd: bool = True  # may sides be odd?
    fixed: str | None = None  # the one kind of frames that it takes, of the limited range
    smallest: tuple[int, int] = (1, 1)  # width and height
    endings: tuple[str, ...] = ()  # of files that have it where no codec is named
    matrix: int | None = None  # FFmpeg's number of the one that its frames are said to have
    tag: str | None = None  # four letters of its own kind, which FFmpeg does not choose right

    @property
    def piece(self) -> str:
        """The kind of file that frames are kept in until the film is whole."""
        return "mov" if self.fixed else "nut"

    def pix_fmt(self, size: tuple[int, int], coding: Coding) -> str:
        """The kind of frames that are written; chroma at full size where sides are odd."""
        if self.fixed:
            return self.fixed
        deep = "" if coding.depth == 8 else f"{coding.depth}le"
        even = size[0] % 2 == size[1] % 2 == 0
        return f"yuv420p{deep}" if even else f"yuv444p{deep}"


def _x264(quality: int) -> Options:
    # Of 8 bits crf 0 is lossless too, of 10 it is not. With its macroblock tree, x264 as PyAV
    # brings it gives other frames each time.
    return ({"crf": str(quality)} if quality else {"qp": "0"}) | {"mbtree": "0"}


def _x265(quality: int) -> Options:
    lossless = "" if quality else ":lossless=1"
    crf = {"crf": str(quality)} if quality else {}
    return crf | {"x265-params": f"log-level=error{lossless}"}


def _vp9(quality: int) -> Options:
    rate = {"crf": str(round(quality * 63 / WORST)), "b": "0"} if quality else {"lossless": "1"}
    return rate | {"row-mt": "1", "cpu-used": "2", "deadline": "good"}


def _av1(quality: int) -> Options:
    return {"crf": str(max(round(quality * 63 / WORST), 1)), "preset": "6"}


def _ffv1(quality: int) -> Options:
    return {}


def _prores(profile: str) -> Callable[[int], Options]:
    return lambda quality: {"profile": profile, "vendor": "apl0"}


def _dnxhr(quality: int) -> Options:
    return {"profile": "dnxhr_hqx"}


CODECS: dict[str, Codec] = {
    "h264": Codec("libx264", 10, _x264),
    "h265": Codec("libx265", 12, _x265, tag="hvc1"),  # what Apple's players look for
    "ffv1": Codec("ffv1", 16, _ffv1),
    "prores": Codec("prores_ks", 16, _prores("hq"), False, True, "yuv422p10le"),
    "prores4444": Codec("prores_ks", 16, _prores("4444"), False, True, "yuv444p10le", tag="ap4h"),
    "dnxhr": Codec("dnxhd", 16, _dnxhr, False, False, "yuv422p10le", (256, 120), (".mxf",), BT709),
    "vp9": Codec("libvpx-vp9", 8, _vp9, endings=(".webm",)),
    "av1": Codec("libsvtav1", 10, _av1, False, False, None, (64, 64)),
}


AUTO = "auto"  # the codec that is right for the file and the film
# Codecs of more bits than h264, and the endings of files that have them for such films.
DEEP = {"h265": (".mp4", ".m4v", ".mov", ".mkv"), "ffv1": (".mkv", ".avi")}


def codec_for(suffix: str, depth: int = 8) -> str:
    """The codec of a file with this ending where none is named.

    Args:
        depth: bits a level of the film; h264's successors hold more.
    """
    suffix = suffix.lower()
    own = next((name for name, codec in CODECS.items() if suffix in codec.endings), "h264")
    deep = [name for name, endings in DEEP.items() if suffix in endings]
    return next((name for name in (own, *deep) if CODECS[name].depth >= depth), own)


def check_codec(name: str, size: tuple[int, int], depth: int, quality: int) -> None:
    """Whether a film of this width, height and depth can have the codec.

    Raises:
        OutputError: it cannot; the sentence says which codec can.
    """
    codec = CODECS[name]
    if depth > codec.depth:
        deep = ", ".join(n for n, c in CODECS.items() if c.depth >= depth and not c.fixed)
        raise OutputError(
            f"The film has {depth} bits a level; {name} holds {codec.depth}. Choose --codec "
            f"{deep}, and name the result .mkv."
        )
    if quality == LOSSLESS and not codec.lossless:
        raise OutputError(f"{name} is never lossless. Choose --codec ffv1, or another --quality.")
    if size[0] < codec.smallest[0] or size[1] < codec.smallest[1]:
        least = " x ".join(map(str, codec.smallest))
        raise OutputError(
            f"{name} has pictures of {least} pixels at least; the film has {size[0]} x {size[1]}. "
            "Choose --codec ffv1 or h264."
        )
    if not codec.odd and (size[0] % 2 or size[1] % 2):
        raise OutputError(
            f"{name} has even sides only; the film is {size[0]} x {size[1]} pixels. Choose --codec "
            "ffv1 or h264."
        )
    try:
        av.Codec(codec.encoder, "w")
    except (ValueError, av.FFmpegError) as error:
        raise OutputError(
            f"This FFmpeg has no encoder {codec.encoder}, which {name} needs. Choose --codec h264, "
            "or install PyAV's own package."
        ) from error
