"""Which picture of many is shown when: an endless order that depends on the seed alone."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadValue
from .datasets import Photo

MOST = 100.0  # times as often as others


class Order:
    """Each epoch is a shuffle of its own of all pictures.

    A pack of weight 2 has each of its pictures twice in an epoch. Of a pack of weight 0.3 an epoch
    has three tenths, the next epoch the next three, so that all are shown equally often.

    Args:
        groups: numbers of the pictures of each pack; together 0, 1, 2, ...
        weights: one for each pack.
    """

    def __init__(
        self, groups: Sequence[NDArray[np.int64]], weights: Sequence[float], seed: int
    ) -> None:
        self.seed = seed
        self._groups = groups
        self._shares = [max(round(w * len(g)), 1) for g, w in zip(groups, weights, strict=True)]
        self._epoch = functools.lru_cache(maxsize=4)(self._make_epoch)

    def __len__(self) -> int:
        """Of an epoch."""
        return sum(self._shares)

    def __call__(self, number: int) -> int:
        """The picture that is shown as number `number`."""
        epoch, place = divmod(number, len(self))
        return int(self._epoch(epoch)[place])

    def _make_epoch(self, epoch: int) -> NDArray[np.int64]:
        turns = zip(self._groups, self._shares, strict=True)
        parts = [self._turn(group, share, epoch) for group, share in turns]
        members = np.sort(np.concatenate(parts))
        return members[np.random.default_rng([self.seed, epoch, 2]).permutation(len(members))]

    def _turn(self, group: NDArray[np.int64], share: int, epoch: int) -> NDArray[np.int64]:
        """The epoch's share of a pack, which is gone through in one fixed order again and again."""
        if share == len(group):
            return group
        fixed = group[np.random.default_rng([self.seed, 3]).permutation(len(group))]
        return fixed[np.arange(epoch * share, (epoch + 1) * share) % len(group)]


def even_order(count: int, seed: int) -> Order:
    """Of `count` pictures that are all shown equally often."""
    return Order([np.arange(count)], [1.0], seed)


def weighted_order(photos: Sequence[Photo], weights: Mapping[str, Any], seed: int) -> Order:
    """Of photos whose packs have these weights; a pack that is not named has 1.

    Raises:
        BadValue: a name of no pack, or a weight that is no number above 0.
    """
    packs = np.array([photo.pack for photo in photos])
    names = sorted(set(packs.tolist()))
    if unknown := sorted(weights.keys() - set(names)):
        raise BadValue(f"No pack is named {unknown[0]!r}. There are: {', '.join(names)}.")
    for name, weight in weights.items():
        plain = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not plain or not 0 < weight <= MOST or math.isnan(weight):
            raise BadValue(
                f"The weight of {name} is {weight!r}; it is a number above 0 and at most {MOST:g}."
            )
    groups = [np.flatnonzero(packs == name) for name in names]
    return Order(groups, [float(weights.get(name, 1.0)) for name in names], seed)
