"""The group of commands as people expect it: a picture alone is coloured, Ctrl-C is quiet."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import click
from click.shell_completion import CompletionItem

from ._config import as_default_map, read_config
from ._shared import errors_as_one_line

INTERRUPTED = 130  # the exit code of what Ctrl-C ended
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Colour", ("colorize", "samples", "film", "archive", "studio", "serve", "crop", "immich")),
    ("Look", ("inspect", "figure", "models", "fields", "config", "manifest")),
)
REST = "Train and measure"


class Commands(click.Group):
    """The commands in sections; a first word that is none of them is a picture to be coloured."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's, with `colorize` put before a picture."""
        if args and args[0] not in self.commands and is_meant_as_picture(args[0]):
            args = ["colorize", *args]
        return super().parse_args(ctx, args)

    @property
    def coloring(self) -> list[str]:
        """The names of the commands that colour."""
        return [name for name in SECTIONS[0][1] if name in self.commands]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As click's; where no command begins so, a file may."""
        found = super().shell_complete(ctx, incomplete)
        return found or [CompletionItem(incomplete, type="file")]

    def invoke(self, ctx: click.Context) -> object:
        """As click's, with one's own settings for defaults; what a terminal cannot show of a name
        is passed through as it is."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="surrogateescape")
        ctx.default_map = self._own_defaults()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise click.exceptions.Exit(INTERRUPTED) from error

    def _own_defaults(self) -> dict[str, Any]:
        with errors_as_one_line():
            own: dict[str, Any] = as_default_map(read_config(self.commands, self.coloring))
        for name, command in self.commands.items():
            chosen = own.get(name, {})
            for inner in getattr(command, "commands", {}):  # `film preview` takes what `film` does
                own[f"{name} {inner}"] = chosen
                if isinstance(command, click.Group):
                    own[name] = own.get(name, {}) | {inner: chosen}
        return own

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under their sections."""
        sections: dict[str, tuple[str, ...]] = dict(SECTIONS)
        in_sections = {name for names in sections.values() for name in names}
        sections[REST] = tuple(name for name in self.commands if name not in in_sections)
        for section, names in sections.items():
            shown = [(name, self.commands[name].get_short_help_str(80)) for name in names]
            with formatter.section(section):
                formatter.write_dl(shown)


class WithCommands(click.Command):
    """A command that has others under its name: a first word that is one of theirs means it."""

    commands: Mapping[str, click.Command] = {}

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """As click's; of the other command where the first word names it."""
        if args and args[0] in self.commands:
            inner = self.commands[args[0]]
            return inner.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the other commands under the options."""
        with formatter.section("Commands"):
            shown = [(name, one.get_short_help_str(80)) for name, one in self.commands.items()]
            formatter.write_dl(shown)


def is_meant_as_picture(word: str) -> bool:
    """Whether it names something else than a command: a path, a file with an ending, or `-`."""
    return word == "-" or (
        not word.startswith("-")
        and (
            "/" in word
            or "\\" in word
            or bool(PurePath(word).suffix)
            or PurePath(word).is_absolute()
        )
    )
