from __future__ import annotations

import numpy as np

from chromafield.image.sheet import CAPTION, GAP, PAPER, captioned, contact_sheet, scaled


def plain(height: int, width: int, level: int) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_rows_lie_under_each_other_on_white_paper() -> None:
    sheet = contact_sheet([[plain(10, 20, 50), plain(20, 20, 90)], [plain(40, 20, 120)]], 20)
    assert sheet.shape == (20 + GAP + 20, 40 + GAP + 20, 3)
    assert (sheet[:20, :40] == 50).all()
    assert (sheet[:20, 40 + GAP :] == 90).all()
    assert (sheet[20 + GAP :, :10] == 120).all()
    assert (sheet[:20, 40 : 40 + GAP] == PAPER).all()
    assert (sheet[20 + GAP :, 10:] == PAPER).all()


def test_captions_stand_above_their_pictures() -> None:
    row = [plain(20, 60, 0), plain(20, 60, 0)]
    sheet = contact_sheet([row, row], 20, ["one", "two"])
    assert sheet.shape == (2 * (CAPTION + GAP + 20) + GAP, 60 + GAP + 60, 3)
    for top in (0, CAPTION + 2 * GAP + 20):
        line = sheet[top : top + CAPTION]
        assert line[:, :60].min() < 200 and line[:, 60 + GAP :].min() < 200
        assert (sheet[top + CAPTION + GAP : top + CAPTION + GAP + 20, :60] == 0).all()


def test_a_picture_is_scaled_with_its_aspect() -> None:
    assert scaled(plain(30, 60, 1), 10).shape == (10, 20, 3)
    assert scaled(plain(1, 1000, 1), 5).shape == (5, 5000, 3)
    assert scaled(plain(1000, 1, 1), 5).shape == (5, 1, 3)


def test_a_caption_stands_above_its_picture_which_stays() -> None:
    picture = np.full((20, 30, 3), 90, np.uint8)
    above = captioned(picture, "7")
    assert above.shape == (20 + CAPTION, 30, 3) and (above[CAPTION:] == picture).all()
    assert (above[:CAPTION] < PAPER).any()
