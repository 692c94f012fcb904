"""Work beside the network's: things read ahead of their turn, and written behind it, in threads.

Decoders and encoders leave Python's lock alone, so that the network works meanwhile.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

T = TypeVar("T")

READ = 4  # things that are read ahead, at most
WRITTEN = 8  # things that wait to be written, at most
POLL = 0.05  # seconds between looks at whether reading should end


class Ahead(Generic[T]):
    """An iterator's items, made in a thread of its own."""

    def __init__(self, items: Iterator[T], depth: int = READ) -> None:
        self.made: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._make, args=(items,), daemon=True)
        self.thread.start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        item, error = self.made.get()
        if error is not None:
            self.made.put((None, error))  # asked again, it ends again
            raise error
        return item  # type: ignore[return-value]

    def close(self) -> None:
        """End the thread; what it made is thrown away, and nothing comes any more."""
        self.stopped.set()
        self.thread.join()
        with contextlib.suppress(queue.Empty):
            while True:
                self.made.get_nowait()
        self.made.put((None, StopIteration()))

    def _make(self, items: Iterator[T]) -> None:
        try:
            for item in items:
                if not self._put(item, None):
                    return
            self._put(None, StopIteration())
        except BaseException as error:  # raised where the item is asked for
            self._put(None, error)

    def _put(self, item: T | None, error: BaseException | None) -> bool:
        """Whether there was room for it before the end."""
        while not self.stopped.is_set():
            with contextlib.suppress(queue.Full):
                self.made.put((item, error), timeout=POLL)
                return True
        return False


class Behind:
    """Calls in a thread of their own, one after the other. A context manager."""

    def __init__(self, depth: int = WRITTEN) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.slots = threading.BoundedSemaphore(depth)
        self.calls: list[Future[None]] = []

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.pool.shutdown()
        if kind is None:
            self.check()

    def call(self, function: Callable[[], None]) -> None:
        """Call it when those before are done; waits where too many are.

        Raises:
            Exception: what an earlier call raised.
        """
        self.check()
        self.slots.acquire()
        future = self.pool.submit(function)
        future.add_done_callback(lambda _: self.slots.release())
        self.calls.append(future)

    def settle(self) -> None:
        """Wait until all calls have ended, however they end."""
        wait(self.calls)

    def check(self) -> None:
        """Raise what a call that has ended raised."""
        ended = [call for call in self.calls if call.done()]
        self.calls = [call for call in self.calls if not call.done()]
        for call in ended:
            call.result()
