"""`chromafield benchmark`: medians, spread, machine and versions."""

from __future__ import annotations

import click

from ._shared import errors_as_one_line

CASES = ("network", "picture", "process", "folder", "fields", "solvers")


@click.command()
@click.argument("cases", nargs=-1, type=click.Choice(CASES))
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    help="Runs of each case, after a warm-up.",
)
@click.option(
    "--threads", type=click.IntRange(1), help="CPU threads of this process.  [default: all cores]"
)
def benchmark(cases: tuple[str, ...], runs: int, threads: int | None) -> None:
    """Time CASES (network, picture, process, folder, fields, solvers; all by default).

    \b
    chromafield benchmark network picture

    Prints machine and versions, then medians, spread and peak memory as soon as each is measured.
    Nothing else should run meanwhile.
    """
    import torch

    with errors_as_one_line():
        from ..benchmark.cases import CASES as WORK
    from ..benchmark.timing import HEAD, machine

    if threads:
        torch.set_num_threads(threads)
    with errors_as_one_line():
        click.echo(f"{machine()}\n\n{HEAD}")
        for case in cases or CASES:
            for timing in WORK[case](runs):
                click.echo(timing.line())
