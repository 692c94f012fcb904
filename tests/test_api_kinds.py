"""Every kind of picture through the whole of it: lightness, size, depth and alpha are its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import chromafield
from chromafield.canvas.lightness import lightness_of
from chromafield.colorizer.colorizer import Colorizer
from chromafield.image import Levels, Picture
from chromafield.settings import Settings


@pytest.fixture(scope="module")
def told(tiny_weights: Path) -> dict[str, Any]:
    return {"model": str(tiny_weights), "field": "mode", "size": 32}


@pytest.fixture(scope="module")
def colorizer(told: dict[str, Any]) -> Colorizer:
    return chromafield.load_colorizer(Settings(**told), "cpu")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kinds")


def palette(grey: Levels, alpha: Levels) -> Image.Image:
    """The greys in another order, behind a palette that puts them back."""
    order = np.random.default_rng(0).permutation(256)
    image = Image.fromarray(np.argsort(order)[grey].astype(np.uint8), "P")
    image.putpalette(np.repeat(order, 3).astype(np.uint8).tobytes())
    return image


def inks(grey: Levels, alpha: Levels) -> NDArray[Any]:
    """Black ink alone."""
    none = np.zeros_like(grey)
    return np.stack([none, none, none, ~grey], axis=-1)


BY_PILLOW: dict[str, tuple[tuple[str, ...], Callable[..., Image.Image]]] = {
    "L": (("png", "tif", "bmp", "webp"), lambda grey, alpha: Image.fromarray(grey)),
    "LA": (("png", "tif"), lambda grey, alpha: Image.fromarray(np.stack([grey, alpha], -1))),
    "P": (("png", "tif", "bmp", "gif"), palette),
    "RGB": (("png", "tif", "bmp"), lambda grey, alpha: Image.fromarray(np.stack([grey] * 3, -1))),
    "RGBA": (
        ("png", "tif", "webp"),
        lambda grey, alpha: Image.fromarray(np.stack([grey] * 3 + [alpha], -1)),
    ),
    "CMYK": (("tif",), lambda grey, alpha: Image.fromarray(inks(grey, alpha), "CMYK")),
    "1": (("png", "tif", "bmp"), lambda grey, alpha: Image.fromarray(grey > 127)),
}
BY_TIFFFILE: dict[str, tuple[str, Callable[..., NDArray[Any]]]] = {
    "L16": ("minisblack", lambda grey, alpha: grey),
    "LA16": ("minisblack", lambda grey, alpha: np.stack([grey, alpha], -1)),
    "RGB16": ("rgb", lambda grey, alpha: np.stack([grey] * 3, -1)),
    "RGBA16": ("rgb", lambda grey, alpha: np.stack([grey] * 3 + [alpha], -1)),
    "CMYK16": ("separated", inks),
    "F": ("minisblack", lambda grey, alpha: (grey / 65535).astype(np.float32)),
}
KINDS = [(mode, suffix) for mode, (suffixes, _) in BY_PILLOW.items() for suffix in suffixes]
KINDS += [(mode, "tif") for mode in BY_TIFFFILE]


def written(path: Path, mode: str, grey: Levels, alpha: Levels) -> None:
    if mode in BY_PILLOW:
        options = {"lossless": True, "exact": True} if path.suffix == ".webp" else {}
        BY_PILLOW[mode][1](grey, alpha).save(path, **options)
        return
    photometric, stored = BY_TIFFFILE[mode]
    more = {"extrasamples": ["unassalpha"]} if "A" in mode else {}
    levels = stored(grey, alpha)
    tifffile.imwrite(path, levels, photometric=photometric, planarconfig="contig", **more)


@settings(max_examples=50)
@given(
    h=st.integers(1, 40),
    w=st.integers(1, 40),
    kind=st.sampled_from(KINDS),
    out=st.sampled_from(["png", "tif"]),
    seed=st.integers(0, 10**6),
)
def test_every_kind_keeps_lightness_size_depth_and_alpha(
    colorizer: Colorizer,
    told: dict[str, Any],
    room: Path,
    h: int,
    w: int,
    kind: tuple[str, str],
    out: str,
    seed: int,
) -> None:
    mode, suffix = kind
    deep = mode in BY_TIFFFILE
    dtype = np.uint16 if deep else np.uint8
    random, top = np.random.default_rng(seed), np.iinfo(dtype).max
    soft = cv2.GaussianBlur(random.random((h, w)), (0, 0), random.uniform(0.1, 5))
    soft = (soft - soft.min()) / max(float(np.ptp(soft)), 1e-9)
    grey = np.rint(soft * top).astype(dtype)
    clear = random.integers(0, top, (h, w), dtype=dtype, endpoint=True)
    source, target = room / f"in.{suffix}", room / f"out.{out}"
    written(source, mode, grey, clear)

    picture = chromafield.read_picture(source)
    coloured = colorizer.colour(picture)
    chromafield.write_picture(target, coloured, picture)

    after = chromafield.read_picture(target)
    assert (after.size, after.depth) == ((h, w), 16 if deep else 8)
    if "A" in mode:
        assert after.alpha is not None and np.array_equal(after.alpha, clear)
    if mode == "1":
        grey = np.where(grey > 127, 255, 0).astype(np.uint8)
    steps = (lightness_of(Picture(grey)) - lightness_of(after)).abs()
    assert steps.max() <= (0.02 if deep else 0.5)
    if not deep:  # an image in memory goes the same way
        with Image.open(source) as image:
            again = chromafield.colorize(image, device="cpu", **told)
        assert np.array_equal(np.asarray(again)[..., :3], coloured)
