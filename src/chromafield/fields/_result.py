"""A field's solution: the colours, and how the solver ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..errors import SolveError


class Result(enum.Enum):
    CONVERGED = "reached its tolerance"
    SWEPT = "did all the sweeps it was asked for"
    INACCURATE = (
        "is farther from its solution than its tolerance; give higher precisions or a ridge"
    )
    STEP_LIMIT = "stopped at its step limit; raise it, or loosen the tolerance"
    NOT_FINITE = "met a NaN or an infinity; check the guide and the beliefs"


@dataclass(frozen=True, slots=True)
class Solution:
    """Colours with the story of how they were found; a field without neighbours needs no step."""

    value: Float[Tensor, "b c h w"]  # CIELAB ab, c = 2; weights of what is propagated beside it
    result: Result = Result.CONVERGED
    steps: int = 0
    residual: float = 0.0
    bounds: tuple[float, ...] = ()  # of a variational search: at its start and after each sweep

    def unwrap(self) -> Float[Tensor, "b c h w"]:
        """The colours, or an error: nobody has to trust a picture that did not converge.

        Raises:
            SolveError: the field did not converge, or its solution is not finite.
        """
        result = self.result if self.value.isfinite().all() else Result.NOT_FINITE
        if result not in (Result.CONVERGED, Result.SWEPT):
            raise SolveError(
                f"The field {result.value} ({self.steps} steps, residual {self.residual:.1e})."
            )
        return self.value
