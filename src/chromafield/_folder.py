"""One file in a folder is one name: what `models/` and `fields/` list and load.

A file `lite_unet.py` is the name `lite-unet`; files that start with `_` are shared parts.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import BadValue, UnknownName


def names(package: ModuleType) -> list[str]:
    """The names in `package`, without importing any of them."""
    found = [m.name for m in pkgutil.iter_modules(package.__path__) if m.name[0] != "_"]
    return sorted(name.replace("_", "-") for name in found)


def load(package: ModuleType, name: str, kind: str) -> ModuleType:
    """Import the one file that `name` stands for.

    Raises:
        UnknownName: no such file; the message lists those there are.
    """
    known = names(package)
    if name not in known:
        raise UnknownName(kind, name, known)
    return importlib.import_module(f"{package.__name__}.{name.replace('-', '_')}")


def options(package: ModuleType, name: str, kind: str) -> list[str]:
    """The fields of the file's `Config`.

    Raises:
        UnknownName: no such file.
    """
    return [field.name for field in dataclasses.fields(load(package, name, kind).Config)]


def build(package: ModuleType, name: str, kind: str, given: Mapping[str, object]) -> Any:
    """What the file's `build` makes of its `Config` with the given options.

    Raises:
        UnknownName: no such file.
        BadValue: an option that the `Config` does not have.
    """
    known = options(package, name, kind)
    for option in given:
        if option not in known:
            raise BadValue(f"{name} has no option {option!r}. It has: {', '.join(known)}.")
    module = load(package, name, kind)
    return module.build(module.Config(**given))


def summary(package: ModuleType, name: str) -> str:
    """The first line of the file's docstring after its name, read without importing it."""
    path = Path(package.__path__[0]) / f"{name.replace('-', '_')}.py"
    first = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
    return first.partition(": ")[2]
