"""The end of a run: weights as they ship, and the card that says how they came about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ..datasets.datasets import list_photos
from ..evaluate.methods import color_method
from ..evaluate.report import Row, evaluate
from ..fields import create_field
from ..models.weights import write_weights
from .config import RunConfig
from .fit import TrainState
from .folder import RunFolder
from .options import command, path_name, start_names
from .task import Result

FIELDS = ("mean", "mixture")  # of a card's figures: the calmest decision and the most vivid
CANNOT = """\
The colours are guesses, after the pictures named above. Where several colours are plausible -
clothes, walls, cars, toys - it tends to brown and grey, and it cannot know the colour of any
particular thing. Skin follows the people in the training pictures and may be wrong for anybody.
What they do not show - small figures in large scenes, drawings, maps, night - is seldom right.
"""


def write_result(folder: RunFolder, config: RunConfig, state: TrainState, result: Result) -> Path:
    """Write the weights in half precision, their hash and their card into the run's folder.

    Returns:
        The path of the weights.
    """
    path = folder.weights(config.model)
    path.parent.mkdir(exist_ok=True)
    digest = write_weights(path, result.name, result.network)
    done = (state.step, state.seconds / 60)
    text = (
        f"# {result.title or result.name}\n\n"
        f"- file: {path.stat().st_size / 1e6:.1f} MB, half precision, SHA-256 {digest}\n"
        f"{provenance(folder.record(), config, done)}{result.text}"
    )
    path.with_suffix(".md").write_text(text, "utf-8")
    return path


def provenance(record: dict[str, Any], config: RunConfig, done: tuple[int, float]) -> str:
    """The lines that say how the weights came about; `done` is steps and minutes."""
    steps, minutes = done
    names = [path_name(p) for p in config.paths]
    starts = "; ".join(f"{s['commit']} on {s['processor']}" for s in record["starts"])
    return f"""\
- pictures: {record["pictures"]:,} from {", ".join(names)};
  {100 * config.held_out:g} % held out by hash of the name
- command: `{command(config)}`
- done: {steps:,} steps, {steps * config.crops.batch:,} crops, {minutes:.0f} minutes
- source and processor, start by start: {starts}
- starting weights: {start_names(config)}
"""


def dataset_rows(network: nn.Module, datasets: Sequence[Path]) -> list[Row]:
    """The network's figures on datasets of true pictures, by the fields of a card."""
    methods = {name: color_method(network, create_field(name)) for name in FIELDS}
    return evaluate(list_photos(datasets), methods)
