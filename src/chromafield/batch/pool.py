"""Work in several processes side by side; a process that dies costs what it had in hand."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch

Given = TypeVar("Given")
Made = TypeVar("Made")

IN_FLIGHT = 2  # pieces of work handed to each worker ahead of time


@dataclass(frozen=True)
class Pool(Generic[Given, Made]):
    """Processes that begin with `start` and do `work`; both must be functions of a module."""

    workers: int
    start: Callable[..., None]
    arguments: tuple[Any, ...]
    work: Callable[[Given], Made]
    lost: Callable[[Given], Made]  # what is made of what a dead process had in hand

    def results(self, given: Iterable[Given]) -> Iterator[Made]:
        """What is made of each, as they end."""
        waiting = iter(given)
        for one in waiting:  # once, unless a worker dies
            yield from self._until_broken(itertools.chain([one], waiting))

    def _until_broken(self, waiting: Iterator[Given]) -> Iterator[Made]:
        """Work until there is no more or a worker dies, and the pool with it."""
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.workers, context, _start, (self,)) as pool:
            running: dict[Future[Made], Given] = {}
            broken = False
            while True:
                for one in itertools.islice(
                    waiting, 0 if broken else IN_FLIGHT * self.workers - len(running)
                ):
                    running[self._submit(pool, one)] = one
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    one = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        broken = True
                        yield self.lost(one)

    def _submit(self, pool: ProcessPoolExecutor, one: Given) -> Future[Made]:
        try:
            return pool.submit(self.work, one)
        except BrokenProcessPool as error:
            future: Future[Made] = Future()
            future.set_exception(error)
            return future


def one_thread() -> None:
    """Let this process use one thread: there is one a core already."""
    torch.set_num_threads(1)
    os.environ["NUMBA_NUM_THREADS"] = "1"  # read when a field's compiled kernel is first imported


def _start(pool: Pool[Any, Any]) -> None:
    one_thread()
    pool.start(*pool.arguments)
