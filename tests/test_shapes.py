"""The tests' own check of shapes: it works, and leaves a function alone after many calls."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import Float, TypeCheckError, jaxtyped
from shapes import CALLS, check
from torch import Tensor

pytestmark = pytest.mark.skipif(CALLS > 1000, reason="all calls are checked")


@jaxtyped(typechecker=check)
def sides(x: Float[Tensor, "h w"]) -> tuple[int, int]:
    return x.shape[0], x.shape[-1]


class Box:
    @property
    @jaxtyped(typechecker=check)
    def size(self) -> int:
        return "none"  # type: ignore[return-value]


def test_a_wrong_shape_is_refused_until_many_calls_were_right() -> None:
    with pytest.raises(TypeCheckError, match="sides"):
        sides(torch.zeros(2))
    for _ in range(CALLS):
        assert sides(torch.zeros(2, 3)) == (2, 3)
    assert sides(torch.zeros(2)) == (2, 2)


def test_a_property_is_found_by_its_name_too() -> None:
    for _ in range(CALLS):
        with pytest.raises(TypeCheckError, match="size"):
            _ = Box().size
    assert Box().size == "none"  # type: ignore[comparison-overlap]
