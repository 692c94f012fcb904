"""Every command that README and the pages name, run as a stranger would, in a bare environment.

    python -m build && python benchmarks/bare.py                 # installs the wheel in dist/
    python benchmarks/bare.py --env .venv --page README.md --page docs/film.md

A line of a page is right where it ends without an error, serves until it is stopped, or says in one
sentence which extra to install, or that a line before it made its result. Lines that train, or need
photographs, networks or servers that nobody has, are left out, and said. Exit code 1: a line is
wrong; what it printed is shown.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md",
    *(f"docs/{name}.md" for name in ("fields", "film", "samples", "studio", "service")),
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELLS = ("", "sh", "bash", "text")
ABSENT = re.compile(  # what only its owner has
    r"chromafield (train|evaluate|compare|points|diversity|immich)|my-networks|-v2-|ddcolor"
)
SERVES = re.compile(r"chromafield (studio|serve)\b|--watch")
KEPT = re.compile(r"is there already and was kept|There is a [^\n]* already|Go on with --resume")
EXTRA = re.compile(r"Error: [^\n]*pip install '\.\[\w+\]'\n\Z")
SERVED = 25  # seconds in which a server has begun, or said why not
LONGEST = 300  # seconds of one line

MATERIAL = """
import json
from pathlib import Path
import av, numpy as np
from PIL import Image
grey = np.add.outer(np.linspace(30, 150, 96), np.linspace(0, 60, 128)).astype(np.uint8)
color = np.stack([grey, grey * 0.9, grey * 0.8], 2).astype(np.uint8)
for name in ("grandmother.jpg", "dog.jpg", "then.jpg", "face.jpg", "old.png", "scans/1.jpg",
             "scans/box/2.jpg", "album/uniform-1.jpg", "frames/000001.png", "frames/000002.png",
             "photo.jpg", "cup.jpg", "wedding.jpg", "meadow.jpg", "portrait.jpg"):
    Path(name).parent.mkdir(exist_ok=True, parents=True)
    Image.fromarray(grey).save(name)
for name in ("autumn.jpg", "now.jpg", "service.jpg", "from-a-service.png"):
    Image.fromarray(color).save(name)
mark = {"at": [0.5, 0.5], "radius": 0.04, "color": "#a03020"}
for name in ("grandmother", "face", "album/uniform-1.jpg"):
    text = json.dumps({"chromafield": "hints", "version": 1, "marks": [mark]})
    Path(name + ".hints.json").write_text(text)
Path("stills/coloured").mkdir(parents=True)  # as a person saves them from the studio
Image.fromarray(color).save("stills/coloured/ref_000000.png")
Path("films").mkdir()
for name in ("old.mp4", "old.mov", "bikes.mp4", "films/1.mp4"):
    with av.open(name, "w") as out:
        stream = out.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for k in range(12):
            frame = av.VideoFrame.from_ndarray(np.roll(grey, k, 1), format="gray")
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
"""


def main() -> int:
    """Run the pages' lines; how many are wrong decides on the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--env", type=Path, help="an environment that has Chromafield")
    parser.add_argument("--page", action="append", help="by default README and five more")
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        programs = installed(given.env, Path(folder, "env"))
        for page in given.page or PAGES:
            place = Path(folder, page.replace("/", "-"))
            place.mkdir()
            subprocess.run([programs / "python", "-c", MATERIAL], cwd=place, check=True)
            for line in lines_of((ROOT / page).read_text("utf-8")):
                end, told = tried(line, page, programs, place)
                print(f"{end:8} {page}: {line}", flush=True)
                if end == "WRONG":
                    wrong += 1
                    print(told, flush=True)
    return 1 if wrong else 0


def installed(env: Path | None, made: Path) -> Path:
    """The folder of an environment's programs; a new one has the newest wheel of dist/."""
    if env is None:
        wheels = sorted((ROOT / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
        if not wheels:
            sys.exit("There is no wheel in dist/. Make one with: python -m build")
        venv.create(made, with_pip=True)
    folder = (env or made).resolve() / ("Scripts" if os.name == "nt" else "bin")
    if env is None:
        subprocess.run([folder / "python", "-m", "pip", "install", "-q", wheels[-1]], check=True)
    return folder


def lines_of(page: str) -> list[str]:
    """The page's commands, without what is said of them."""
    blocks = [text for kind, text in BLOCK.findall(page) if kind in SHELLS]
    lines = [line for block in blocks for line in block.splitlines()]
    commands = (line.partition("  #")[0].strip() for line in lines)
    return [line for line in commands if re.match(r"(\w+=\S+ )*chromafield ", line)]


def tried(line: str, page: str, programs: Path, place: Path) -> tuple[str, str]:
    """How a line ends, and what it printed."""
    if ABSENT.search(line) or line.endswith("\\"):
        return "left out", ""
    words = shlex.split(line)
    own = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        own[name] = value
    if words[1] == "studio":
        words.append("--no-browser")
    told = os.environ | own | {"XDG_DATA_HOME": str(place / "data"), "HOME": str(place)}
    told.pop("PYTHONPATH", None)
    serves = bool(SERVES.search(line))
    command = [str(programs / words[0]), *words[1:]]
    with subprocess.Popen(
        command, cwd=place, env=told, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            printed, _ = process.communicate(timeout=SERVED if serves else LONGEST)
        except subprocess.TimeoutExpired:
            process.terminate()
            printed, _ = process.communicate(timeout=90)
            return ("serves" if serves and "http" in printed else "WRONG"), printed
    if process.returncode == 0:
        return "done", printed
    if page != "README.md" and KEPT.search(printed):  # of a line before; README's go in turn
        return "kept", printed
    return ("extra" if EXTRA.search(printed) else "WRONG"), printed


if __name__ == "__main__":
    sys.exit(main())
