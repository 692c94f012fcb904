"""`chromafield train`: train a model on folders or archives of photographs."""

from __future__ import annotations

from pathlib import Path

import click

from ._shared import errors_as_one_line


@click.command()
@click.argument("name")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The run's folder."
)
@click.option("--minutes", type=float, help="Stop after this time.")
@click.option("--steps", type=int, help="Stop after so many steps.")
@click.option(
    "--start", type=click.Choice(["imagenet", "scratch"]), default="imagenet", show_default=True
)
@click.option(
    "--sides",
    default="96",
    show_default=True,
    help="Crop sides in pixels, comma-separated; each has an equal share of the run.",
)
@click.option("--batch", type=int, default=32, show_default=True)
@click.option("--lr", type=float, default=2e-3, show_default=True)
@click.option(
    "--aged",
    type=float,
    default=0.2,
    show_default=True,
    help="Share of pictures given marks of age.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--device", default="cpu", show_default=True)
@click.option("--threads", type=int, help="CPU threads.")
@click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint.")
def train(
    name: str,
    paths: tuple[Path, ...],
    output: Path,
    minutes: float | None,
    steps: int | None,
    start: str,
    sides: str,
    batch: int,
    lr: float,
    aged: float,
    seed: int,
    device: str,
    threads: int | None,
    resume: bool,
) -> None:
    """Train the model NAME on photographs in PATHS (folders or zip archives)."""
    import torch
    from tqdm import tqdm

    from ..data.crops import CropConfig
    from ..train.fit import FitConfig
    from ..train.run import RunConfig
    from ..train.run import train as run

    if threads:
        torch.set_num_threads(threads)
    config = RunConfig(
        model=name,
        paths=tuple(str(p) for p in paths),
        steps=steps,
        minutes=minutes,
        start=start,
        sides=tuple(int(s) for s in sides.split(",")),
        device=device,
        crops=CropConfig(batch=batch, aged=aged, seed=seed),
        fit=FitConfig(lr=lr, start_lr=lr / 4),
    )
    with (
        errors_as_one_line(),
        tqdm(
            total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining} {postfix}", mininterval=5
        ) as bar,
    ):

        def tell(line: dict) -> None:
            bar.set_postfix_str(f"step {line['step']} loss {line['loss']:.3f}", refresh=False)
            bar.update(line["progress"] - bar.n)

        run(output, config, tell, resume)
