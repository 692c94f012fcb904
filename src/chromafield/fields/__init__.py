"""Fields: beliefs in, one colour a pixel out. One file is one field; nothing to register."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief
from ..plugins import Folder
from ._equal_mean import EqualMean
from ._result import Result, Solution
from ._time import FollowingField, Past

__all__ = [
    "EqualMean",
    "Field",
    "FieldConfig",
    "FollowingField",
    "Guided",
    "Past",
    "Refiner",
    "Result",
    "Solution",
    "create_field",
    "describe_field",
    "explain_field",
    "field_options",
    "list_fields",
    "takes_vividness",
]

_FILES = Folder(sys.modules[__name__], "field")


@runtime_checkable
class FieldConfig(Protocol):
    """What every field's `Config` has beside its own numbers."""

    @property
    def grid(self) -> int | str:
        """Where the field works: "network" (the belief's grid), "full" (the picture's size), or
        the most pixels of a grid with the picture's aspect (4096: about 64 x 64)."""
        ...


@runtime_checkable
class Field(Protocol):
    """A method to decide on colours: a slow half for the picture, a fast half for the beliefs."""

    @property
    def config(self) -> FieldConfig: ...

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> Any:
        """The work that depends on the picture alone; reuse it for every new belief.

        Args:
            guide: lightness in [0, 100], on the grid the field works on; or other features, for a
                field that is `Guided`.
        """
        ...

    def infer(self, prepared: Any, belief: Belief) -> Solution:
        """The ab of each pixel, (b, 2, h, w) in CIELAB units."""
        ...


@runtime_checkable
class Guided(Field, Protocol):
    """A field whose guide is another than the lightness."""

    @property
    def guide(self) -> str:
        """ "embedding": a learned vector a pixel, where its networks are there."""
        ...


@runtime_checkable
class Refiner(Field, Protocol):
    """A field that refines the colours of hints on its own, finer grid."""

    @property
    def refines_hints(self) -> bool:
        """True."""
        ...

    def infer(
        self, prepared: Any, belief: Belief, equal_means: Sequence[EqualMean] = ()
    ) -> Solution:
        """Solve for the colours; the propagated colours are a weak belief, the marks a strong one.

        Args:
            equal_means: pairs of regions of the grid that share one average colour.
        """
        ...


def list_fields() -> list[str]:
    """The names of all fields, without importing any."""
    return _FILES.names()


describe_field, field_options, explain_field = _FILES.summary, _FILES.options, _FILES.explain


def takes_vividness(name: str) -> bool:
    """Whether the field decides on the belief's mean; others decide on the distribution itself.

    Raises:
        UnknownName: no such field.
    """
    return "vividness" not in getattr(_FILES.load(name), "EXCEPTIONS", {})


def create_field(name: str, **options: object) -> Field:
    """Build the field in the file `name` stands for.

    Args:
        name: one of `list_fields()`.
        options: fields of the file's `Config`.

    Raises:
        UnknownName: no such field.
        BadValue: an option that the field's `Config` does not have, or a value outside its range.
    """
    field: Field = _FILES.build(name, options)
    return field
