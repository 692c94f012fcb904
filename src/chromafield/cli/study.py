"""`chromafield study`: people compare two colourings at a time; the second paper's Table 1."""

from __future__ import annotations

from pathlib import Path

import click

from ._shared import errors_as_one_line

PATH = click.Path(path_type=Path)


@click.group()
def study() -> None:
    """Let people compare the pictures of several folders, two at a time.

    \b
    chromafield study make ours/ theirs/ -o compared
    chromafield study serve compared
    chromafield study report compared --csv votes.csv
    """


@study.command()
@click.argument("folders", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The study's folder.")
@click.option("--seed", default=0, show_default=True, help="Of order and sides.")
@click.option("--most", type=click.IntRange(1), help="Pictures, at most.")
@click.option("--question", help="What voters are asked.  [default: which looks more real]")
def make(
    folders: tuple[Path, ...], output: Path, seed: int, most: int | None, question: str | None
) -> None:
    """Make a study of FOLDERS, one a method, with the same pictures by the same names.

    Every picture makes a pair of every two methods. Voters see no names; sides are balanced.
    """
    from ..study.pairs import QUESTION, left_out, make_study

    with errors_as_one_line():
        made = make_study(folders, output, seed, most, question or QUESTION)
        for name, files in left_out(folders).items():
            if files:
                more = f" and {len(files) - 3} more" if len(files) > 3 else ""
                click.echo(f"Left out of {name}: {', '.join(files[:3])}{more}", err=True)
    click.echo(f"{len(made.pairs)} pairs of {', '.join(made.methods)}")
    click.echo(f"Show them with: chromafield study serve {output}")


@study.command()
@click.argument("folder", type=PATH)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="0.0.0.0 lets phones and other machines of your network in.",
)
@click.option("--port", default=0, show_default=True, help="0 takes a free one.")
@click.option("--each", default=40, show_default=True, help="Pairs a voter; a tenth comes again.")
def serve(folder: Path, host: str, port: int, each: int) -> None:
    """Show the study in FOLDER on a page, and keep the votes.

    Only this machine sees it unless --host says otherwise. Votes and their times are kept, and
    nothing else of anybody.
    """
    from ..study.pairs import read_study
    from ..study.serve import make_server
    from ..study.serve import serve as run

    with errors_as_one_line():
        run(make_server(read_study(folder), host, port, each), click.echo)


@study.command()
@click.argument("folder", type=PATH)
@click.option(
    "--fastest",
    default=0.7,
    show_default=True,
    help="Seconds: voters whose middle vote took less are left out.",
)
@click.option("--csv", "as_csv", type=PATH, help="Write the counts to this file.")
def report(folder: Path, fastest: float, as_csv: Path | None) -> None:
    """Print who won in FOLDER: shares with 95 % intervals, an order of all, who was left out."""
    from ..evaluate.files import check_file, write_file
    from ..study.pairs import read_study
    from ..study.report import as_csv as csv_of
    from ..study.report import as_markdown, make_report
    from ..study.votes import open_votes

    with errors_as_one_line():
        check_file(as_csv)
        found = read_study(folder)
        counted = make_report(found, open_votes(found).votes, fastest)
        click.echo(as_markdown(counted), nl=False)
        write_file(as_csv, csv_of(counted))
