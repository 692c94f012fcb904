"""A negative is noticed and said; a photograph is not, nor what --invert made positive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data
from skimage.color import rgb2gray

from chromafield.colorizer.files import OutputOptions, colorize_file
from chromafield.colorizer.loading import load_colorizer
from chromafield.colorizer.negatives import grey_of, load_rule, looks_negative, score
from chromafield.defaults import MODEL
from chromafield.image import Picture
from chromafield.jobs.jobs import Job
from chromafield.models import load_model
from chromafield.models.lite_unet import LiteUNet
from chromafield.settings import Settings


def photograph(name: str, kind: type[np.unsignedinteger] = np.uint8) -> Picture:
    levels = getattr(data, name)()
    grey = rgb2gray(levels) if levels.ndim == 3 else levels / 255
    return Picture((grey * np.iinfo(kind).max).round().astype(kind))


def inverse(picture: Picture) -> Picture:
    return replace(picture, pixels=~picture.pixels)


@pytest.mark.parametrize("name", ["chelsea", "camera", "rocket"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_photographs_are_none_and_their_inverses_are(
    name: str, kind: type[np.unsignedinteger]
) -> None:
    trained, picture = load_model(MODEL), photograph(name, kind)
    assert not looks_negative(picture, trained)
    assert looks_negative(inverse(picture), trained)


def test_the_score_of_an_inverse_is_the_opposite() -> None:
    rule, trained = load_rule(), load_model(MODEL)
    assert rule is not None and isinstance(trained.model, LiteUNet)
    grey = grey_of(photograph("chelsea"))
    one, other = (score(trained.model, g, rule.weights) for g in (grey, 1 - grey))
    assert one > 0 and abs(one + other) < 1e-3


def test_nothing_is_said_with_other_weights(tiny_weights: Path) -> None:
    assert not looks_negative(inverse(photograph("chelsea")), load_model(str(tiny_weights)))


def test_it_is_said_and_what_is_made_positive_is_not(tmp_path: Path) -> None:
    source, target = tmp_path / "old.png", tmp_path / "out.png"
    picture = inverse(photograph("chelsea"))
    cv2.imwrite(str(source), picture.pixels)
    colorizer = load_colorizer(Settings(views=1), "cpu")
    (note,) = colorize_file(Job(source, target), colorizer, OutputOptions()).notes
    assert note.startswith("old.png looks like a negative.") and "--invert" in note
    inverted = tmp_path / "positive.png"
    assert colorize_file(Job(source, inverted), colorizer, OutputOptions(invert=True)).notes == ()
