"""`chromafield models` and `chromafield fields`: a name and a line each."""

from __future__ import annotations

import click


@click.command()
def models() -> None:
    """List the models."""
    from ..models import describe_model, list_models, shipped_path

    for name in list_models():
        note = "" if shipped_path(name).exists() else " (no weights come with the package)"
        click.echo(f"{name}: {describe_model(name)}{note}")


@click.command()
def fields() -> None:
    """List the fields: ways to decide on a colour."""
    from ..fields import describe_field, list_fields

    for name in list_fields():
        click.echo(f"{name}: {describe_field(name)}")
