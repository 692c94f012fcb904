"""Our networks as ONNX, against torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F

from chromafield.beliefs import GaussianBelief, as_gaussian
from chromafield.errors import BadValue, MissingExtra, OutputError
from chromafield.models import LoadedModel, create_model, load_model
from chromafield.models._blend import Blend
from chromafield.models._fold import fold
from chromafield.models.hint_network.loading import HintPredictor, describe
from chromafield.models.plugged import export as exporting
from chromafield.models.plugged.export import export
from chromafield.models.plugged.loading import add, describe_file

from . import tiny


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    """No shapes are checked: sizes are tensors where a graph is made."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


SIZES = [(64, 96), (160, 96), (224, 224), (33, 70), (5, 3)]


def lightness(count: int, h: int, w: int) -> torch.Tensor:
    return 100 * torch.rand(count, 1, h, w, generator=torch.Generator().manual_seed(h))


def test_the_file_answers_as_the_network_at_every_size(
    trained: LoadedModel, tmp_path: Path
) -> None:
    done = export(trained.model, tmp_path / "lite.onnx")
    assert done.off < 1e-4
    session = onnxruntime.InferenceSession(str(done.path))
    for count, (h, w) in enumerate(SIZES, start=1):
        seen = lightness(count, h, w)
        (got,) = session.run(["ab"], {"lightness": seen.numpy()})
        with torch.inference_mode():
            expected = as_gaussian(trained.model(seen)).mean
        np.testing.assert_allclose(got, expected, atol=1e-4)
    model = onnx.load(str(done.path))
    onnx.checker.check_model(model)
    assert model.opset_import[0].version == done.opset == 17
    assert list(tmp_path.iterdir()) == [done.path]


def test_the_network_that_listens_is_written_with_the_one_it_stands_on(
    predictor: HintPredictor, tmp_path: Path
) -> None:
    done = export(predictor, tmp_path / "hints.onnx")
    session = onnxruntime.InferenceSession(str(done.path))
    for h, w in [(64, 96), (96, 64), (128, 128)]:
        seen = lightness(2, h, w)
        ab, mask = torch.zeros(2, 2, h, w), torch.zeros(2, 1, h, w)
        ab[:, :, 8:20, 30:41] = torch.tensor([40.0, -30.0])[:, None, None]
        mask[:, :, 8:20, 30:41] = 1
        (got,) = session.run(["ab"], {"planes": torch.cat([seen, ab, mask], 1).numpy()})
        share = F.avg_pool2d(mask, 4)
        told = F.avg_pool2d(ab, 4) / share.clamp_min(1e-6)
        with torch.inference_mode():
            maps, mean = describe(predictor.base, seen)
            expected = predictor.network(maps, mean, GaussianBelief(told, share))
        np.testing.assert_allclose(got, expected, atol=1e-4)
        assert (expected - mean).abs().max() > 1
        nothing = torch.cat([seen, torch.zeros(2, 3, h, w)], 1).numpy()
        np.testing.assert_allclose(session.run(["ab"], {"planes": nothing})[0], mean, atol=1e-4)


def test_what_was_written_can_be_added_without_a_question(
    trained: LoadedModel, predictor: HintPredictor, tmp_path: Path
) -> None:
    for network, preset in ((trained.model, "zhang2016"), (predictor, "hints")):
        path = export(network, tmp_path / f"own-{preset}.onnx").path
        told = describe_file(path)
        assert told.preset == preset and told.output.scale == (1.0,)
        add(path, told, [])
        seen = lightness(1, 96, 64)
        again = load_model(f"own-{preset}").model(seen)
        with torch.inference_mode():
            expected = as_gaussian(trained.model(seen)).mean
        torch.testing.assert_close(again.mean, expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *(("zhang2016", {"width": 4}), ("zhang2017", {"width": 4})),
        *(("paper-cnn", {}), ("paper-channels", {}), ("two-stream", {})),
    ],
)
def test_every_network_can_be_written(name: str, options: dict[str, int], tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = fold(create_model(name, **options))
    assert export(model, tmp_path / "it.onnx").off < 1e-3


def test_a_copy_that_differs_is_not_kept(
    trained: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MAX_DIFFERENCE", 0.0)
    path = tmp_path / "lite.onnx"
    path.write_text("what was there")
    with pytest.raises(OutputError, match="would differ from the network by .* Nothing was"):
        export(trained.model, path)
    assert path.read_text() == "what was there" and list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_a_sentence(
    trained: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadValue, match="The opset is 99; it goes from 13 to 20"):
        export(trained.model, tmp_path / "it.onnx", opset=99)
    with pytest.raises(OutputError, match="cannot be written .No such file"):
        export(trained.model, tmp_path / "none" / "it.onnx")
    plugged = load_model(str(tiny.ddcolor(tmp_path / "d.onnx"))).model
    with pytest.raises(BadValue, match="It is ONNX already: .*d.onnx"):
        export(plugged, tmp_path / "it.onnx")
    with pytest.raises(BadValue, match="joined are not written as one"):
        export(Blend([trained.model, trained.model]), tmp_path / "it.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[onnx\]'"):
        export(trained.model, tmp_path / "it.onnx")
    assert not (tmp_path / "it.onnx").exists()
