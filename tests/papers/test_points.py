"""Table 3's protocol: where patches lie, what they tell, and the methods that fill in the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from chromafield.color import rgb_to_lab
from chromafield.data.reveal import Revealed, reveal
from chromafield.datasets.datasets import first_of_each, list_photos
from chromafield.errors import BadValue
from chromafield.fields.gcrf import Config, GaussianCRF
from chromafield.models import LoadedModel, create_model
from chromafield.models._fold import fold
from chromafield.models.hint_network.loading import HintPredictor
from chromafield.models.sampler.loading import Diverse
from chromafield.papers.points.methods import (
    BILATERAL,
    BOTH,
    CEILING,
    EDITS,
    GREY,
    LEVIN,
    NETWORK,
    PRIOR,
    REFINED,
    WELSH,
    ZHANG,
    Compared,
    point_methods,
)
from chromafield.papers.points.plot import plot_points
from chromafield.papers.points.points import Curve, Protocol, evaluate_points, markdown
from chromafield.resize import resize

UNIFORM = Protocol((0, 4), ("uniform",))
NORMAL = Protocol((0, 2), ("normal",))


def colours(h: int = 40, w: int = 60) -> Tensor:
    return 50 * torch.randn(1, 2, h, w, generator=torch.Generator().manual_seed(0))


def test_a_patch_is_seven_pixels_wide_and_tells_its_mean() -> None:
    ab = colours()
    shown = reveal(ab, 1, "uniform", np.random.default_rng(3))
    assert shown.known.sum() == 49
    inside = shown.known[0, 0] > 0
    rows, columns = inside.any(1).nonzero()[:, 0], inside.any(0).nonzero()[:, 0]
    assert len(rows) == len(columns) == 7
    torch.testing.assert_close(shown.ab[0][:, inside].mean(1), ab[0][:, inside].mean(1))
    assert shown.ab[0][:, inside].std(1).max() < 1e-4 and not shown.ab[0][:, ~inside].any()


def test_the_normal_law_keeps_to_the_middle_and_the_uniform_one_does_not() -> None:
    ab = torch.zeros(1, 2, 400, 400)
    spread = {}
    for distribution in ("normal", "uniform"):
        random = np.random.default_rng(0)
        rows = torch.cat(
            [
                reveal(ab, 1, distribution, random).known[0, 0].any(1).nonzero()[3]
                for _ in range(400)
            ]
        ).double()
        spread[distribution] = float(rows.std())
        assert abs(float(rows.mean()) - 200) < 15
    assert spread["normal"] == pytest.approx(93, rel=0.1)  # 100, clipped to the picture
    assert spread["uniform"] == pytest.approx(394 / 12**0.5, rel=0.1)


def test_pictures_smaller_than_a_patch_are_revealed_whole() -> None:
    shown = reveal(colours(3, 5), 1, "normal", np.random.default_rng(0))
    assert shown.known.all()


def test_an_unknown_law_is_refused() -> None:
    with pytest.raises(BadValue, match="normal or uniform, not 'spiral'"):
        reveal(colours(), 1, "spiral", np.random.default_rng(0))


def test_every_method_sees_the_same_points(pack: Path) -> None:
    seen: dict[str, list[Tensor]] = {"one": [], "other": []}

    def watch(name: str):  # type: ignore[no-untyped-def]
        def fill(lab: Tensor, shown: Revealed) -> Tensor:
            seen[name].append(shown.known.clone())
            return torch.zeros_like(lab[:, 1:])

        return fill

    photos = list_photos([pack])[:2]
    methods = {name: watch(name) for name in seen}
    curves = evaluate_points(photos, methods, NORMAL)
    assert len(seen["one"]) == 4
    assert all(torch.equal(a, b) for a, b in zip(*seen.values(), strict=True))
    assert curves[0].psnr == curves[1].psnr and len(curves[0].psnr[2]) == 2
    again = evaluate_points(photos, methods, NORMAL)
    assert [c.psnr for c in again] == [c.psnr for c in curves]
    assert torch.equal(seen["one"][1], seen["one"][5])


def test_the_methods_fill_in_from_points_alone_or_with_the_network(
    networks: Diverse, trained: LoadedModel, predictor: HintPredictor, pack: Path
) -> None:
    methods = point_methods(
        Compared(networks, trained.model, GaussianCRF(Config()), predictor=predictor)
    )
    photos = list_photos([pack])[:2]
    curves = {c.method: c for c in evaluate_points(photos, methods, UNIFORM)}
    assert list(curves) == [
        *(GREY, LEVIN, BILATERAL, EDITS, PRIOR, NETWORK, BOTH, REFINED, CEILING)
    ]
    assert list(point_methods(Compared(networks, trained.model, GaussianCRF(Config())))) == [
        *(GREY, LEVIN, BILATERAL, EDITS, PRIOR, CEILING)
    ]
    for name in (LEVIN, EDITS):
        assert curves[name].psnr[0] == curves[GREY].psnr[0]  # nothing is known
        assert curves[name].psnr[4] != curves[GREY].psnr[4]
    assert curves[LEVIN].mean(4) > curves[GREY].mean(4)  # the field's vectors here are random
    assert curves[PRIOR].psnr[0] != curves[GREY].psnr[0]
    for name in (NETWORK, BOTH, REFINED):
        assert curves[name].psnr[0] == curves[PRIOR].psnr[0]  # the automatic colours
        assert curves[name].psnr[4] != curves[PRIOR].psnr[4]
    assert curves[GREY].psnr[0] == curves[GREY].psnr[4]
    assert all(curves[CEILING].mean(n) > curves[LEVIN].mean(n) for n in (0, 4))


def test_a_model_that_takes_hints_itself_is_measured_with_them(
    networks: Diverse, pack: Path
) -> None:
    torch.manual_seed(3)
    model = fold(create_model("zhang2017", width=4))
    methods = point_methods(Compared(networks, model, GaussianCRF(Config()), predictor=model))
    photos = list_photos([pack])[:1]
    curves = {c.method: c for c in evaluate_points(photos, methods, UNIFORM)}
    for name in (NETWORK, BOTH, REFINED):
        assert curves[name].psnr[0] == curves[PRIOR].psnr[0]
        assert curves[name].psnr[4] != curves[PRIOR].psnr[4]


def test_a_rival_that_takes_hints_is_a_row_of_its_own(
    networks: Diverse, trained: LoadedModel
) -> None:
    """Without points its own colours; with some, others far from them too."""
    torch.manual_seed(3)
    rival = fold(create_model("zhang2017", width=4))
    compared = Compared(networks, trained.model, GaussianCRF(Config()), rival=rival)
    fill = point_methods(compared)[ZHANG]
    lab = 60 * torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    nothing = reveal(lab[:, 1:], 0, "uniform", np.random.default_rng(0))
    with torch.inference_mode():
        own = resize(rival(lab[:, :1]).mean, (64, 64))
    torch.testing.assert_close(fill(lab, nothing), own, atol=0.5, rtol=0)
    some = reveal(lab[:, 1:], 5, "uniform", np.random.default_rng(0))
    far = resize(some.known, (64, 64))[0, 0] == 0
    assert (resize(fill(lab, some), (64, 64)) - own)[0, :, far].abs().max() > 0.5


def test_methods_forget_a_picture_when_the_next_comes(
    networks: Diverse, trained: LoadedModel
) -> None:
    fill = point_methods(Compared(networks, trained.model, GaussianCRF(Config())))[EDITS]
    random = torch.Generator().manual_seed(0)
    one, other = (60 * torch.rand(1, 3, 48, 48, generator=random) for _ in range(2))
    shown = reveal(one[:, 1:], 3, "uniform", np.random.default_rng(0))
    first = fill(one, shown)
    assert not torch.equal(first, fill(other, shown))
    assert torch.equal(first, fill(one, shown))


def test_what_is_revealed_stays_as_it_is_by_every_method(
    networks: Diverse, trained: LoadedModel, predictor: HintPredictor
) -> None:
    lab = 60 * torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    shown = reveal(lab[:, 1:], 5, "uniform", np.random.default_rng(0))
    known = shown.known[0, 0] > 0
    for name, fill in point_methods(
        Compared(networks, trained.model, GaussianCRF(Config()), predictor=predictor)
    ).items():
        if name not in (GREY, CEILING):
            ab = fill(lab, shown)[0]
            assert ab.shape == (2, 48, 64)
            torch.testing.assert_close(
                ab[:, known].float(), shown.ab[0][:, known], atol=0.1, rtol=0
            )


def curve(method: str, *values: float) -> Curve:
    return Curve("trees", "normal", method, {0: (20.0, 21.0), 10: values})


def test_gains_are_paired_and_stand_in_the_table(tmp_path: Path) -> None:
    base, better = curve("Levin", 25.0, 27.0), curve("ours", 26.0, 29.0)
    gain = better.above(base, 10)
    assert gain.mean == pytest.approx(1.5)
    assert gain.high - gain.mean == pytest.approx(1.96 * 0.5)
    table = markdown([base, better], "Levin")
    assert "| trees | normal | ours | 20.50 (+0.00, +0.00 to +0.00) | 27.50 (+1.50," in table
    assert "| trees | normal | Levin | 20.50 | 26.00 |" in table
    plot_points([base, better], tmp_path / "points.svg")
    assert "<svg" in (tmp_path / "points.svg").read_text()


def test_the_first_pictures_of_each_pack(pack: Path) -> None:
    photos = list_photos([pack])
    assert first_of_each(photos, None) == photos
    assert first_of_each(photos, 3) == photos[:3]


def test_a_thing_in_another_colour_is_the_truth_then_and_has_the_first_point(
    tmp_path: Path,
) -> None:
    levels = np.full((60, 80, 3), 120, np.uint8)
    levels[20:40, 30:60] = (200, 60, 50)
    levels[:, :20] = (60, 120, 60)
    Image.fromarray(levels).save(tmp_path / "one.png")
    seen: list[tuple[torch.Tensor, Revealed]] = []

    def method(lab: torch.Tensor, shown: Revealed) -> torch.Tensor:
        seen.append((lab, shown))
        return lab[:, 1:]

    photos = list_photos([tmp_path])
    (curve,) = evaluate_points(
        photos, {"truth": method}, Protocol((0, 1), ("uniform",), seed=1, repainted=True)
    )
    true = rgb_to_lab(torch.from_numpy(levels).movedim(-1, 0).float() / 255)
    (lab, none), (_, one) = seen
    changed = (lab[0, 1:] - true[1:]).norm(dim=0) > 10
    assert 0.01 < changed.float().mean() < 0.7
    assert none.known.sum() == 0 and one.known.sum() == 9
    assert changed[one.known[0, 0].bool()].all()
    assert curve.mean(0) > 40  # the painted picture is what is measured against


def test_welsh_is_a_row_where_there_are_references_and_sees_no_points(
    networks: Diverse, trained: LoadedModel
) -> None:
    reference = torch.cat([100 * torch.rand(1, 1, 20, 20), 30 * torch.rand(1, 2, 20, 20)], dim=1)
    field = GaussianCRF(Config())
    methods = point_methods(Compared(networks, trained.model, field, references=[reference]))
    lab = torch.cat([100 * torch.rand(1, 1, 24, 30), torch.zeros(1, 2, 24, 30)], dim=1)
    ab = methods[WELSH](lab, reveal(lab[:, 1:], 3, "uniform", np.random.default_rng(0)))
    colours = {tuple(c) for c in reference[0, 1:].flatten(1).T.tolist()}
    assert {tuple(c) for c in ab[0].flatten(1).T.tolist()} <= colours
    assert WELSH not in point_methods(Compared(networks, trained.model, field))
