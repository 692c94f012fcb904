"""How many CPU threads a piece of work takes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from ..errors import Forked

One = TypeVar("One")
Other = TypeVar("Other")

_first: list[int] = []  # the process that used torch's threads first


def refuse_fork() -> None:
    """See that this process is no fork of one that used torch: its threads are not there any more,
    and torch would wait for them for ever.

    Raises:
        Forked: it is, and there was more than one thread.
    """
    if not _first:
        _first.append(os.getpid())
    elif _first[0] != os.getpid() and torch.get_num_threads() > 1:
        raise Forked


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


def at_once(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Do two pieces of small work in inference mode at once, where torch takes one thread for each.

    Small layers gain little from several threads; two pieces that need nothing of each other do.
    Where torch takes several threads, one piece follows the other. Values are the same either way.
    """
    if torch.get_num_threads() > 1 or (os.cpu_count() or 1) < 2:
        return one(), other()

    def beside() -> Other:
        with torch.inference_mode(), threads(1):
            return other()

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(beside)
        return one(), later.result()
