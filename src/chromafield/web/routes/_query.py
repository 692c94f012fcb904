"""The settings of a colouring as parameters of a query."""

from __future__ import annotations

import inspect
from typing import Any

from fastapi import Query

from ...settings import Scope, about, kinds, named_value, names


def settings_query(**given: Any) -> dict[str, Any]:
    """Those that the query names, as a hint file has them; FastAPI reads the signature below."""
    said = {name: value for name, value in given.items() if value is not None}
    options = dict(named_value(text) for text in said.pop("option", []))
    return said | ({"options": options} if options else {})


def _parameter(name: str) -> inspect.Parameter:
    kind: Any = list[str] if name == "options" else kinds[name]
    return inspect.Parameter(
        "option" if name == "options" else name,
        inspect.Parameter.KEYWORD_ONLY,
        default=Query(None, description=about[name].help),
        annotation=kind | None,
    )


settings_query.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [_parameter(name) for name in names(Scope.HTTP)]
)
