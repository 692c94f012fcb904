"""The group of commands."""

from __future__ import annotations

import os

import click


@click.group()
def main() -> None:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


from .train import train  # noqa: E402

main.add_command(train)
