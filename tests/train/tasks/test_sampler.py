"""The second paper's three trainings: they learn, go on after a kill, and stand on one VAE."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch
from chromafield.data.synthetic import write_pack
from chromafield.errors import BadValue, WeightsError
from chromafield.models import create_model, start_from
from chromafield.models.sampler.loading import (
    create_mdn,
    create_structure,
    create_vae,
    load_diverse,
)
from chromafield.models.weights import write_weights
from chromafield.train.config import FitConfig, RunConfig
from chromafield.train.objective import Objective
from chromafield.train.run import train
from chromafield.train.tasks._frozen import OnFrozenVae
from chromafield.train.tasks.mdn import MdnObjective
from chromafield.train.tasks.structure import StructureObjective, choose, infer
from chromafield.train.tasks.vae import NORM, VaeObjective, WeightedNorm

SMALL = {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packs") / "scenes.zip"
    write_pack(path, 40, seed=2, size=(40, 44))
    return path


def config(model: str, pictures: Path, steps: int, start: str, **options: Any) -> RunConfig:
    return RunConfig(
        model,
        (str(pictures),),
        steps=steps,
        start=start,
        options=options,
        sides=(32,),
        held_out=0.1,
        save_every=2,
        log_every=1,
        crops=CropConfig(batch=4),
        fit=FitConfig(lr=3e-3, start_lr=3e-3, warmup=2),
    )


@pytest.fixture(scope="module")
def vae_weights(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    run = tmp_path_factory.mktemp("runs") / "vae"
    train(run, config("vae", pictures, 4, "scratch", **SMALL))
    return run / "weights" / "vae.safetensors"


def test_the_three_runs_end_with_files_that_belong_together(
    pictures: Path, vae_weights: Path, tmp_path: Path
) -> None:
    for name in ("structure", "mdn"):
        train(tmp_path / name, config(name, pictures, 3, str(vae_weights)))
        assert sorted(p.name for p in (tmp_path / name).iterdir()) == [
            *("checkpoint.pt", "config.json", "log.jsonl", "sheets", "weights")
        ]
    folder = tmp_path / "together"
    folder.mkdir()
    for path in (vae_weights, *tmp_path.glob("*/weights/*.safetensors")):
        for one in (path, path.with_name(path.name + ".sha256")):
            (folder / one.name).write_bytes(one.read_bytes())
    diverse = load_diverse(folder)
    assert diverse.structure.config.top == (16, 8, 6) and diverse.mdn.config.latent == 6
    card = (tmp_path / "structure" / "weights" / "structure.md").read_text()
    assert "| edits at 0.01" in card.replace("rmse, ", "") and "chromafield train structure" in card


@pytest.mark.parametrize("name", ["vae", "structure", "mdn"])
def test_a_killed_run_goes_on_as_if_it_had_not_been(
    name: str, pictures: Path, vae_weights: Path, tmp_path: Path
) -> None:
    start, options = ("scratch", SMALL) if name == "vae" else (str(vae_weights), {})
    run = config(name, pictures, 5, start, **options)
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


def learnt(objective: Objective, network: nn.Module, steps: int = 30) -> dict[str, float]:
    """By how much each part of the loss falls on one batch, as a share of what it was."""
    moved = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(moved, 3e-3)
    network.train()
    told: dict[str, list[float]] = {}
    for _ in range(steps):
        parts = objective(network, batch(), 0.0)
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(list(parts.values())).sum())
        optimizer.step()
        for name, part in parts.items():
            told.setdefault(name, []).append(part.item())
    return {name: 1 - sum(v[-5:]) / max(sum(v[:5]), 1e-9) for name, v in told.items()}


def test_all_three_learn_and_the_vae_stands_still_under_the_others() -> None:
    torch.manual_seed(0)
    vae = create_vae(**SMALL)
    norm = WeightedNorm(torch.ones(261))
    assert learnt(VaeObjective(norm, 0, half=False), vae)["colours"] > 0.2
    before = {name: value.clone() for name, value in vae.state_dict().items()}
    told = {"edits": 1.0, "edit_shares": (0.1, 0.2)}
    structure = create_structure(dimensions=5, width=8, inside=8, top=(16, 8, 6), **told)
    standing = OnFrozenVae(vae, structure)
    assert learnt(StructureObjective(norm, 0, half=False), standing, 40)["edits"] > 0.1
    mdn = create_mdn(latent=6, inside=16, width=16)
    objective = MdnObjective("cpu", 0, half=False)
    assert learnt(objective, OnFrozenVae(vae, mdn), 120)["codes"] > 0.1
    for name, value in vae.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_the_start_must_be_a_vaes_weights(
    pictures: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match="holds weights of lite-unet, not of vae"):
        train(tmp_path, config("mdn", pictures, 1, str(tiny_weights)))


def batch(seed: int = 0) -> Batch:
    """Light squares of one colour on a dark ground of another."""
    random = torch.Generator().manual_seed(seed)
    light = (torch.rand(3, 1, 4, 4, generator=random) < 0.5).repeat_interleave(8, 2)
    light = light.repeat_interleave(8, 3)
    colours = torch.tensor([[70.0, 40.0, -20.0], [30.0, -20.0, 30.0]])[..., None, None]
    lab = torch.where(light, colours[0], colours[1])
    return Batch(lab[:, :1], lab, (0, 1, 2))


def test_the_norm_by_hand() -> None:
    norm = WeightedNorm(torch.full((261,), 4.0))
    true = torch.zeros(1, 2, 3, 3)
    assert norm(true + 12.8, true).item() == pytest.approx(NORM * 2 * 0.1, rel=1e-4)


def test_the_divergences_weight_rises_over_the_first_part() -> None:
    torch.manual_seed(0)
    vae = create_vae(**SMALL, divergence=0.5, rise=0.5).train()
    norm = WeightedNorm(torch.ones(261))
    found = []
    for progress in (0.0, 0.25, 0.5, 0.9):
        torch.manual_seed(0)
        parts = VaeObjective(norm, 0, half=False)(vae, batch(), progress)
        found.append(parts["codes"].item())
    assert found[0] == 0
    assert found[1] == pytest.approx(found[2] / 2, rel=0.05)
    assert found[3] == pytest.approx(found[2], rel=0.05)


def test_a_network_spread_over_processes_is_refused() -> None:
    norm = WeightedNorm(torch.ones(261))
    with pytest.raises(BadValue, match="trains in one process"):
        VaeObjective(norm, 0, half=False)(nn.Sequential(create_vae(**SMALL)), batch(), 0.0)


def test_fewer_pixels_are_told_as_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    vae = create_vae(**SMALL)
    structure = create_structure(
        dimensions=5, width=8, inside=8, top=(16, 8, 6), masks=(1.0, 0.25), edits=0.34
    )
    shares = []

    def spy(vectors: Tensor, told: Tensor, known: Tensor, beta: float) -> Tensor:
        shares.append(known.float().mean((1, 2)))
        return infer(vectors, told, known, beta)

    monkeypatch.setattr("chromafield.train.tasks.structure.infer", spy)
    objective = StructureObjective(WeightedNorm(torch.ones(261)), 0, half=False)
    parts = [objective(OnFrozenVae(vae, structure), batch(), p) for p in (0.1, 0.9)]
    assert shares[0][1:].tolist() == [1.0, 1.0]
    assert all(0.05 < s < 0.5 for s in shares[1][1:].tolist())
    assert all(0 < s <= 0.2 for s in (shares[0][0].item(), shares[1][0].item()))
    torch.autograd.backward(sum(parts[1].values(), torch.zeros(())))
    assert structure.vector.weight.grad is not None and structure.top.colour.weight.grad is not None


def test_at_least_one_pixel_is_told() -> None:
    places = torch.rand(4, 5, 6, generator=torch.Generator().manual_seed(0))
    assert choose(torch.zeros(4), places).sum((1, 2)).tolist() == [1, 1, 1, 1]
    assert choose(torch.ones(4), places).all()


def test_one_told_pixel_colours_the_picture_and_all_told_colours_alike_stay() -> None:
    random = torch.Generator().manual_seed(0)
    vectors = torch.randn(2, 4, 3, 3, generator=random)
    told = torch.randn(2, 2, 3, 3, generator=random) * 20
    known = torch.zeros(2, 3, 3, dtype=torch.bool)
    known[:, 1, 2] = True
    got = infer(vectors, told, known, beta=1.0)
    torch.testing.assert_close(got, told[:, :, 1:2, 2:3].expand_as(got), rtol=1e-4, atol=1e-4)


def test_the_vae_starts_from_the_default_networks_encoder(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "lite.safetensors"
    write_weights(path, "lite-unet", create_model("lite-unet", coarse=16, widths=(8, 8, 8)))
    vae = create_vae(**SMALL)
    missing = start_from(vae, path)
    assert missing and not any(name.startswith("encoder.") for name in missing)


def test_the_exact_likelihood_takes_its_share_and_moves_the_vectors() -> None:
    """Equation 7: with a share of 1 nothing is regressed, with 0 nothing is likely."""
    torch.manual_seed(0)
    vae, norm = create_vae(**SMALL), WeightedNorm(torch.ones(261))

    def parts(share: float) -> tuple[dict[str, Tensor], nn.Module]:
        torch.manual_seed(1)
        shape = {"dimensions": 5, "width": 8, "inside": 8, "top": (16, 8, 6)}
        structure = create_structure(likelihood=share, **shape)
        objective = StructureObjective(norm, 0, half=False)
        return objective(OnFrozenVae(vae, structure), batch(), 0.0), structure

    none, half, whole = parts(0.0)[0], parts(0.5)[0], parts(1.0)[0]
    assert "likelihood" not in none
    assert half["colours"].item() == pytest.approx(none["colours"].item() / 2)
    assert half["likelihood"].item() == pytest.approx(whole["likelihood"].item() / 2)
    assert whole["colours"] == 0 and whole["edits"] == 0
    found, structure = parts(1.0)
    torch.autograd.backward(found["likelihood"])
    slope = structure.vector.weight.grad  # type: ignore[union-attr]
    assert slope is not None and slope.abs().max() > 0  # type: ignore[union-attr]
    with pytest.raises(BadValue, match="The share of the likelihood"):
        create_structure(likelihood=2.0)
