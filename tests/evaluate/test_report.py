from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from chromafield.color import rgb_to_lab
from chromafield.datasets.datasets import Photo, list_photos
from chromafield.evaluate.methods import named_methods
from chromafield.evaluate.report import ColorMethod, as_dicts, evaluate, markdown


def knowing(photos: list[Photo]) -> ColorMethod:
    """What paints the truth itself."""
    truths = iter([torch.from_numpy(p.read_rgb().copy()).movedim(-1, 0) / 255 for p in photos])
    return lambda lightness: rgb_to_lab(next(truths))[None, 1:]


def test_the_all_grey_row_stands_first_and_truth_is_perfect(pack: Path) -> None:
    photos = list_photos([pack])[:3]
    rows = evaluate(photos, {"truth": knowing(photos)})
    assert [row.method for row in rows] == ["all-grey", "truth"]
    grey, truth = rows
    assert truth.ciede2000 == 0
    assert truth.colourfulness_ratio == 1
    assert truth.psnr > 70
    assert truth.auc == truth.auc_rebalanced == pytest.approx(100)
    assert grey.colourfulness == pytest.approx(0, abs=1e-9)
    assert grey.ciede2000 > 1
    assert grey.splotches == 0 < grey.splotches_truth
    assert truth.splotches == truth.splotches_truth > 0
    assert json.loads(json.dumps(as_dicts(rows)))[1]["pictures"] == 3


def test_the_table_measures_gains_against_its_own_packs_grey(pack: Path) -> None:
    photos = list_photos([pack])[:2]
    rows = evaluate(photos, {"truth": knowing(photos)})
    lines = markdown(rows).splitlines()
    assert "(+0.00)" in lines[2] and "| 0.0 % |" in lines[2]
    assert "| 100.0 % |" in lines[3] and "| 100 % |" in lines[3]


def test_methods_are_named_by_model_and_field(tiny_weights: Path, pack: Path) -> None:
    methods = named_methods([str(tiny_weights)], ["mean", "mode"], 48, 2, "cpu")
    assert list(methods) == [f"{tiny_weights} mean", f"{tiny_weights} mode"]
    rows = evaluate(list_photos([pack])[:1], methods)
    assert [row.method for row in rows] == ["all-grey", *methods]


def test_methods_are_shown_one_thing_and_judged_by_another(pack: Path) -> None:
    """Black is all that is seen, and still the truth's colours are right on its lightness."""
    photos = list_photos([pack])[:2]
    truth, seen = knowing(photos), []

    def paint(lightness: torch.Tensor) -> torch.Tensor:
        seen.append(float(lightness.max()))
        return truth(lightness)

    rows = evaluate(photos, {"truth": paint}, show=lambda lab, number: 0 * lab[0])
    assert seen == [0, 0]
    assert rows[1].ciede2000 == 0
