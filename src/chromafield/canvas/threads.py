"""How many CPU threads a piece of work takes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """So many for torch, and for compiled kernels, which follow it, for the work begun here.

    The number is the calling thread's own, but new threads take over the one set last; so work
    whose rounding must be another's has to say it.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
