"""Photographs on a page: synthetic pages whose prints' corners are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from chromafield.image.pages import find_page, upright, with_own_surround

PAPER = (236, 230, 218)


def photograph(name: str, height: int, width: int) -> np.ndarray:
    grey = getattr(data, name)()
    grey = grey if grey.ndim == 2 else cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.repeat(small[..., None], 3, axis=2)


def card(kind: str, height: int = 600, width: int = 800) -> np.ndarray:
    """A surround: white, black or cream paper, dark card, red patterned cloth, wood."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    flat = {"white": (250,) * 3, "black": (6,) * 3, "cream": (226, 214, 184), "card": (92, 75, 59)}
    if kind in flat:
        page = np.full((height, width, 3), flat[kind], float)
    elif kind == "cloth":
        page = np.full((height, width, 3), (150, 32, 40), float)
        page -= 25 * ((x // 6 % 2) ^ (y // 6 % 2))[..., None]
    else:  # wood
        grain = cv2.GaussianBlur(random.normal(size=(height, width)), (0, 0), sigmaX=40, sigmaY=1)
        page = np.full((height, width, 3), (140, 96, 58), float)
        page += 8 * (grain / grain.std())[..., None]
    return page + random.normal(0, 2, (height, width, 1))


def put(page: np.ndarray, print_: np.ndarray, left: float, top: float, turn: float) -> np.ndarray:
    """Lay a print on the page, turned about its middle; the corners of all of it."""
    height, width = print_.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1)
    matrix[:, 2] += left, top
    size = page.shape[1::-1]
    flags = cv2.INTER_LINEAR
    share = cv2.warpAffine(np.ones((height, width), np.float32), matrix, size, flags=flags)
    laid = cv2.warpAffine(print_.astype(np.float32), matrix, size, flags=flags)
    page += (laid - page) * (share[..., None] > 0.5)
    return matrix


def corners(matrix: np.ndarray, margin: int, height: int, width: int) -> np.ndarray:
    box = [(0, 0), (width, 0), (width, height), (0, height)]
    return np.array([matrix @ (x + margin, y + margin, 1) for x, y in box])


def with_margin(photo: np.ndarray, wide: int) -> np.ndarray:
    paper = cv2.copyMakeBorder(photo, *[wide] * 4, cv2.BORDER_CONSTANT, value=PAPER)
    return paper


def saved(page: np.ndarray, quality: int) -> np.ndarray:
    levels = np.clip(np.rint(page), 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", levels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1])


def farthest(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(found - true, axis=1).max())


@pytest.mark.parametrize("kind", ["white", "black", "cream", "card", "cloth", "wood"])
@pytest.mark.parametrize("turn", [0.0, 3.0, -8.0])
@pytest.mark.parametrize("quality", [95, 60])
def test_prints_are_found_where_they_lie(kind, turn, quality):
    page = card(kind)
    margin = 0 if kind in ("white", "cream") else 10
    true = []
    for k, name in enumerate(["camera", "astronaut", "chelsea"]):
        photo = photograph(name, 200, 210)
        place = (60 + 330 * (k % 2), 40 + 290 * (k // 2))
        matrix = put(page, with_margin(photo, margin), *place, turn * (-1) ** k)
        true.append(corners(matrix, margin, 200, 210))
    found = find_page(saved(page, quality))
    assert found is not None and len(found.prints) == 3
    for one, other in zip(
        sorted(found.prints, key=tuple_of), sorted(true, key=tuple_of), strict=True
    ):
        limit = 9 if quality > 90 else 16  # strong JPEG may hide the paper of one side
        assert farthest(one, other) < limit, (one, other)


def tuple_of(corners: np.ndarray) -> tuple[int, int]:
    x, y = corners.mean(0)
    return int(y // 200), int(x // 200)


def test_a_shadow_beside_a_print_is_no_part_of_it():
    page = card("cream")
    page[115:330, 112:440] -= 18.0  # a soft shadow below and to the right
    page = cv2.GaussianBlur(page, (0, 0), 4)
    matrix = put(page, with_margin(photograph("camera", 180, 290), 10), 100, 100, 0)
    found = find_page(saved(page, 90))
    assert found is not None and len(found.prints) == 1
    assert farthest(found.prints[0], corners(matrix, 10, 180, 290)) < 9


def test_a_deckled_edge_does_not_hide_the_print():
    page = card("card")
    photo = with_margin(photograph("astronaut", 300, 400), 24).astype(float)
    x = np.arange(photo.shape[1])
    edge = (4 + 4 * np.sin(x / 3)).astype(int)
    for column, deep in enumerate(edge):
        photo[:deep, column] = photo[photo.shape[0] - deep :, column] = (92, 75, 59)
    matrix = put(page, photo, 120, 100, 2.0)
    found = find_page(saved(page, 90))
    assert found is not None and len(found.prints) == 1
    assert farthest(found.prints[0], corners(matrix, 24, 300, 400)) < 10


@pytest.mark.parametrize("bar", [(0, 0, 40, 40), (60, 60, 0, 0)])
@pytest.mark.parametrize("level", [0, 255])
def test_bars_at_two_sides_are_margins(bar, level):
    photo = photograph("camera", 400, 500)
    framed = cv2.copyMakeBorder(photo, *bar, cv2.BORDER_CONSTANT, value=(level,) * 3)
    found = find_page(framed)
    assert found is not None and len(found.prints) == 1
    top, _, left, _ = bar
    box = [(left, top), (left + 500, top), (left + 500, top + 400), (left, top + 400)]
    assert farthest(found.prints[0], np.array(box, float)) < 8


@pytest.mark.parametrize(
    "name",
    ["camera", "astronaut", "coffee", "chelsea", "rocket", "moon", "brick", "grass", "coins"],
)
def test_a_photograph_without_margins_is_no_page(name):
    picture = getattr(data, name)()
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    assert find_page(grey) is None
    assert find_page(picture.astype(np.uint16) * 257) is None


def test_prints_over_one_another_are_said_and_not_guessed():
    page = card("card")
    for k, name in enumerate(["camera", "astronaut", "chelsea"]):
        put(page, with_margin(photograph(name, 200, 240), 8), 150 + 110 * k, 80 + 90 * k, 0)
    found = find_page(saved(page, 90))
    assert found is not None and found.prints == ()


@pytest.mark.parametrize("height, width", [(1, 1), (1, 500), (47, 200), (48, 48)])
def test_small_pictures_and_even_ones_are_no_pages(height, width):
    assert find_page(np.full((height, width), 120, np.uint8)) is None


def test_a_page_is_found_at_any_size_and_depth():
    page = card("card")
    put(page, with_margin(photograph("camera", 240, 300), 10), 200, 150, 5.0)
    small = saved(page, 95)
    large = cv2.resize(small, None, fx=3, fy=3, interpolation=cv2.INTER_LINEAR)
    (a,), (b,) = find_page(small).prints, find_page(large.astype(np.uint16) * 257).prints
    assert farthest(3 * a, b) < 12


def test_what_is_upright_is_cut_exactly():
    picture = np.arange(200 * 300, dtype=np.uint16).reshape(200, 300)
    box = np.array([(20, 30), (120, 30), (120, 90), (20, 90)], float)
    assert np.array_equal(upright(picture, box), picture[30:90, 20:120])


def test_what_is_turned_comes_out_upright():
    page = card("card")
    photo = photograph("camera", 240, 300)
    matrix = put(page, photo, 200, 150, 7.0)
    out = upright(page.astype(np.float32), corners(matrix, 0, 240, 300))
    error = np.abs(out[4:-4, 4:-4] - photo[4:-4, 4:-4]).mean()
    assert out.shape == photo.shape and error < 6


def test_the_surround_keeps_its_levels():
    page = saved(card("cloth"), 95)
    box = np.array([(100, 100), (300, 120), (290, 260), (90, 240)], float)
    mixed = with_own_surround(np.zeros_like(page), page, [box])
    inside = cv2.fillPoly(np.zeros(page.shape[:2], np.uint8), [box.astype(np.int32)], 1)
    near = cv2.dilate(inside, np.ones((5, 5), np.uint8)) > 0
    assert np.array_equal(mixed[~near], page[~near])
    assert not mixed[cv2.erode(inside, np.ones((5, 5), np.uint8)) > 0].any()
