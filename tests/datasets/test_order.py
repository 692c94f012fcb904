"""Which picture is shown when, against counts worked out by hand."""

import itertools
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.datasets.datasets import Photo
from chromafield.datasets.order import Order, even_order, weighted_order
from chromafield.errors import BadValue

PHOTOS = [Photo(pack, f"{i}.jpg", Path(pack)) for pack in ("a", "b") for i in range(10)]


def epoch(order: Order, number: int) -> list[int]:
    return [order(number * len(order) + i) for i in range(len(order))]


@given(count=st.integers(1, 40), number=st.integers(0, 5), seed=st.integers(0, 9))
def test_each_epoch_shows_every_picture_once(count, number, seed):
    assert sorted(epoch(even_order(count, seed), number)) == list(range(count))


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = {tuple(epoch(even_order(30, seed), n)) for n in range(3) for seed in range(3)}
    assert len(orders) == 9


def test_no_weights_are_the_order_of_all():
    plain = even_order(20, 5)
    for weights in ({}, {"a": 1.0}, {"a": 1, "b": 1}):
        weighted = weighted_order(PHOTOS, weights, 5)
        assert [weighted(i) for i in range(60)] == [plain(i) for i in range(60)]


def test_a_pack_of_weight_two_is_shown_twice_as_often():
    order = weighted_order(PHOTOS, {"b": 2}, 0)
    assert len(order) == 30
    for number in range(3):
        times = Counter(epoch(order, number))
        assert {times[i] for i in range(10)} == {1} and {times[i] for i in range(10, 20)} == {2}


@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    weights=st.lists(st.floats(0.05, 3), min_size=4, max_size=4),
    seed=st.integers(0, 9),
)
def test_within_a_pack_none_is_shown_twice_more_often_than_another(sizes, weights, seed):
    ends = np.cumsum([0, *sizes])
    groups = [np.arange(a, b) for a, b in itertools.pairwise(ends)]
    order = Order(groups, weights[: len(groups)], seed)
    times = Counter(order(i) for i in range(7 * len(order)))
    for group in groups:
        seen = [times[int(i)] for i in group]
        assert max(seen) - min(seen) <= 1


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({"c": 2}, "No pack is named 'c'. There are: a, b."),
        ({"a": 0}, "The weight of a is 0; it is a number above 0 and at most 100."),
        ({"a": float("nan")}, "The weight of a is nan"),
        ({"b": "much"}, "The weight of b is 'much'"),
        ({"b": True}, "The weight of b is True"),
    ],
)
def test_weights_out_of_range_are_refused(weights, sentence):
    with pytest.raises(BadValue, match=re.escape(sentence)):
        weighted_order(PHOTOS, weights, 0)
