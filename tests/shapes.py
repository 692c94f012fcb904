"""The run-time checker of signatures: Python's own rule that a whole number is a float, too.

A function's first calls in a process are checked, those of hot loops no more after that: on all
calls, checks took a quarter of the tests' time. `SHAPES=1000000 pytest` checks them all.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype

CALLS = int(os.environ.get("SHAPES", "50"))  # of one function in a process, that are checked

_check = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """What jaxtyping asks to check a call: it makes this function for the signature alone."""
    checked, calls = _check(function), itertools.count(1)

    @functools.wraps(checked)
    def counted(*args: Any, **named: Any) -> Any:
        if next(calls) == CALLS:
            _let_be(function)
        return checked(*args, **named)

    return counted


def _let_be(function: Callable[..., Any]) -> None:
    """Tell jaxtyping to check the function of this name no more; inner ones go on being checked."""
    found: Any = sys.modules.get(function.__module__)
    for part in function.__qualname__.split("."):
        found = getattr(found, part, None)
    for inside in ("__func__", "fget", "func"):  # of class methods and properties
        found = getattr(found, inside, found)
    if found is not None:
        found.__no_type_check__ = True
