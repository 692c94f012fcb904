"""Pieces of work at once, where torch takes one thread for each."""

from __future__ import annotations

import os
import threading

import pytest
import torch

from chromafield.canvas.threads import at_once, threads


def where() -> tuple[int, int, bool]:
    return threading.get_ident(), torch.get_num_threads(), torch.is_inference_mode_enabled()


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core")
def test_the_second_piece_has_a_thread_of_its_own_where_torch_takes_one() -> None:
    with threads(1), torch.inference_mode():
        one, other = at_once(where, where)
        assert one[0] == threading.get_ident() != other[0]
        assert one[1:] == other[1:] == (1, True)
    with threads(2):
        one, other = at_once(where, where)
    assert one[0] == other[0] and one[1] == other[1] == 2


def test_what_goes_wrong_in_the_second_piece_is_told() -> None:
    def fail() -> None:
        raise ValueError("no")

    with threads(1), pytest.raises(ValueError, match="no"):
        at_once(lambda: 1, fail)
