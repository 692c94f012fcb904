"""What most tests work out again is worked out once: what a field makes of a picture.

Most tests colour one of a few small pictures, and the field of each costs a second. What is
remembered are pure functions: equal arguments on as many threads have equal answers. They are
remembered where the field calls them; the fields' own tests, and those with the fixture
`forgetful`, get the functions themselves.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch

from chromafield.fields import gcrf

MOST = 32  # answers of each function, of at most 14 MB

ITSELF: dict[str, Callable[..., Any]] = {
    name: getattr(gcrf, name) for name in ("make_affinity", "find_range")
}


def remember() -> None:
    for name, function in ITSELF.items():
        setattr(gcrf, name, remembered(function))


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which has its last answers at hand; each caller has tensors of its own."""
    known: OrderedDict[bytes, Any] = OrderedDict()

    def remembering(*told: Any) -> Any:
        digest = hashlib.sha256(str(torch.get_num_threads()).encode())
        for one in told:
            _enter(digest, one)
        key = digest.digest()
        if key not in known:
            known[key] = function(*told)
        known.move_to_end(key)
        if len(known) > MOST:
            known.popitem(last=False)
        return type(known[key])(*(part.clone() for part in _parts(known[key])))

    return remembering


def _parts(record: Any) -> list[torch.Tensor]:
    """What a record holds but S itself, which follows from the rest and is large."""
    return [
        getattr(record, part.name) for part in dataclasses.fields(record) if part.name != "kept"
    ]


def _enter(digest: Any, told: Any) -> None:
    """What an argument says: a number, a tensor, or a record of tensors."""
    for part in _parts(told) if dataclasses.is_dataclass(told) else [told]:
        if isinstance(part, torch.Tensor):
            digest.update(f"{part.dtype} {tuple(part.shape)}".encode())
            digest.update(part.detach().cpu().contiguous().numpy().tobytes())
        else:
            digest.update(f"{part!r}".encode())
