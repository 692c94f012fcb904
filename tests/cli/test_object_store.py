"""Lists, shards and manifests against a server that speaks S3, and is asked for nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chromafield.batch.manifest import MANIFEST
from chromafield.cli.main import main

KEYS = [f"box/{number}.png" for number in range(5)] + ["box//6.png"]


class Store:
    """A server of objects on this machine, and what it was asked for."""

    def __init__(self, server: Any, system: Any) -> None:
        self.system = system
        self.asked: list[str] = []
        application, served = server._server.app, self.asked

        def listening(environment: dict[str, Any], begin: Any) -> Any:
            served.append(f"{environment['REQUEST_METHOD']} {environment['PATH_INFO']}")
            return application(environment, begin)

        server._server.app = listening

    def counted(self, method: str) -> Counter[str]:
        return Counter(one for one in self.asked if one.startswith(f"{method} /"))


@pytest.fixture(scope="module")
def served() -> Iterator[Store]:
    moto = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        s3fs.S3FileSystem.clear_instance_cache()
        yield Store(server, s3fs.S3FileSystem())
        server.stop()


@pytest.fixture
def store(
    served: Store, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """Six scans at the server, one of them damaged, a list of them and of one that is not there."""
    monkeypatch.chdir(tmp_path)
    for bucket in ("scans", "coloured"):
        served.system.mkdir(bucket)
    for key in KEYS:
        served.system.pipe_file(f"scans/{key}", photo.read_bytes())
    served.system.pipe_file("scans/box/3.png", b"no picture")
    names = [f"s3://scans/{key}" for key in (*KEYS, "box/none.png")]
    Path("list.csv").write_text("path\n" + "\n".join(names) + "\n")
    served.asked.clear()
    yield served
    served.system.invalidate_cache()
    for bucket in ("scans", "coloured"):
        served.system.rm(bucket, recursive=True)


@pytest.fixture
def small(tiny_weights: Path) -> tuple[object, ...]:
    return ("--model", tiny_weights, "--size", 32, "--views", 1)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_shards_of_a_list_meet_each_object_once(
    store: Store, small: tuple[object, ...], photo: Path
) -> None:
    one = ("colorize", "--from-list", "list.csv", "-o", "s3://coloured/x", *small)
    one = (*one, "--manifest", "kept")
    shown = [run(*one, "--shard", f"{index}/2") for index in range(2)]
    assert sum(done.stderr.count("There is nothing at s3://scans/box/none.png") for done in shown)
    assert store.counted("GET") == Counter(f"GET /scans/{key}" for key in [*KEYS, "box/none.png"])
    kept = [key for key in KEYS if key != "box/3.png"]
    assert store.counted("PUT") == Counter(
        f"PUT /coloured/x/scans/{k.replace('//', '/')}" for k in kept
    )

    status = run("manifest", "status", "kept")
    assert status.stdout.startswith("5 coloured, 2 failed, 0 left out, in 2 parts")
    assert run("manifest", "merge", "kept").stdout.endswith(": 7 lines.\n")
    assert run("manifest", "verify", "kept").stdout == "All results are as they were written.\n"

    store.system.pipe_file("scans/box/3.png", photo.read_bytes())
    store.asked.clear()
    again = run(*one, "--retry-failed")
    assert again.exit_code == 1 and "1 coloured, 0 done before, 1 failed" in again.stderr
    assert set(store.counted("GET")) == {"GET /scans/box/3.png", "GET /scans/box/none.png"}
    store.asked.clear()
    assert "6 done before, 1 failed" in run(*one, "--resume").stderr
    assert set(store.counted("GET")) == {"GET /scans/box/none.png"} and not store.counted("PUT")


def test_what_is_there_is_kept_unless_it_is_the_same_or_the_run_goes_on(
    store: Store, small: tuple[object, ...]
) -> None:
    Path("list.csv").write_text("s3://scans/box/0.png\ns3://scans/box/1.png\n")
    one = ("colorize", "--from-list", "list.csv", "-o", "s3://coloured", *small)
    one = (*one, "--manifest", "kept")
    store.system.pipe_file("coloured/scans/box/1.png", b"of somebody else")
    kept = run(*one)
    assert "s3://coloured/scans/box/1.png is there already and was kept" in kept.stderr
    assert store.system.cat_file("coloured/scans/box/1.png") == b"of somebody else"
    first = store.system.cat_file("coloured/scans/box/0.png")
    again = run(*one)
    assert "1 coloured, 0 done before, 1 failed" in again.stderr  # the same bytes are no clash
    Path("kept", MANIFEST).unlink()  # as a kill between the result and its line
    assert "2 coloured" in run(*one, "--resume").stderr
    assert store.system.cat_file("coloured/scans/box/0.png") == first
    wrong = run("manifest", "verify", "kept")
    assert wrong.exit_code == 0, wrong.output
    store.system.pipe_file("coloured/scans/box/0.png", b"x")
    store.system.rm_file("coloured/scans/box/1.png")
    wrong = run("manifest", "verify", "kept")
    assert "s3://coloured/scans/box/0.png is not what was written" in wrong.stderr
    assert "There is nothing at s3://coloured/scans/box/1.png" in wrong.stderr


def test_processes_side_by_side_and_results_on_a_disk(
    store: Store, small: tuple[object, ...], tiny_weights: Path
) -> None:
    done = run("colorize", "--from-list", "list.csv", "-o", "out", *small, "--jobs", "2")
    assert "5 coloured, 0 done before, 2 failed" in done.stderr, done.output
    lines = [json.loads(line) for line in Path("out", MANIFEST).read_text().splitlines()]
    assert {line["output"] for line in lines if "output" in line} == {
        f"scans/{key.replace('//', '/')}" for key in KEYS if key != "box/3.png"
    }
    assert run("manifest", "verify", "out").exit_code == 0
    Path("out/scans/box/0.png").write_bytes(b"mine")
    Path("list.csv").write_text("s3://scans/box/0.png\n")
    kept = run("colorize", "--from-list", "list.csv", "-o", "out", *small)
    assert "The result out/scans/box/0.png is there already and was kept" in kept.stderr
    assert Path("out/scans/box/0.png").read_bytes() == b"mine"


@pytest.mark.parametrize("bucket", ["none", "locked"])
def test_a_bucket_without_rights_is_a_sentence_a_picture(
    store: Store, small: tuple[object, ...], bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("list.csv").write_text("s3://scans/box/0.png\n")
    if bucket == "locked":

        def refused(self: object, path: str, *_: object, **__: object) -> None:
            raise PermissionError("Access Denied")

        monkeypatch.setattr(type(store.system), "pipe_file", refused)
    done = run(
        *("colorize", "--from-list", "list.csv", "-o", f"s3://{bucket}", "--manifest", "k"), *small
    )
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert f"s3://{bucket}/scans/box/0.png cannot be written" in done.stderr
