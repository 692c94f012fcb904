"""The mean of several weight files of one network, weight by weight.

Weights of one run at several times, or of runs that began with the same weights, lie in one basin:
their mean is often nearer to the truth than any of them, and costs no more than one of them.

References:
    Izmailov et al., Averaging weights leads to wider optima and better generalization, 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from ..errors import BadValue, WeightsError
from ..evaluate.report import markdown
from ..models import create_model
from ..models.weights import load_state, read_weights, write_weights
from .card import CANNOT, dataset_rows


def average_weights(
    paths: Sequence[Path],
    output: Path,
    shares: Sequence[float] = (),
    checking: Sequence[Path] = (),
) -> str:
    """Write the mean of colorizers' weight files, its hash and its card.

    Args:
        shares: how much each counts, above 0; by default the same.
        checking: packs of true pictures whose figures go on the card.

    Returns:
        SHA-256 of the file.

    Raises:
        BadValue: fewer than two files, or another number of shares.
        WeightsError: a file is missing or damaged, or they are of different networks.
    """
    shares = shares or (1.0,) * len(paths)
    if len(paths) < 2 or len(shares) != len(paths) or min(shares) <= 0:
        raise BadValue("Name at least two weight files, and for each a share above 0, or none.")
    read = [read_weights(path) for path in paths]
    (name, options, _, _), *others = read
    for path, (other, its, _, _) in zip(paths[1:], others, strict=True):
        if (other, its) != (name, options):
            raise WeightsError(
                f"{path} is of another network, or of other options, than {paths[0]}."
            )
    parts = [share / sum(shares) for share in shares]
    state = {}
    for key, first in read[0][2].items():
        values = [part * one[2][key].double() for part, one in zip(parts, read, strict=True)]
        state[key] = torch.stack(values).sum(0).to(first.dtype)
    model = create_model(name, **options)
    load_state(model, state, output)
    digest = write_weights(output, name, model)
    lines = [
        f"  - {path.name}, SHA-256 {one[3]}, share {part:.3g}"
        for path, one, part in zip(paths, read, parts, strict=True)
    ]
    figures = ""
    if checking:
        figures = f"## Figures\n\n{markdown(dataset_rows(model.eval(), checking))}\n"
    card = f"# {name}\n\n- SHA-256 {digest}\n- the mean of\n" + "\n".join(lines)
    output.with_suffix(".md").write_text(
        f"{card}\n\n{figures}## What it cannot do\n\n{CANNOT}", "utf-8"
    )
    return digest
