"""What the tasks of the second paper's three networks share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from ...canvas.upsample import render
from ...data.crops import Batch
from ...data.datasets import Photo
from ...errors import BadValue
from ...image.sheet import as_bytes, contact_sheet
from ...models.sampler.loading import load_vae
from ...models.sampler.vae import Vae
from ...models.weights import SHIPPED, SUFFIX, write_weights
from ..card import provenance
from ..config import RunConfig
from ..fit import Trainee
from ..folder import RunFolder
from ..objective import State
from .classifier import squared

N = TypeVar("N", bound=nn.Module)

SHOWN = 6  # pictures on a sheet
SHEET_HEIGHT = 120  # pixels a picture
CHUNK = 32  # held-out pictures at a time
SHIPPED_VAE = "vae"  # as a start: the VAE that comes with the package


def alone(network: nn.Module, kind: type[N]) -> N:
    """The network itself.

    Raises:
        BadValue: it is spread over several processes.
    """
    if not isinstance(network, kind):
        raise BadValue("This network trains in one process; start it without torchrun.")
    return network


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def draw_normal(like: Tensor, random: torch.Generator) -> Tensor:
    """Standard normal numbers, the same on every device."""
    return torch.randn(like.shape, generator=random).to(like)


class Drawing:
    """An objective's random numbers, which a run that goes on takes up where they were."""

    def __init__(self, seed: int) -> None:
        self.random = seeded(seed)

    def state(self) -> State:
        return {"random": self.random.get_state()}

    def restore(self, state: State) -> None:
        self.random.set_state(state["random"])


class Standing(nn.Module):
    """A network that learns, on a VAE that does not."""

    def __init__(self, vae: Vae, learner: nn.Module) -> None:
        super().__init__()
        self.vae = vae.requires_grad_(False)
        self.learner = learner


def start_vae(source: str) -> tuple[Vae, str]:
    """The VAE to stand on, and its SHA-256.

    Args:
        source: the path of its weights, or `SHIPPED_VAE`.

    Raises:
        WeightsError: they are missing, damaged or of another network.
    """
    shipped = source == SHIPPED_VAE
    return load_vae(SHIPPED / f"vae{SUFFIX}" if shipped else Path(source))


def held_out_batch(photos: Sequence[Photo], config: RunConfig) -> Iterator[Batch]:
    """The middle squares of the pictures at the run's last size, without marks of age."""
    for i in range(0, len(photos), CHUNK):
        chunk = photos[i : i + CHUNK]
        lab = torch.stack([squared(photo, config.sides[-1]) for photo in chunk]).to(config.device)
        yield Batch(lab[:, :1], lab, tuple(range(i, i + len(chunk))))


def write_rows(path: Path, batch: Batch, rows: Sequence[Float[Tensor, "b 2 h w"]]) -> None:
    """A sheet of the batch: grey, each row's colours, and the truth; a column a picture."""
    lightness, true = batch.lab[:, :1], batch.lab[:, 1:]
    sheet = [
        [
            as_bytes(render(*pair))
            for pair in zip(torch.split(ab, 1), torch.split(lightness, 1), strict=True)
        ]
        for ab in (torch.zeros_like(true), *rows, true)
    ]
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(contact_sheet(sheet, SHEET_HEIGHT)).save(path, quality=90)


def export_part(
    folder: RunFolder,
    config: RunConfig,
    name: str,
    network: nn.Module,
    trainee: Trainee,
    figures: dict[str, float],
) -> Path:
    """Write one network's weights, their hash and a card with its own held-out figures."""
    path = folder.weights(name)
    path.parent.mkdir(exist_ok=True)
    digest = write_weights(path, name, network)
    lines = "".join(f"| {key} | {value:.3f} |\n" for key, value in figures.items())
    done = (trainee.step, trainee.seconds / 60)
    text = (
        f"# {name}\n\n"
        f"- file: {path.stat().st_size / 1e6:.1f} MB, half precision, SHA-256 {digest}\n"
        f"{provenance(folder.record(), config, done)}\n"
        f"## Figures on held-out pictures\n\n| figure | value |\n|---|---|\n{lines}"
    )
    path.with_suffix(".md").write_text(text, "utf-8")
    return path
