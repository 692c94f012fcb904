"""How often each gamut cell occurs in photographs.

The table beside this file is the mean of many collections' shares, each smoothed as in training;
`benchmarks/natural_prior.py` measures it.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

FILE = Path(__file__).with_name("natural_prior.npy")


@functools.cache
def natural_prior() -> Float[Tensor, " k"]:
    """The share of each of `gamut_cells()` in natural photographs; sums to 1."""
    return torch.from_numpy(np.load(FILE))
