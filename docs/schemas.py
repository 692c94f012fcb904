"""Write the settings into both JSON schemas, and the keywords of the Python calls as types:
`python docs/schemas.py`; --check compares alone."""

from __future__ import annotations

import dataclasses
import json
import sys
import textwrap
from pathlib import Path

from chromafield.sampling.samples import Sampling
from chromafield.settings import Scope, about, kinds, names, schema

DOCS = Path(__file__).parent
KEYWORDS = DOCS.parent / "src" / "chromafield" / "api" / "keywords.py"
HEAD = '''"""The keywords of the Python calls, for editors and type checkers.

Written by `python docs/schemas.py` from the settings; change them there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from .named import Colors, HintsGiven, Palette, References

'''
TAKEN = {  # where more is taken than the setting keeps
    "model": "str | os.PathLike[str]",
    "palette": "Palette | None",
    "reference": "References | None",
    "colors_from": "Colors | None",
    "hints": "HintsGiven | None",
    "options": "Mapping[str, Any]",
}


def hints(whole: dict) -> None:
    whole["properties"]["settings"] = {"title": "how the picture was coloured"} | schema(
        Scope.HINTS
    )
    whole["properties"]["settings"]["properties"]["sample"] = {"$ref": "#/$defs/sample"}


def film_hints(whole: dict) -> None:
    own = whole["properties"]["frames"]["items"]["properties"]
    own["settings"] = {"description": "For the whole shot."} | schema(Scope.SHOT)


def keywords() -> str:
    """The text of the file with the keywords' types."""
    lines = [HEAD, "class SettingKeywords(TypedDict, total=False):"]
    lines.append('    """Of `colorize` and `colorize_folder`."""\n')
    for name in names(Scope.PHOTO):
        lines += [f"    {name}: {TAKEN.get(name, _kind(name))}", _doc(about[name].help)]
    lines += ["", "class SamplingKeywords(TypedDict, total=False):"]
    lines.append('    """Of `samples`."""\n')
    lines += [f"    {one.name}: {one.type}" for one in dataclasses.fields(Sampling)]
    return "\n".join(lines) + "\n"


def _kind(name: str) -> str:
    choices = ", ".join(f'"{one}"' for one in about[name].choices)
    return f"Literal[{choices}]" if choices else kinds[name].__name__


def _doc(text: str) -> str:
    return textwrap.indent("\n".join(textwrap.wrap(f'"""{text}"""', 94)), "    ") + "\n"


def main() -> int:
    stale = []
    if KEYWORDS.read_text("utf-8") != keywords():
        stale.append(KEYWORDS.name)
        if "--check" not in sys.argv:
            KEYWORDS.write_text(keywords(), "utf-8")
    for name, put_in in {"hints": hints, "film.hints": film_hints}.items():
        path = DOCS / f"{name}.schema.json"
        text = path.read_text("utf-8")
        whole = json.loads(text)
        put_in(whole)
        new = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
        if new != text:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(new, "utf-8")
    if stale and "--check" in sys.argv:
        print(f"Stale: {', '.join(stale)}. Run python docs/schemas.py.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
