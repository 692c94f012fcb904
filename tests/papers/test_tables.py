"""The second paper's tables at the smallest budget, and what they ask for before any work."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.compare import KINDS as COMPARISONS
from chromafield.cli.compare import TABLES
from chromafield.cli.main import main
from chromafield.data.crop_config import CropConfig
from chromafield.data.synthetic import write_pack
from chromafield.errors import BadValue, MissingExtra
from chromafield.metrics.sample_metrics import far_correlation
from chromafield.papers import arms as arms_module
from chromafield.papers.arms import Arm
from chromafield.papers.first import comparisons
from chromafield.papers.second import table_two
from chromafield.papers.second.table_two import RIVALS, SHARES
from chromafield.papers.second.tables import KINDS, Judging, make_table, table_arms
from chromafield.study.pairs import read_study
from chromafield.study.votes import SIDES, Vote, open_votes
from chromafield.train.config import RunConfig

BASE = RunConfig("", (), steps=3, sides=(32,), crops=CropConfig(batch=8))
VAE = {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)}
SMALL: dict[str, dict[str, Any]] = {
    "c-gan": {"side": 16, "width": 4},
    "bicycle-gan": {"side": 16, "width": 4, "encoder_width": 4},
    "mln-gan": {"side": 16, "width": 4, "critic_width": 4, "critic_steps": 1},
    "pic": {"side": 16, "width": 8, "blocks": 1, "deep": 1, "components": 2},
    "zhang2017": {"width": 4},
    "cvae": VAE,
    "vae-mdn": VAE,
    "vae": VAE,
    "structure": {"dimensions": 5, "width": 8},
    "mdn": {"width": 16},
}


@pytest.fixture(scope="module")
def checking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checking") / "true.zip"
    write_pack(path, 2, seed=9, size=(36, 40))
    return path


def small(listed: list[Arm]) -> list[Arm]:
    """The same runs of narrow networks that start from nothing."""
    return [
        replace(arm, config=replace(arm.config, options=SMALL[arm.name], start="scratch"))
        for arm in listed
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pack: Path, checking: Path) -> Path:
    """The runs of Table 2, and its files."""
    path = tmp_path_factory.mktemp("tables")
    listed = small(table_arms("table2", (str(pack),), BASE))
    make_table("table2", path, listed, Judging((checking,), samples=3))
    return path


def test_the_command_offers_every_kind() -> None:
    assert tuple(KINDS) == TABLES and not set(KINDS) & set(COMPARISONS)


def test_table_two_has_every_method_with_what_it_cost(folder: Path) -> None:
    text = (folder / "table2.md").read_text()
    ours, own = text.split("The paper's own figures")
    heads, *rows = (
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in ours.splitlines()
        if line.startswith("|") and "---" not in line
    )
    named = {row[heads.index("method")]: dict(zip(heads, row, strict=True)) for row in rows}
    assert list(named) == [
        *("all-grey", *RIVALS, "codes from N(0, I), no field", "ours", "own code of the truth")
    ]
    for name in (*RIVALS, "ours"):
        row = named[name]
        assert row["crops"] == ("32" if name == "ours" else "24")
        assert float(row["parameters"].removesuffix(" M")) > 0
        assert float(row["s a sample"]) > 0 and " ± " in row["error of the best, RMSE"]
    assert float(named["all-grey"]["variance"].split(" ")[0]) == 0
    assert named["all-grey"]["minutes"] == "-"
    assert "| PIC | .043, 5.32e-2, .36, 48 h |" in own
    with Image.open(folder / "table2.jpg") as sheet:
        assert sheet.size[0] > 4 * 80


def test_a_finished_table_trains_nothing_again_and_table_three_shares_its_runs(
    folder: Path, pack: Path, checking: Path
) -> None:
    lines: list[str] = []

    def tell(name: str, line: dict[str, Any]) -> None:
        lines.append(name)

    listed = small(table_arms("table3", (str(pack),), BASE))
    assert [arm.name for arm in listed] == ["zhang2017", *SHARES]
    text = make_table("table3", folder, listed, Judging((checking,), most=1), tell)
    assert lines == 3 * ["zhang2017"]
    assert "| uniform | Zhang 2017 | " in text
    assert "| Levin |" in text and "| Zhang 2017 | 28 |" in text and "field, points alone" in text
    assert "one picture gives no interval" in text and "inf" not in text


def test_table_one_is_a_study_until_there_are_votes_and_then_its_report(
    folder: Path, pack: Path, checking: Path
) -> None:
    listed, judging = small(table_arms("table1", (str(pack),), BASE)), Judging((checking,))
    assert "6 pairs wait for votes" in make_table("table1", folder, listed, judging)
    study = read_study(folder / "study")
    assert set(study.methods) == {"ours", "vae-mdn", "pic"}
    shown = [np.asarray(Image.open(study.pictures / file)) for file in study.pairs[0].files]
    assert shown[0].shape == (36, 40, 3) and (shown[0] != shown[1]).any()
    file = open_votes(study)
    for number, pair in enumerate(study.pairs):
        better = min(pair.methods, key=("ours", "vae-mdn", "pic").index)
        file.add(Vote("v", number, False, SIDES[pair.methods.index(better)], 2.0))
    text = make_table("table1", folder, listed, judging)
    assert "| ours against vae-mdn | 2 | 100.0 % |" in text and "| LFW | 61.12 % |" in text


def test_ours_shares_one_methods_budget() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    base = replace(BASE, steps=None, minutes=40.0)
    shares = {a.name: a.config.minutes for a in table_two.arms(("x.zip",), base)}
    assert sum(shares[name] or 0 for name in SHARES) == pytest.approx(40)
    assert all(shares[name] == 40 for name in RIVALS)


def test_every_rival_begins_with_its_authors_rate_and_the_same_crops() -> None:
    for arm in table_two.arms(("x.zip",), BASE, full=True):
        assert arm.config.crops == BASE.crops and arm.config.sides == BASE.sides
        if arm.name == "c-gan":
            assert arm.config.fit.lr == 2e-4 and arm.config.options == {}


def test_a_budget_below_an_epoch_is_refused_with_one_that_is_enough(pack: Path) -> None:
    with pytest.raises(BadValue, match=r"2 steps of 8 crops do not show 2\d pictures once"):
        table_arms("table2", (str(pack),), replace(BASE, steps=2))


def test_what_is_missing_is_said_before_anything_is_trained(
    pack: Path, tmp_path: Path, checking: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = table_arms("table2", (str(pack),), BASE)
    with pytest.raises(BadValue, match="Name true pictures"):
        make_table("table2", tmp_path / "t", listed, Judging(()))

    def missing() -> Path:
        raise MissingExtra("Starting from ImageNet weights", "train")

    monkeypatch.setattr(arms_module, "imagenet_path", missing)
    with pytest.raises(MissingExtra, match="Starting from ImageNet weights needs"):
        make_table("table2", tmp_path / "t", listed, Judging((checking,)))
    probes = comparisons.arms("probe", comparisons.Datasets((str(pack),)), BASE)
    with pytest.raises(MissingExtra):
        comparisons.compare("probe", tmp_path / "p", probes)
    assert not (tmp_path / "t").exists() and not (tmp_path / "p").exists()


def test_the_command_refuses_what_a_kind_does_not_take(pack: Path, tmp_path: Path) -> None:
    words = ["compare", "table2", str(pack), "-o", str(tmp_path / "x"), "--faces", "f.zip"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2 and "Leave out --faces: table2 does not take that." in done.stderr
    words = ["compare", "loss", str(pack), "-o", str(tmp_path / "x"), "--full", "--steps", "1"]
    assert "Leave out --full" in CliRunner().invoke(main, words).stderr


def test_another_run_in_the_folder_is_not_taken_for_an_arms(
    folder: Path, pack: Path, checking: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder / "mdn", tmp_path / "vae")
    listed = small(table_arms("table3", (str(pack),), BASE))
    with pytest.raises(BadValue, match="holds a run of other settings"):
        make_table("table3", tmp_path, listed, Judging((checking,)))


def test_the_correlation_far_apart() -> None:
    """1 where colour follows from lightness; about 0 where it follows from nothing."""
    random = torch.Generator().manual_seed(0)
    lightness = 20 * torch.randint(0, 4, (24, 30), generator=random).float()
    follows = torch.stack([lightness / 2, 30 - lightness])
    assert far_correlation(follows, lightness) == pytest.approx(1)
    noise = torch.randn(2, 24, 30, generator=random)
    assert abs(far_correlation(noise, lightness)) < 0.1
    half = far_correlation(follows / follows.std() + 1.41 * noise, lightness)
    assert 0.2 < half < 0.8
    assert far_correlation(torch.zeros(2, 24, 30), lightness) == 1
