"""What most tests work out again is worked out once: few directions of a picture's affinities.

Most tests colour one of a few small pictures, and the field of each costs a second. `find_range`
is a pure function, so equal arguments on as many threads have equal answers. It is remembered where
the field calls it; the fields' own tests, and those with the fixture `forgetful`, get it itself.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import torch

from chromafield.fields import gcrf
from chromafield.fields._affinity import Affinity
from chromafield.fields._low_rank import LowRank, find_range

MOST = 32  # answers, of at most 14 MB each

_known: OrderedDict[bytes, LowRank] = OrderedDict()


def range_of(affinity: Affinity, rank: int) -> LowRank:
    """`find_range`, its last answers remembered; each caller has tensors of its own."""
    told = hashlib.sha256(f"{rank} {torch.get_num_threads()} {affinity.embedding.shape}".encode())
    for part in (affinity.embedding, affinity.offset, affinity.log_sum):
        told.update(str(part.dtype).encode() + part.contiguous().numpy().tobytes())
    key = told.digest()
    if key not in _known:
        _known[key] = find_range(affinity, rank)
    _known.move_to_end(key)
    if len(_known) > MOST:
        _known.popitem(last=False)
    return LowRank(_known[key].wings.clone(), _known[key].gram.clone())


def remember_ranges() -> None:
    gcrf.find_range = range_of
