"""What training crops are like; apart from the crops, so that `--help` can tell it at once."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadValue
from ..options import flag


@dataclass(frozen=True)
class CropConfig:
    batch: int = flag(32, "Pictures a step and process.", named="always")
    area: tuple[float, ...] = flag(
        (0.35, 1.0), "A crop's share of the picture's area, from and to."
    )
    aspect: tuple[float, float] = (0.8, 1.25)  # its width over height
    aged: float = flag(0.2, "Share of pictures that are degraded, as old ones are.", named="always")
    plates: float = flag(
        0.0, "Share of pictures that are seen as by plates and films of other responses to colour."
    )
    seed: int = flag(0, "Of all random numbers.", named="always")
    keep: float = flag(1.0, "GB of decoded pictures kept in memory.", named="never")

    def __post_init__(self) -> None:
        if len(self.area) != 2 or not 0 < self.area[0] <= self.area[1] <= 1:
            given = ",".join(map(str, self.area))
            raise BadValue(f"The crops' area is {given}; it is two shares of 1, as in 0.35,1.")
        shares = 0 <= self.aged <= 1 and 0 <= self.plates <= 1
        if self.batch < 1 or self.seed < 0 or self.keep < 0 or not shares:
            raise BadValue(
                f"The batch ({self.batch}) must be at least 1, the seed ({self.seed}) and keep "
                f"({self.keep}) not below 0, aged ({self.aged}) and plates ({self.plates}) between "
                "0 and 1."
            )
