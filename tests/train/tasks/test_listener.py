"""The listener's training: points that are simulated, a run that goes on, a base that stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch
from chromafield.data.repaint import along, repaint
from chromafield.errors import BadValue, WeightsError
from chromafield.models.hint_network.listener import HintNetwork
from chromafield.models.hint_network.loading import create_hint_network, load_base
from chromafield.models.weights import load_network
from chromafield.train.config import FitConfig, LossConfig, RunConfig
from chromafield.train.run import train
from chromafield.train.tasks.listener import (
    HintNetworkObjective,
    HintNetworkTask,
    HintsOnColorizer,
    simulate,
)


def config(pack: Path, start: Path, steps: int, **options: Any) -> RunConfig:
    return RunConfig(
        "listener",
        (str(pack),),
        steps=steps,
        start=str(start),
        options={"widths": (8, 8, 8, 8), **options},
        sides=(32,),
        held_out=0.2,
        save_every=2,
        log_every=1,
        crops=CropConfig(batch=4),
        fit=FitConfig(lr=3e-3, start_lr=3e-3, warmup=2),
    )


def test_points_are_few_or_many_of_one_to_nine_pixels_and_never_none() -> None:
    lab = torch.randn(200, 3, 64, 64)  # so uneven that no thing is found to be painted
    ab, shown = simulate(lab, np.random.default_rng(0))
    assert torch.equal(ab, lab[:, 1:])
    share = torch.tensor([float(one.known.mean()) for one in shown])
    assert share.min() > 0
    assert 0.05 < float((share > 0.3).float().mean()) < 0.4  # many points
    assert 0.3 < float((share < 0.06).float().mean()) < 0.9  # few
    again, points = simulate(lab, np.random.default_rng(0))
    assert torch.equal(ab, again)
    assert all(torch.equal(a.ab, b.ab) for a, b in zip(shown, points, strict=True))


def test_one_thing_gets_another_colour_and_a_point_and_the_rest_stays() -> None:
    lab = torch.full((3, 40, 60), 50.0)
    lab[1:] = 0
    lab[1, 10:30, 20:40] = 30.0  # a red square on grey
    seen = set()
    for seed in range(30):
        found = repaint(lab, np.random.default_rng(seed))
        if found is None:
            continue
        ab, (row, column) = found
        on_square = bool(lab[1, row, column] > 0)
        seen.add(on_square)
        changed = (ab - lab[1:]).abs().amax(0) > 1e-3
        inside = torch.zeros(40, 60, dtype=torch.bool)
        inside[10:30, 20:40] = True
        assert changed[inside if on_square else ~inside].float().mean() > 0.8
        other = ~inside if on_square else inside
        assert changed[other].float().mean() < 0.25  # but for the soft edge
    assert True in seen
    pictures = lab.expand(40, 3, 40, 60)
    ab, shown = simulate(pictures, np.random.default_rng(1))
    painted = [i for i in range(40) if not torch.equal(ab[i], lab[1:])]
    assert 8 < len(painted) < 30
    for i in painted:
        new = (ab[i] - lab[1:]).abs().amax(0) > 10
        assert (shown[i].known[0, 0].bool() & new).any()


def test_a_stroke_is_straight_and_stays_on_its_thing() -> None:
    ab = torch.zeros(2, 40, 60)
    ab[0, 10:30, 20:40] = 30.0
    random = np.random.default_rng(0)
    strokes = [along(ab, (12, 22), random) for _ in range(50)]
    assert all(stroke[0] == (12, 22) for stroke in strokes)
    assert all(ab[0, row, column] == 30 for stroke in strokes for row, column in stroke)
    assert max(map(len, strokes)) > 5
    row, column = np.array(max(strokes, key=len)).T
    assert abs(np.corrcoef(row, column)[0, 1]) > 0.9 or min(np.ptp(row), np.ptp(column)) < 3


def test_a_killed_run_goes_on_as_if_it_had_not_been(
    pack: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    run = config(pack, tiny_weights, 4)
    whole = train(tmp_path / "whole", run)

    class Killed(Exception): ...

    def kill(line: dict[str, Any]) -> None:
        if line["step"] == 3:
            raise Killed

    with pytest.raises(Killed):
        train(tmp_path / "broken", run, kill)
    resumed = train(tmp_path / "broken", run, resume=True)
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[key]), key
    card = (tmp_path / "whole" / "weights" / "listener.md").read_text()
    assert "| rmse, 100 points |" in card and "chromafield train listener" in card


def test_it_goes_on_from_an_earlier_listener_beside_another_network(
    pack: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    train(tmp_path, config(pack, tiny_weights, 2))
    earlier = tmp_path / "weights" / "listener.safetensors"
    task = HintNetworkTask(config(pack, Path(f"{tiny_weights}+{earlier}"), 1))
    begun, fresh = (task.network(begin).learner.state_dict() for begin in (True, False))
    told = load_network(earlier, "listener", create_hint_network)[0].state_dict()
    assert all(torch.equal(begun[key], told[key]) for key in told)
    assert any(not torch.equal(fresh[key], told[key]) for key in told)
    odd = tmp_path / "a+b.safetensors"  # a plus of its own joins nothing
    for end in ("", ".sha256"):
        Path(f"{odd}{end}").write_bytes(Path(f"{tiny_weights}{end}").read_bytes())
    assert HintNetworkTask(replace(task.config, start=str(odd))).base[1] == task.base[1]
    with pytest.raises(WeightsError, match="do not fit"):
        HintNetworkTask(replace(task.config, options={"widths": (8, 8, 8, 16)})).network(True)


def test_it_learns_what_points_say_and_its_base_stands_still(tiny_weights: Path) -> None:
    torch.manual_seed(0)
    base, digest = load_base(str(tiny_weights))
    listener = create_hint_network(maps=(40, 112, 8), widths=(16, 16, 16, 16), base=digest)
    network = HintsOnColorizer(base, listener).train()
    before = {name: value.clone() for name, value in base.state_dict().items()}
    objective = HintNetworkObjective("cpu", LossConfig(), 0, half=False)
    optimizer = torch.optim.Adam(listener.parameters(), 3e-3)
    told = []
    for step in range(100):
        loss = objective(network, squares(step), 0.0)["colours"]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        told.append(loss.item())
    assert sum(told[-5:]) < 0.75 * sum(told[:5])
    for name, value in base.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert isinstance(network.learner, HintNetwork)


def squares(seed: int) -> Batch:
    """Light squares on a dark ground; each picture's squares have a colour of their own."""
    random = torch.Generator().manual_seed(seed)
    light = (torch.rand(8, 1, 4, 4, generator=random) < 0.5).repeat_interleave(8, 2)
    light = light.repeat_interleave(8, 3)
    own = 60 * torch.rand(8, 2, 1, 1, generator=random) - 30
    ab = torch.where(light, own, torch.zeros_like(own))
    lightness = torch.where(light, 70.0, 30.0)
    return Batch(lightness, torch.cat([lightness, ab], dim=1), tuple(range(8)))


def test_an_option_that_there_is_not_is_refused(
    pack: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadValue, match="listener has no option 'depth'"):
        train(tmp_path, config(pack, tiny_weights, 1, depth=3))
