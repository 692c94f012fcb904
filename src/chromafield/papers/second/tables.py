"""The second paper's tables, one command each: what is missing is trained, then all is judged.

table1   a study of ours, VAE + MDN and PIC, for people to vote in (`study`); its report after that
table2   generative networks (`table_two`); a table and a sheet of methods by samples
table3   ways to spread revealed colours (`points`), with Zhang et al.'s network that takes hints
         and our networks of the same folder

Tables in one folder share the runs that are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ...canvas.upsample import render
from ...datasets.datasets import Photo, first_of_each, list_photos
from ...defaults import MODEL
from ...errors import BadValue
from ...fields.gcrf import Config, GaussianCRF
from ...image.sheet import as_bytes
from ...metrics.paired import by_dataset
from ...models import load_model
from ...models.hint_network.loading import is_trained_on, load_hint_predictor
from ...models.sampler.loading import load_diverse
from ...propagation.within import TakesHints
from ...sampling.samples import Sampling
from ...study.pairs import make_study, read_study
from ...study.report import as_markdown, make_report
from ...study.votes import open_votes
from ...train.config import RunConfig
from ...train.folder import make_folder
from ..arms import Arm, Progress, check_arms, run_arms
from ..points.methods import LEVIN, Compared, point_methods
from ..points.points import Protocol, evaluate_points, markdown
from . import table_two

POINTS = (10, 50, 100)
VOTED = ("vae-mdn", "pic")  # beside ours, as in the paper
STUDY, COLORINGS = "study", "colourings"  # folders
PUBLISHED_STUDY = """\
The paper's own figures, of 5,374 votes by 271 people; the share that the first wins:

| set | ours against VAE-MDN | ours against PIC | VAE-MDN against PIC |
|---|---|---|---|
| LFW | 61.12 % | 59.04 % | 57.17 % |
| LSUN-Church | 66.89 % | 71.61 % | 54.46 % |
| ILSVRC-2015 | 54.79 % | 66.98 % | 62.88 % |
"""
PUBLISHED_POINTS = """\
The paper's own figures, PSNR in dB on ImageNet's test pictures:

| method | 10 points | 50 points | 100 points |
|---|---|---|---|
| Levin | 26.5 | 28.5 | 30 |
| Endo (DeepProp) | 24.8 | 25.9 | 26 |
| Barron (bilateral solver) | 25.3 | 28 | 29 |
| Zhang 2017 | 28 | 30.2 | 31.5 |
| its own | 26.7 | 29.3 | 30.4 |

Other pictures: read the gains, not the figures.
"""


@dataclass(frozen=True)
class Judging:
    """By what the trained networks are judged."""

    checking: tuple[Path, ...]
    samples: int = 8
    most: int | None = None  # pictures of each dataset
    seed: int = 0
    device: str = "cpu"

    def photos(self) -> list[Photo]:
        """The true pictures.

        Raises:
            BadValue: none are named.
            DataError: they are missing or hold no picture.
        """
        if not self.checking:
            raise BadValue("Name true pictures to judge the colours on, with --check.")
        return first_of_each(list_photos(self.checking), self.most)


def table_arms(kind: str, paths: Sequence[str], base: RunConfig, full: bool = False) -> list[Arm]:
    """The runs that a table needs.

    Args:
        kind: one of `KINDS`.
        full: the authors' widths, for a GPU.

    Raises:
        BadValue: the budget does not show every picture once.
        DataError: the pictures are missing.
    """
    table_two.refuse_short(paths, base)
    needed = KINDS[kind].needed
    return [arm for arm in table_two.arms(paths, base, full) if arm.name in needed]


def make_table(
    kind: str,
    folder: Path,
    listed: Sequence[Arm],
    judging: Judging,
    progress: Progress = lambda name, line: None,
) -> str:
    """Run the arms that are not finished, judge them, and write the table into the folder.

    Raises:
        MissingExtra, BadValue, DataError, OutputError, TrainingDiverged: as `run_arms`; what is
            missing is said before anything is trained.
    """
    judging.photos()
    check_arms(folder, listed)
    make_folder(folder)
    text = KINDS[kind].judge(folder, run_arms(folder, listed, progress), judging)
    (folder / f"{kind}.md").write_text(text, "utf-8")
    return text


def _second(folder: Path, weights: dict[str, Path], judging: Judging) -> str:
    sampling = Sampling(judging.samples, judging.seed)
    found = table_two.contest(folder, weights, sampling, judging.device)
    photos = judging.photos()
    text = table_two.judge(found, photos, judging.samples)
    sheet = table_two.samples_sheet(photos, found)
    Image.fromarray(sheet).save(folder / "table2.jpg", quality=90)
    return text


def _third(folder: Path, weights: dict[str, Path], judging: Judging) -> str:
    device = judging.device
    networks = load_diverse(table_two.together(folder / table_two.OURS, weights), device)
    loaded = load_model(MODEL, device)
    predictor = load_hint_predictor(loaded, None, device) if is_trained_on(loaded) else None
    field = GaussianCRF(Config())
    rival = load_model(str(weights[table_two.POINTS_RIVAL]), device).model
    assert isinstance(rival, TakesHints)
    compared = Compared(networks, loaded.model, field, predictor=predictor, rival=rival)
    methods = point_methods(compared)
    protocol = Protocol(POINTS, seed=judging.seed)
    curves = evaluate_points(judging.photos(), methods, protocol)
    return f"{markdown(curves, LEVIN)}\n{PUBLISHED_POINTS}"


def _first(folder: Path, weights: dict[str, Path], judging: Judging) -> str:
    place = folder / STUDY
    if not (place / "study.json").exists():
        make_study(_colorings(folder / COLORINGS, folder, weights, judging), place, judging.seed)
    study = read_study(place)
    votes = open_votes(study).votes
    if not votes:
        return (
            f"{len(study.pairs)} pairs wait for votes. Show them with: chromafield study serve "
            f"{place}\nThen give this command again.\n\n{PUBLISHED_STUDY}"
        )
    return f"{as_markdown(make_report(study, votes))}\n{PUBLISHED_STUDY}"


def _colorings(
    output: Path, folder: Path, weights: dict[str, Path], judging: Judging
) -> list[Path]:
    """A colouring of each true picture by each method, in a folder a method."""
    found = table_two.contest(folder, weights, Sampling(1, judging.seed), judging.device)
    folders = []
    for name in (table_two.OURS, *VOTED):
        folders.append(output / name)
        folders[-1].mkdir(parents=True, exist_ok=True)
    for pack, pictures in by_dataset(judging.photos()):
        for true in pictures:
            for path in folders:
                ab = found.methods[path.name].method(true.lab)
                picture = as_bytes(render(ab, true.lab[:, :1]))
                Image.fromarray(picture).save(path / f"{pack}-{true.number:05}.png")
    return folders


@dataclass(frozen=True)
class Kind:
    needed: tuple[str, ...]  # the names of its runs
    judge: Callable[[Path, dict[str, Path], Judging], str]


KINDS: dict[str, Kind] = {
    "table1": Kind((*VOTED, *table_two.SHARES), _first),
    "table2": Kind((*table_two.RIVALS, *table_two.SHARES), _second),
    "table3": Kind((table_two.POINTS_RIVAL, *table_two.SHARES), _third),
}
