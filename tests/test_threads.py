"""Threads beside the colouring: order, ends and errors are those of the work itself."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

import pytest

from chromafield.threads import Ahead, Behind


def test_items_come_in_order_and_end() -> None:
    ahead = Ahead(iter(range(20)), 3)
    assert list(ahead) == list(range(20))
    assert next(ahead, None) is None  # asked again
    ahead.close()
    assert not ahead.thread.is_alive()


def test_what_is_read_ahead_is_bounded_and_can_be_left() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in itertools.count():
            made.append(number)
            yield number

    ahead = Ahead(items(), 3)
    assert [next(ahead), next(ahead)] == [0, 1]
    ahead.close()
    assert len(made) <= 2 + 3 + 2 and not ahead.thread.is_alive()
    assert next(ahead, None) is None  # and nobody waits for ever


def test_an_error_is_raised_where_the_item_is_asked_for() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    ahead = Ahead(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)
    ahead.close()


def test_calls_are_made_in_order_in_another_thread() -> None:
    made: list[tuple[int, int]] = []
    with Behind(2) as behind:
        for number in range(10):
            behind.call(lambda n=number: made.append((n, threading.get_ident())))
    assert [number for number, _ in made] == list(range(10))
    assert {thread for _, thread in made} != {threading.get_ident()}


def test_what_a_call_raised_is_raised() -> None:
    def fails() -> None:
        raise OSError("No space left")

    with pytest.raises(OSError, match="No space left"), Behind() as behind:
        behind.call(fails)
    with Behind() as other, pytest.raises(OSError, match="No space left"):
        other.call(fails)
        other.settle()
        other.call(fails)
