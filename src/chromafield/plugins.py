"""One file in a folder is one name: what `models/`, `fields/` and `train/tasks/` list and load.

A file `lite_unet.py` is the name `lite-unet`; files that start with `_` are shared parts, and
folders are other rooms.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import math
import pkgutil
import reprlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from .errors import BadValue, UnknownName, missing

C = TypeVar("C")  # a frozen dataclass


def names_in(folders: Iterable[str]) -> list[str]:
    """The names in a package that is not imported itself, by its folders."""
    modules = pkgutil.iter_modules(folders)
    found = [m.name for m in modules if m.name[0] != "_" and not m.ispkg]
    return sorted(name.replace("_", "-") for name in found)


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One field of a file's `Config`, as its source has it."""

    name: str
    default: str
    note: str  # what the comment behind it says


@dataclasses.dataclass(frozen=True, slots=True)
class Folder:
    """A package whose files are names; each method raises UnknownName where no file is named so."""

    package: ModuleType
    kind: str  # what a message calls one of its names

    def names(self) -> list[str]:
        """All names, without importing any of them."""
        return names_in(self.package.__path__)

    def load(self, name: str) -> ModuleType:
        """Import the one file that `name` stands for.

        Raises:
            UnknownName: no such file; the message lists those there are.
            MissingExtra: it needs a package that is not installed.
        """
        try:
            return importlib.import_module(f"{self.package.__name__}.{self._module(name)}")
        except ModuleNotFoundError as error:
            raise missing(f"The {self.kind} {name}", error) from error

    def options(self, name: str) -> list[str]:
        """The fields of the file's `Config`."""
        return [field.name for field in dataclasses.fields(self.load(name).Config)]

    def build(self, name: str, given: Mapping[str, object]) -> Any:
        """What the file's `build` makes of its `Config` with the given options.

        Raises:
            UnknownName: no such file.
            BadValue: an option that the `Config` does not have, or a value of another kind.
        """
        module = self.load(name)
        return module.build(configure(module.Config, given, name))

    def summary(self, name: str) -> str:
        """The first line of the file's docstring after its name, read without importing it."""
        docstring = ast.get_docstring(ast.parse(self._path(name).read_text("utf-8"))) or ""
        return docstring.partition("\n")[0].partition(": ")[2]

    def returned(self, name: str, method: str) -> str:
        """What the file's `method` is said to return, read without importing it; "" if nothing."""
        for node in ast.walk(ast.parse(self._path(name).read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == method and node.returns:
                return ast.unparse(node.returns)
        return ""

    def explain(self, name: str) -> list[Option]:
        """The options of the file with defaults and meanings, read without importing it."""
        return _options_of(self._path(name), "Config")

    def _module(self, name: str) -> str:
        """What Python calls the file that `name` stands for."""
        known = self.names()
        if name not in known:
            raise UnknownName(self.kind, name, known)
        return name.replace("-", "_")

    def _path(self, name: str) -> Path:
        return Path(self.package.__path__[0]) / f"{self._module(name)}.py"


def configure(config: type[C], given: Mapping[str, object], name: str) -> C:
    """A `Config` with the given options.

    Args:
        name: what an error calls the thing that is configured.

    Raises:
        BadValue: an option that the `Config` does not have, or a value of another kind.
    """
    kinds = get_type_hints(config)
    fields = dataclasses.fields(config)  # type: ignore[arg-type]
    defaults = {field.name: field.default for field in fields}
    values: dict[str, Any] = {}
    for option, value in given.items():
        if option not in defaults:
            raise BadValue(f"{name} has no option {option!r}. It has: {', '.join(defaults)}.")
        try:
            values[option] = _as(kinds[option], value)
        except TypeError as error:
            raise BadValue(
                f"The option {option} of {name} is {reprlib.repr(value)}; "
                f"its usual value is {defaults[option]!r}."
            ) from error
    return config(**values)


def _as(kind: Any, value: object) -> object:
    """The value as the kind that an annotation asks for.

    Whole numbers serve as floats and lists as tuples; nothing else is converted.

    Raises:
        TypeError: it is of another kind.
    """
    if isinstance(kind, UnionType):
        fitting = [one for one in get_args(kind) if type(value) is one]
        return _as(fitting[0] if fitting else get_args(kind)[0], value)
    if get_origin(kind) is tuple and isinstance(value, (list, tuple)):
        inside = get_args(kind)
        each = inside[:1] * len(value) if inside[1:] == (...,) else inside
        if len(each) == len(value):
            return tuple(_as(one, item) for one, item in zip(each, value, strict=True))
    elif kind is float and type(value) is int:
        return float(value)
    elif isinstance(kind, type) and type(value) is kind:
        if isinstance(value, float) and not math.isfinite(value):
            raise TypeError
        return value
    raise TypeError


def _options_of(path: Path, config: str) -> list[Option]:
    """The options of a class in a file, its bases' first; it may be imported from beside it."""
    text = path.read_text("utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = (node.module or "__init__").split(".")
            for alias in node.names:
                if config == (alias.asname or alias.name):
                    origin = path.parents[node.level - 1].joinpath(*parts).with_suffix(".py")
                    return _options_of(origin, alias.name)
        if isinstance(node, ast.ClassDef) and node.name == config:
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            inherited = [option for base in bases for option in _options_of(path, base)]
            return inherited + _own_options(node, text.splitlines())
    return []


def _own_options(config: ast.ClassDef, lines: list[str]) -> list[Option]:
    return [
        Option(
            field.target.id,
            ast.unparse(field.value),
            lines[field.value.end_lineno - 1][field.value.end_col_offset :].lstrip(" #"),
        )
        for field in config.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and field.value is not None
        and field.value.end_lineno is not None
    ]
