"""Write the settings into both JSON schemas: `python docs/schemas.py`; --check compares alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from chromafield.settings import Scope, schema

DOCS = Path(__file__).parent


def hints(whole: dict) -> None:
    whole["properties"]["settings"] = {"title": "how the picture was coloured"} | schema(
        Scope.HINTS
    )
    whole["properties"]["settings"]["properties"]["sample"] = {"$ref": "#/$defs/sample"}


def film_hints(whole: dict) -> None:
    own = whole["properties"]["frames"]["items"]["properties"]
    own["settings"] = {"description": "For the whole shot."} | schema(Scope.SHOT)


def main() -> int:
    stale = []
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
