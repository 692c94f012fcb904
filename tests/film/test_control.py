"""What a person says of a film: hints on single frames, references and palettes of shots."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from referencing import Registry, Resource

from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import BadValue, DataError
from chromafield.film.colorize import FilmColorizer
from chromafield.film.frames import Frames
from chromafield.film.key_frames import digest_of_all, key_frames_at, read_key_frames
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.film.source import Span, open_source
from chromafield.film.survey import survey_film

from .clips import frames, picture, write_film

RED = "#b02020"


def write_hints(path: Path, *key_frames: dict[str, object]) -> Path:
    told = {"chromafield": "film hints", "version": 1, "frames": list(key_frames)}
    path.write_text(json.dumps(told), "utf-8")
    return path


def disc(time: float, x: float = 0.5, color: str = RED) -> dict[str, object]:
    return {"time": time, "marks": [{"at": [x, 0.5], "radius": 0.12, "color": color}]}


def chroma(path: Path) -> np.ndarray:
    return np.stack([f.to_ndarray(format="yuv444p")[1:].astype(int) - 128 for f in frames(path)])


def test_a_hint_reaches_its_whole_shot_and_nothing_else(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (9, 8, 7), sound=False)
    color_film(film, tmp_path / "plain.mkv", plan, "cpu")
    hints = write_hints(tmp_path / "film.hints.json", disc(13 * 0.04))  # the shot is 9 to 16
    color_film(film, tmp_path / "told.mkv", replace(plan, hints=hints), "cpu")
    change = chroma(tmp_path / "told.mkv") - chroma(tmp_path / "plain.mkv")
    moved = np.abs(change).max((1, 2, 3))
    assert (moved[:9] == 0).all() and (moved[17:] == 0).all()
    assert (moved[9:17] > 20).all()
    # The scene moves two pixels a frame to the left, and what is told with it.
    first, last = change[9, 1], change[16, 1]
    along = np.abs(first[:, 14:] - last[:, :-14]).mean()
    assert along < 0.5 * np.abs(first - last).mean()


def test_a_reference_is_for_its_shot(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (3, 3), sound=False)
    with open_source(film) as source:
        survey = survey_film(source, Span())
    blue = np.repeat(picture(1, 96, 128)[..., None], 3, axis=2) // 2
    blue[:, :64, 2] += 90
    blue[:, 64:, 0] += 90
    Image.fromarray(blue).save(tmp_path / "blue.png")
    settings = {"reference": "blue.png", "palette": "#3050c0", "palette_strength": 0.5}
    hints = write_hints(tmp_path / "h.json", {"time": 0.13, "settings": settings})
    told = replace(plan, hints=hints)
    with Frames(film, Span(), survey) as found:
        colorizing = FilmColorizer(told, load_colorizer(told.settings, "cpu"), found, 0.001, 1)
        first, second = (colorizing._of_shot(number)[0] for number in (0, 1))
    assert not first.references and first.palette is None
    assert second.references and second.palette is not None
    assert second.settings.palette_strength == 0.5 and second.trained is first.trained


def test_the_frame_that_is_shown_then_is_meant(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (6,), sound=False)
    with open_source(film) as source:
        survey = survey_film(source, Span())
    hints = write_hints(tmp_path / "h.json", disc(0.0), disc(0.09), disc(77.0))
    assert sorted(key_frames_at(replace(plan, hints=hints), survey, 0.001)) == [0, 2, 5]
    later = replace(plan, hints=hints, start=0.05, end=1.0)
    assert sorted(key_frames_at(later, survey, 0.001)) == [2]
    both = write_hints(tmp_path / "h.json", disc(0.085), disc(0.09))
    with pytest.raises(BadValue, match=r"0.085 and 0.09 seconds are one frame"):
        key_frames_at(replace(plan, hints=both), survey, 0.001)


def test_what_a_films_hints_are_not(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "h.json"
    with pytest.raises(DataError, match="cannot be read"):
        read_key_frames(path)
    path.write_text('{"chromafield": "hints", "version": 1}')
    with pytest.raises(DataError, match='does not say "chromafield": "film hints"'):
        read_key_frames(path)
    path.write_text('{"chromafield": "film hints", "version": 2}')
    with pytest.raises(DataError, match="of version 2; this program reads 1"):
        read_key_frames(path)
    path.write_text('{"chromafield": "film hints", "version": 1, "shots": []}')
    with pytest.raises(BadValue, match="shots is unknown. There are: frames"):
        read_key_frames(path)
    with pytest.raises(BadValue, match="a list of at least one frame"):
        read_key_frames(write_hints(path))
    with pytest.raises(BadValue, match=r"frames\[0\]: its time is -1"):
        read_key_frames(write_hints(path, disc(-1)))
    with pytest.raises(BadValue, match=r"frames\[1\], marks\[0\]: its color is 'red'"):
        read_key_frames(write_hints(path, disc(0), disc(1, color="red")))
    with pytest.raises(BadValue, match="field is for the whole film"):
        read_key_frames(write_hints(path, {"time": 1, "settings": {"field": "potts"}}))
    one = read_key_frames(write_hints(path, disc(1.5)))
    assert one[0].time == 1.5 and one[0].draws
    assert digest_of_all(one) != digest_of_all(read_key_frames(write_hints(path, disc(1.6))))


def test_the_schema_agrees() -> None:
    docs = Path(__file__).parents[2] / "docs"
    names = ("hints.schema.json", "film.hints.schema.json")
    schemas = {name: json.loads((docs / name).read_text("utf-8")) for name in names}
    registry = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    check = Draft202012Validator(schemas["film.hints.schema.json"], registry=registry)
    whole = {"chromafield": "film hints", "version": 1}
    settings = {"palette": "#304060", "palette_strength": 0.5}
    check.validate({**whole, "frames": [disc(1.5), {"time": 0, "settings": settings}]})
    for wrong in (disc(-1), disc(0, color="red"), {"time": 0, "settings": {"field": "potts"}}, {}):
        assert not check.is_valid({**whole, "frames": [wrong]})
    assert not check.is_valid({**whole, "frames": []})
