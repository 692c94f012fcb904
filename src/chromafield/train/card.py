"""The end of a run: weights as they ship, and the card that says how they came about."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..data.datasets import Photo, list_photos
from ..evaluate.methods import painter
from ..evaluate.report import Row, evaluate, markdown
from ..fields import create_field
from ..models import SEPARATOR, split_names
from ..models.weights import write_weights
from .checks import check
from .config import RunConfig
from .fit import Trainee
from .folder import RunFolder

FIELDS = ("mean", "mixture")  # on the card: the calmest decision and the most vivid
CANNOT = """\
The colours are guesses, after the pictures named above. Where several colours are plausible -
clothes, walls, cars, toys - it tends to brown and grey, and it cannot know the colour of any
particular thing. Skin follows the people in the training pictures and may be wrong for anybody.
What they do not show - small figures in large scenes, drawings, maps, night - is seldom right.
"""


def export(
    folder: RunFolder,
    config: RunConfig,
    trainee: Trainee,
    held_out: Sequence[Photo],
    checking: Sequence[Path],
) -> Path:
    """Write the weights in half precision, their hash and their card into the run's folder.

    Returns:
        The path of the weights.
    """
    path = folder.weights(config.model)
    path.parent.mkdir(exist_ok=True)
    model = trainee.average
    digest = write_weights(path, config.model, model)
    rows = check(model, held_out) if held_out else []
    if checking:
        paints = {name: painter(model, create_field(name)) for name in FIELDS}
        rows += evaluate(list_photos(checking), paints)
    size = path.stat().st_size / 1e6
    text = card(folder.record(), config, digest, size, rows, (trainee.step, trainee.seconds / 60))
    path.with_suffix(".md").write_text(text, "utf-8")
    return path


def card(
    record: dict[str, Any],
    config: RunConfig,
    digest: str,
    megabytes: float,
    rows: Sequence[Row],
    done: tuple[int, float],
) -> str:
    """The card's text, in Markdown; `done` is steps and minutes."""
    return f"""# {config.model}

- file: {megabytes:.1f} MB, half precision, SHA-256 {digest}
{provenance(record, config, done)}
## Figures

Measured by `chromafield evaluate` at the pictures' own size.

{markdown(rows)}
## What it cannot do

{CANNOT}"""


def provenance(record: dict[str, Any], config: RunConfig, done: tuple[int, float]) -> str:
    """The lines that say how the weights came about."""
    steps, minutes = done
    names = [Path(p).name for p in config.paths]
    starts = "; ".join(f"{s['commit']} on {s['processor']}" for s in record["starts"])
    return f"""\
- pictures: {record["pictures"]:,} from {", ".join(names)};
  {100 * config.held_out:g} % held out by hash of the name
- command: `{command(config)}`
- done: {steps:,} steps, {steps * config.crops.batch:,} crops, {minutes:.0f} minutes
- source and processor, start by start: {starts}
- starting weights: {_start(config)}
"""


def command(config: RunConfig) -> str:
    """The command that starts such a run."""
    words = ["chromafield", "train", config.model, *(Path(p).name for p in config.paths)]
    words += ["--minutes", f"{config.minutes:g}"] if config.minutes is not None else []
    words += ["--steps", str(config.steps)] if config.steps is not None else []
    for name, value in config.options.items():
        words += ["--option", f"{name}={json.dumps(value)}"]
    for folder in config.unlabelled:
        words += ["--unlabelled", folder]
    words += ["--start", _start(config), "--sides", ",".join(map(str, config.sides))]
    for pack, weight in config.weights.items():
        words += ["--weight", f"{pack}={weight:g}"]
    words += ["--batch", str(config.crops.batch), "--lr", f"{config.fit.lr:g}"]
    words += _unusual(config)
    words += ["--aged", f"{config.crops.aged:g}", "--loss", config.losses.mean]
    words += ["--teacher", config.teacher] if config.teacher else []
    if config.losses.vivid != 1:
        words += ["--vivid", f"{config.losses.vivid:g}"]
    if config.losses.adversarial:
        words += ["--adversarial", f"{config.losses.adversarial:g}"]
    words += ["--soft"] if config.losses.soft else []
    words += ["--half" if config.fit.half else "--single", "--seed", str(config.crops.seed)]
    return shlex.join(words)


def _unusual(config: RunConfig) -> list[str]:
    """The settings of the fit and of its losses that differ from the defaults, as options."""
    words = []
    for own, names in (
        (config.fit, ("warmup", "cool", "average", "average_ramp", "average_every", "freeze")),
        (config.losses, ("label_step",)),
    ):
        for name in names:
            value = getattr(own, name)
            if value != getattr(type(own)(), name):
                words += [f"--{name.replace('_', '-')}", str(value)]
    return words


def _start(config: RunConfig) -> str:
    """The weights that the run began with, without the folders that they lay in."""
    return SEPARATOR.join(Path(one).name for one in split_names(config.start))
