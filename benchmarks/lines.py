"""The lines of README.md and docs/commands.md, run one after the other, with what they print.

    python benchmarks/lines.py [--only WORD] > lines.txt

Each runs in a folder that has the files it names, small ones made here. Servers and a watched
folder are ended by Ctrl-C. What needs hours, weights of others or a server is named and not run.
Each line is a fork of a process that has imported all. The exit code is 1 where one fails.
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # a fork has none of its parent's threads

import av
import numpy as np
from PIL import Image

import chromafield.batch.batch
import chromafield.evaluate.report
import chromafield.film.run
import chromafield.train.run
from chromafield.cli.main import main as chromafield
from chromafield.data.synthetic import scene, write_pack

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "docs/commands.md")
NOT_RUN = {  # what a line begins with, or has in it, and why it is not run
    "film old.mp4 -o coloured.mp4 --resume": "needs a film that was stopped",
    "--references stills": "the stills are coloured by hand first",
    "--engine ray": "needs the extra ray",
    "torchrun": "two processes that train",
    "immich": "needs an Immich server",
    "models add": "needs weights of others",
    "--model ddcolor": "needs weights of others",
    "chromafield compare": "takes hours",
    "chromafield benchmark": "a stopwatch",
    "photos.zip": "takes 90 minutes",
    "labelled.zip": "takes an hour",
    "-o runs/first --resume": "goes on with the line before",
    "figure training": "needs a run of 90 minutes",
    "--against runs": "needs a trained run",
    "study report": "needs the votes of people",
    "chromafield points": "takes minutes a picture",
    "chromafield diversity": "takes minutes a picture",
}
ENDLESS = ("chromafield studio", "chromafield serve", "study serve", "--watch")
MANIFEST = "coloured/chromafield-manifest.jsonl"  # which the lines on manifests are about
CTRL_C = 12.0  # seconds after which they get it
LONGEST = 400.0  # seconds of any other line
SHOWN = 4  # lines of what it prints
INTERRUPTED = 130


def lines_of(page: str) -> list[str]:
    """The commands that a page shows, in order, each once."""
    found, text = [], (ROOT / page).read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        words = line.strip()
        begins = words.split(" ", 1)[0]
        shown = begins in ("chromafield", "torchrun") or begins.startswith("CHROMAFIELD_")
        if (
            shown
            and (line.startswith("  ") or page == "README.md")
            and " chromafield" in f" {words}"
        ):
            found.append(" ".join(words.split(" #")[0].split()))
    return list(dict.fromkeys(found))


def make_inputs(folder: Path) -> None:
    """The files that the lines name."""
    names = ("grandmother.jpg", "dog.jpg", "then.jpg", "street.png", "album/uniform.jpg")
    names += ("wedding.jpg", "meadow.jpg", "portrait.jpg")
    scans = [f"scans/{n}.tif" for n in range(3)]
    for number, name in enumerate((*names, *scans, "album/second.jpg", "from-the-scanner/a.png")):
        _picture(folder / name, number, grey=True)
    for number, name in enumerate(("autumn.jpg", "now.jpg")):
        _picture(folder / name, 20 + number)
    for name, of in (("service.jpg", "portrait.jpg"), ("from-a-service.png", "grandmother.jpg")):
        _picture(folder / name, names.index(of))  # the same in colour
    for name in ("album-page.jpg", *scans):
        page = Image.new("L", (400, 300), 200)
        page.paste(Image.open(folder / "dog.jpg").resize((160, 120)), (30, 40))
        page.paste(Image.open(folder / "then.jpg").resize((160, 120)), (215, 150))
        page.save(folder / name)
    mark = {"marks": [{"at": [0.4, 0.6], "radius": 0.08, "color": "#405a80"}]}
    for name in ("grandmother.hints.json", "album/uniform.jpg.hints.json"):
        (folder / name).write_text(
            json.dumps({"chromafield": "hints", "version": 1, **mark}), "utf-8"
        )
    (folder / "scans.csv").write_text("input\n" + "\n".join(scans) + "\n", "utf-8")
    for name in ("old.mp4", "new.mp4", "old.avi", "FOLDER/a.mp4"):
        _film(folder / name, grey=name != "new.mp4")
    for number in range(4):
        _picture(folder / f"frames/{number:06}.tif", 30, grey=True)
    for name in ("val.zip", "val/faces.zip", "faces.zip"):
        (folder / name).parent.mkdir(exist_ok=True)
        write_pack(folder / name, 4, size=(48, 64))
    for name in ("holiday-photos", "ours", "theirs"):
        write_pack(folder / name, 4, size=(48, 64))
    weights = next((ROOT / "src/chromafield/weights").glob("lite_unet.safetensors"))
    for name in ("first/lite_unet", "second/lite_unet", "a", "b"):
        place = folder / f"{name}.safetensors"
        place.parent.mkdir(exist_ok=True)
        shutil.copy(weights, place)
        for end in (".safetensors.sha256", ".md"):
            shutil.copy(weights.with_suffix(end), place.with_suffix(end))


def _picture(path: Path, number: int, grey: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(scene(np.random.default_rng(number), 240, 320))
    (image.convert("L") if grey else image).save(path)


def _film(path: Path, grey: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    level = scene(np.random.default_rng(7), 64, 110)
    level = np.dstack([level[..., 1]] * 3) if grey else level
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4" if path.suffix == ".avi" else "h264", 25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for moment in range(12):
            part = np.ascontiguousarray(level[:, moment : moment + 96])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(part, "rgb24")))
        out.mux(stream.encode())


def _clear() -> None:
    """Take the results of the lines before away, which would be kept."""
    shutil.rmtree("coloured", ignore_errors=True)
    for pattern in ("*-color*", "*-sample-*", "coloured*.*"):
        for path in Path().glob(pattern):
            if path.is_file():
                path.unlink()


def words_of(line: str) -> tuple[dict[str, str], list[str]]:
    """The environment and the words that a shell makes of a line, in the folder where it runs."""
    told, words = {}, []
    for word in shlex.split(line):
        if not words and "=" in word:
            name, _, value = word.partition("=")
            told[name] = value
        elif f"'{word}'" not in line and glob.has_magic(word):
            words += sorted(map(str, Path().glob(word))) or [word]
        else:
            words.append(word)
    return told, words[1:]


def run(line: str, log: Path) -> tuple[int, float]:
    """The exit code of a line in a process of its own, and the seconds."""
    began, endless = time.monotonic(), any(word in line for word in ENDLESS)
    told, words = words_of(line)
    if not (child := os.fork()):
        code = 1
        try:
            os.environ.update(told)
            signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            chromafield.main(words, prog_name="chromafield")
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    asked = False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        took = time.monotonic() - began
        if done:
            return os.waitstatus_to_exitcode(status), took
        if endless and not asked and took > CTRL_C:
            asked = True
            os.kill(child, signal.SIGINT)
        elif took > LONGEST:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.02)


def chosen(only: str | None) -> Iterator[tuple[str, str | None]]:
    """The lines, each with the reason why it is not run, if there is one."""
    for line in dict.fromkeys(line for page in PAGES for line in lines_of(page)):
        if only is None or only in line:
            yield line, next((why for mark, why in NOT_RUN.items() if mark in line), None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="lines that have this in them")
    told = parser.parse_args()
    right = wrong = left = 0
    with tempfile.TemporaryDirectory() as name:
        make_inputs(Path(name))
        os.chdir(name)
        os.environ["XDG_CONFIG_HOME"] = name
        for line, why in chosen(told.only):
            print(f"\n$ {line}")
            if why is not None:
                left += 1
                print(f"  (not run: {why})", flush=True)
                continue
            if "--resume" not in line and "manifest" not in line:
                _clear()
            elif "manifest" in line and not Path(MANIFEST).exists():
                run("chromafield colorize scans -o coloured", Path("said.txt"))
            code, took = run(line, Path("said.txt"))
            fine = code == 0 or (code == INTERRUPTED and any(word in line for word in ENDLESS))
            right, wrong = right + fine, wrong + (not fine)
            said = Path("said.txt").read_text("utf-8", "replace").splitlines()
            shown = said if not fine else said[:SHOWN]
            for one in shown:
                print(f"  {one[:110]}")
            print(f"  -> {code}, {took:.0f} s", flush=True)
    print(f"\n{right} of {right + wrong} lines did their work; {left} were not run")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
