"""Broken pictures that are guided by coverage: what reaches new lines of the readers is changed on.

    pip install atheris
    python benchmarks/fuzz_guided.py FOLDER --seconds 120

FOLDER holds pictures to begin with. Each input is read, or refused by an error of ours; anything
else ends the run, and its input is kept beside this command as `crash-...`. References: LLVM's
libFuzzer, through atheris.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chromafield.image"]):
    import chromafield.image._formats  # noqa: F401  its readers are imported late
    from chromafield.image import read_picture

from chromafield.errors import ChromafieldError

PLACE = Path(tempfile.mkdtemp(), "picture")


def read(data: bytes) -> None:
    """Read one input; raises whatever is no error of ours."""
    PLACE.write_bytes(data)
    try:
        read_picture(PLACE)
    except ChromafieldError as error:
        assert str(error)


def main() -> None:
    """Run until the time is over, or an input fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="pictures to begin with")
    parser.add_argument("--seconds", type=int, default=120)
    given = parser.parse_args()
    limits = ["-timeout=20", "-rss_limit_mb=4096", "-max_len=65536"]
    atheris.Setup([sys.argv[0], f"-max_total_time={given.seconds}", *limits, given.folder], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
