"""Shards and lists: every picture is in one shard, and clusters' numbers are understood."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.errors import BadValue, DataError
from chromafield.jobs.lists import place_of, read_list
from chromafield.jobs.shards import Shard, key_of, parse_shard


@given(st.lists(st.text(max_size=12), max_size=40), st.integers(1, 9))
def test_every_key_is_in_one_shard(keys: list[str], count: int) -> None:
    shards = [Shard(index, count) for index in range(count)]
    for key in keys:
        (own,) = [shard.index for shard in shards if shard.has(key)]
        assert own == int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % count


def test_pictures_of_one_result_are_in_one_shard() -> None:
    assert key_of("a/b.png") == key_of("a/b.bmp") != key_of("b.png")


SLURM = {"SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "1"}


@pytest.mark.parametrize(
    ("environment", "index", "count"),
    [
        (SLURM | {"SLURM_ARRAY_TASK_ID": "1"}, 0, 4),
        (SLURM | {"SLURM_ARRAY_TASK_ID": "4"}, 3, 4),
        (SLURM | {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_STEP": "2"}, 3, 4),
        ({"AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "2"}, 0, 2),
        ({"JOB_COMPLETION_INDEX": "5", "CHROMAFIELD_SHARDS": "8"}, 5, 8),
    ],
)
def test_a_cluster_says_which_shard(environment: dict[str, str], index: int, count: int) -> None:
    assert parse_shard("auto", environment) == Shard(index, count)


@pytest.mark.parametrize(
    ("text", "environment", "sentence"),
    [
        ("8/8", {}, "There is no shard 8 of 8; they go from 0 to 7"),
        ("0/0", {}, "There is no shard 0 of 0"),
        ("first", {}, "write I/N, as 0/8, or auto"),
        ("-1/8", {}, "write I/N"),
        ("auto", {}, "No cluster says which shard this is"),
        ("auto", {"JOB_COMPLETION_INDEX": "5"}, "set CHROMAFIELD_SHARDS"),
        ("auto", SLURM | {"SLURM_ARRAY_TASK_ID": "9"}, "has gaps"),
        ("auto", SLURM | {"SLURM_ARRAY_TASK_ID": "x"}, "SLURM_ARRAY_TASK_ID is 'x', no number"),
    ],
)
def test_what_is_no_shard_is_said(text: str, environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadValue, match=sentence):
        parse_shard(text, environment)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "x/1.png\n\n x/2.png \nx/1.png\n"),
        ("a.csv", "id,Path\n7,x/1.png\n8,x/2.png\n9\n"),
        ("b.csv", "x/1.png\nx/2.png\n"),
        ("c.csv", 'file\n"x/1.png"\nx/2.png\n'),
    ],
)
def test_lists_name_each_picture_once(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_list(tmp_path / name) == ["x/1.png", "x/2.png"]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.csv", b"id,place\n1,x.png\n", "has no column of pictures; it has id, place"),
        ("a.txt", b"\n\n", "names no pictures"),
        ("b.txt", b"\xff\xfe\xfa", "it is not UTF-8"),
    ],
)
def test_what_is_no_list_is_said(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=sentence):
        read_list(tmp_path / name)
    with pytest.raises(DataError, match="cannot be read"):
        read_list(tmp_path / "none.txt")


@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "dictionary"])
def test_a_parquet_list_names_each_picture_once(tmp_path: Path, kind: str) -> None:
    arrow = pytest.importorskip("pyarrow")
    names = arrow.array(["x/1.png", None, " x/2.png", "x/1.png"])
    names = names.dictionary_encode() if kind == "dictionary" else names.cast(kind)
    table = arrow.table({"id": [1, 2, 3, 4], "Path": names})
    pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / "a.parquet")
    assert read_list(tmp_path / "a.parquet") == ["x/1.png", "x/2.png"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"x": ["a.png"], "y": ["b.png"]}, "has no column of pictures; it has x, y"),
        ({}, "has no column of pictures; it has none"),
        ({"path": [7]}, "has 7 where the name of a picture should stand"),
        ({"path": [b"\xff\xfe"]}, "it is not UTF-8"),
        (None, "it is no whole Parquet file"),
    ],
)
def test_what_is_no_parquet_list_is_said(
    tmp_path: Path, columns: dict[str, list[object]] | None, sentence: str
) -> None:
    arrow, path = pytest.importorskip("pyarrow"), tmp_path / "a.parquet"
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table(columns or {}), path)
    if columns is None:
        path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match=sentence):
        read_list(path)
    with pytest.raises(DataError, match="No such file"):
        read_list(tmp_path / "none.parquet")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a/b.png", "a/b.png"),
        ("../a/./b.png", "a/b.png"),
        ("/scans/a/b.png", "scans/a/b.png"),
        ("s3://bucket/a/b.png", "bucket/a/b.png"),
    ],
)
def test_results_lie_below_their_folder(name: str, place: str) -> None:
    assert place_of(name) == place
