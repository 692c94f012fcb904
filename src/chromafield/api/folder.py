"""Folders of pictures from Python, as `chromafield colorize` does them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Unpack

from ..batch.batch import Batch, Outcome, colorize_many
from ..batch.manifest import MANIFEST
from ..colorizer.files import OutputOptions
from ..jobs.jobs import plan_all, without_results
from .keywords import SettingKeywords
from .pictures import chosen_settings

Place = str | os.PathLike[str]


def colorize_folder(
    folder: Place | Sequence[Place],
    output: Place,
    *,
    recursive: bool = False,
    device: str = "auto",
    jobs: int = 1,
    resume: bool = False,
    overwrite: bool = False,
    written: OutputOptions | None = None,
    each: Callable[[Outcome], object] | None = None,
    **settings: Unpack[SettingKeywords],
) -> list[Outcome]:
    """Colour the pictures of a folder into another, with a manifest, as the command does.

    A picture that fails is an outcome with an `error`, a sentence, and the rest go on.

    Args:
        folder: a folder, a file, or a list of them.
        output: the folder of the results; it is made.
        recursive: also the folders in the folder; their tree is kept.
        jobs: processes side by side. They are spawned: call this under
            `if __name__ == "__main__"`.
        resume: pass over what the manifest proves done.
        overwrite: write over results that are there; without it they are kept, and said.
        written: options of the written files: `chromafield.OutputOptions(compare=True)`.
        each: called with each outcome as it comes, for progress.
        settings: as of `colorize`.

    Returns:
        An outcome a picture: its `job` (source and target), and `report`, `error`, or `skipped`
        where it was done before.

    Raises:
        ChromafieldError: nothing could be begun; see `chromafield.errors`.
        TypeError: a keyword that is none of these.
    """
    given = [folder] if isinstance(folder, (str, os.PathLike)) else folder
    inputs, _ = without_results([Path(one) for one in given])
    place = Path(output)
    planned, left_out = plan_all(inputs, place, recursive)
    batch = Batch(
        chosen_settings(settings, "colorize_folder"),
        written or OutputOptions(),
        device,
        jobs,
        place / MANIFEST,
        resume,
        overwrite,
        tuple(left_out),
    )
    outcomes = []
    for outcome in colorize_many(planned, batch):
        outcomes.append(outcome)
        if each is not None:
            each(outcome)
    return outcomes
