"""Studies: balanced and blind pairs, simulated voters, a server that keeps votes and no more."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chromafield.cli.main import main
from chromafield.errors import BadValue, DataError, OutputError
from chromafield.study.pairs import Study, make_study, read_study
from chromafield.study.report import (
    FASTEST,
    Report,
    as_csv,
    as_markdown,
    bradley_terry,
    make_report,
    wilson,
)
from chromafield.study.serve import Server, make_server
from chromafield.study.votes import REPEATED, SIDES, Shown, Vote, VoteFile, deal, open_votes

STRENGTH = {"ours": 1.2, "theirs": 0.0, "others": -1.2}  # logarithms


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Three methods' colours of the same twelve pictures; one has one picture more."""
    out = []
    for number, name in enumerate(STRENGTH):
        folder = tmp_path / name
        folder.mkdir()
        for i in range(12):
            Image.new("RGB", (6, 5), (number * 90, i, 0)).save(folder / f"photo-{i}.png")
        out.append(folder)
    Image.new("RGB", (6, 5)).save(out[0] / "alone.png")
    return out


@pytest.fixture
def study(folders: list[Path], tmp_path: Path) -> Study:
    return make_study(folders, tmp_path / "study")


def test_every_picture_is_a_pair_of_every_two_methods_and_sides_are_balanced(
    study: Study, folders: list[Path]
) -> None:
    assert len(study.pairs) == 12 * 3
    left = Counter((frozenset(p.methods), p.methods[0]) for p in study.pairs)
    assert set(left.values()) == {6}
    assert {p.picture for p in study.pairs} == {f"photo-{i}" for i in range(12)}
    for pair in study.pairs[:6]:
        for method, file in zip(pair.methods, pair.files, strict=True):
            own = next(f for f in folders if f.name == method) / f"{pair.picture}.png"
            assert (study.pictures / file).read_bytes() == own.read_bytes()


def test_names_of_files_say_nothing_of_the_method(study: Study) -> None:
    number = {f: int(Path(f).stem) for p in study.pairs for f in p.files}
    of = {f: m for p in study.pairs for f, m in zip(p.files, p.methods, strict=True)}
    in_order = [of[f] for f in sorted(number, key=lambda f: number[f])]
    runs = sum(a != b for a, b in itertools.pairwise(in_order))
    assert runs > 12  # 36 files of three methods in blocks would change twice


def test_a_seed_gives_one_study_and_another_seed_another(
    folders: list[Path], tmp_path: Path
) -> None:
    ids = [make_study(folders, tmp_path / str(i), seed).id for i, seed in enumerate((0, 0, 1))]
    assert ids[0] == ids[1] != ids[2]
    assert read_study(tmp_path / "0").pairs == read_study(tmp_path / "1").pairs


def test_what_makes_no_study_is_a_sentence(folders: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (2, 2)).save(other / "elsewhere.png")
    with pytest.raises(BadValue, match="No picture has one name in all folders.*elsewhere"):
        make_study([folders[0], other], tmp_path / "s")
    with pytest.raises(BadValue, match="two methods or more"):
        make_study(folders[:1], tmp_path / "s")
    with pytest.raises(BadValue, match="two methods or more"):
        make_study([folders[0], folders[0]], tmp_path / "s")
    with pytest.raises(BadValue, match="is no folder"):
        make_study([folders[0], tmp_path / "gone"], tmp_path / "s")
    make_study(folders, tmp_path / "s")
    with pytest.raises(OutputError, match="holds a study already"):
        make_study(folders, tmp_path / "s")
    with pytest.raises(DataError, match="holds no study"):
        read_study(tmp_path / "nothing")
    record = json.loads((tmp_path / "s" / "study.json").read_text())
    (tmp_path / "s" / "study.json").write_text(json.dumps(record | {"pairs": []}))
    with pytest.raises(DataError, match="has no pairs"):
        read_study(tmp_path / "s")
    record["pairs"][0]["methods"].reverse()
    (tmp_path / "s" / "study.json").write_text(json.dumps(record))
    with pytest.raises(DataError, match="was edited"):
        read_study(tmp_path / "s")


def test_what_voters_could_not_compare_is_refused(folders: list[Path], tmp_path: Path) -> None:
    first = folders[0] / "photo-0.png"
    still = first.read_bytes()
    frames = [Image.new("RGB", (6, 5), (90 * i, 0, 0)) for i in range(2)]
    frames[0].save(first, save_all=True, append_images=frames[1:])
    with pytest.raises(BadValue, match="photo-0.png is animated"):
        make_study(folders, tmp_path / "s")
    for content in (b"", b"no picture", still[:40]):
        first.write_bytes(content)
        with pytest.raises(BadValue, match="photo-0.png cannot be read as a picture"):
            make_study(folders, tmp_path / "s")
    first.write_bytes(still)
    Image.new("RGB", (6, 5)).save(folders[1] / "photo-3.jpg")
    with pytest.raises(BadValue, match="two pictures of one name, photo-3.jpg and photo-3.png"):
        make_study(folders, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_grey_and_sixteen_bits_and_other_endings_make_pairs(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    Image.fromarray(np.full((5, 6), 40_000, np.uint16)).save(tmp_path / "one" / "a.png")
    Image.new("L", (6, 5)).save(tmp_path / "other" / "a.JPEG")
    made = make_study([tmp_path / "one", tmp_path / "other"], tmp_path / "s")
    assert {Path(f).suffix for f in made.pairs[0].files} == {".png", ".jpeg"}


def vote_of(study: Study, shown: Shown, voter: str, clicker: bool, chance: random.Random) -> Vote:
    """A voter who follows the strengths after a look, or clicks anywhere at once."""
    one, other = (STRENGTH[m] for m in study.pairs[shown.pair].methods)
    first = chance.random() < (0.5 if clicker else 1 / (1 + math.exp(other - one)))
    side = SIDES[int(not first) ^ int(shown.turned)]
    seconds = chance.uniform(0.1, 0.5) if clicker else chance.lognormvariate(0.7, 0.4)
    return Vote(voter, shown.pair, shown.turned, side, seconds)


def simulate(study: Study, voters: int, clickers: int, each: int = 30) -> list[Vote]:
    chance = random.Random(3)
    file = VoteFile(study)
    for number in range(voters):
        for shown in deal(study, file.votes, each, chance):
            vote = vote_of(study, shown, f"v{number}", number < clickers, chance)
            file.votes.append(vote)
    return file.votes


def test_simulated_voters_give_the_known_order_and_clickers_are_left_out(study: Study) -> None:
    votes = simulate(study, voters=40, clickers=8)
    report = make_report(study, votes)
    assert [method for method, _ in report.order] == ["ours", "theirs", "others"]
    for method, strength in report.order:
        assert strength == pytest.approx(STRENGTH[method], abs=0.35)
    assert (report.voters, report.left_out) == (32, 8)
    for m in report.meetings:
        true = 1 / (1 + math.exp(STRENGTH[m.other] - STRENGTH[m.one]))
        low, high = m.interval()
        assert low - 0.05 < true < high + 0.05 and low < m.share < high
    alike, twice = report.again
    assert twice == 32 * round(REPEATED * 30) and 0.4 < alike / twice < 0.95
    loose = make_report(study, votes, fastest=0.0)
    assert loose.left_out == 0
    assert dict(loose.order)["ours"] < dict(report.order)["ours"]  # clickers blur what is seen


def test_pairs_with_few_votes_come_first(study: Study) -> None:
    votes = simulate(study, voters=9, clickers=0, each=12)  # three rounds of 36 pairs
    count = Counter(vote.pair for vote in votes if not vote.turned)
    assert set(count.values()) == {3}


def test_turned_pairs_come_after_their_first_showing(study: Study) -> None:
    shown = deal(study, [], 20, random.Random(0))
    assert len(shown) == 22
    for i, one in enumerate(shown):
        if one.turned:
            assert Shown(one.pair, False) in shown[:i]


@given(wins=st.integers(0, 60), more=st.integers(0, 60))
def test_wilsons_interval_solves_its_equation(wins: int, more: int) -> None:
    """Its ends are the shares p at which the count is 1.96 of p's own deviations away."""
    votes = max(wins + more, 1)
    wins = min(wins, votes)
    for end in wilson(wins, votes):
        if 1e-9 < end < 1 - 1e-9:
            away = abs(wins / votes - end) / math.sqrt(end * (1 - end) / votes)
            assert away == pytest.approx(1.959964, rel=1e-5)
    low, high = wilson(wins, votes)
    assert 0 <= low <= wins / votes <= high <= 1


def test_bradley_terry_by_its_likelihood() -> None:
    """No other strengths make the votes, half a win added to each side, likelier."""
    wins = np.array([[0, 9, 7], [3, 0, 8], [1, 2, 0]], dtype=float)
    found = bradley_terry(wins)
    counted = wins + 0.5 * (1 - np.eye(3))

    def likelihood(s: np.ndarray) -> float:
        return float(-(counted * np.log1p(np.exp(s[None] - s[:, None]))).sum())

    best = likelihood(found)
    for step in np.random.default_rng(0).normal(0, 0.05, (50, 3)):
        assert likelihood(found + step) <= best + 1e-9
    assert found.sum() == pytest.approx(0, abs=1e-9)
    assert np.isfinite(bradley_terry(np.array([[0.0, 5], [0, 0]]))).all()


def test_votes_come_back_and_edits_are_seen(study: Study) -> None:
    file = open_votes(study)
    votes = simulate(study, voters=2, clickers=0, each=5)
    for vote in votes:
        file.add(vote)
    assert open_votes(study).votes == votes
    again = open_votes(study)
    with pytest.raises(BadValue, match="already"):
        again.add(votes[0])
    whole = study.votes.read_text().splitlines(keepends=True)
    edited = [whole[0].replace('"left"', '"x"').replace('"right"', '"left"').replace("x", "right")]
    for broken in ([*edited, *whole[1:]], [whole[0], *whole[2:]], [whole[1], whole[0]]):
        study.votes.write_text("".join(broken))
        with pytest.raises(DataError, match="was edited"):
            open_votes(study)
    study.votes.write_text(whole[0].replace(study.id, "0" * 16))
    with pytest.raises(DataError, match="a vote of another study"):
        open_votes(study)
    study.votes.write_text("left\n")
    with pytest.raises(DataError, match="Line 1 of .* is no vote"):
        open_votes(study)
    study.votes.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"votes\.jsonl cannot be read"):
        open_votes(study)


def test_a_report_without_voters_who_look_is_a_sentence(study: Study) -> None:
    with pytest.raises(DataError, match="of 0 voters none"):
        make_report(study, [])
    votes = simulate(study, voters=3, clickers=3)
    with pytest.raises(DataError, match=f"of 3 voters none has a middle vote of {FASTEST:g} s"):
        make_report(study, votes)


@pytest.fixture
def server(study: Study) -> Iterator[Server]:
    one = make_server(study, each=10)
    thread = threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield one
    one.shutdown()
    one.server_close()
    thread.join()


def ask(server: Server, path: str, body: bytes | None = None, **headers: str) -> bytes:
    url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request) as found:
        content: bytes = found.read()
    return content


def refused(server: Server, path: str, body: bytes | None = None, **headers: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(server, path, body, **headers)
    error.value.close()
    return error.value.code


def test_a_voter_sees_pictures_without_names_and_only_votes_are_kept(
    server: Server, study: Study
) -> None:
    page = ask(server, "/").decode()
    assert "no name, no address, no cookie" in page and "viewport" in page
    text = ask(server, "/session").decode()
    assert not any(method in text for method in STRENGTH) and "photo-" not in text
    session: dict[str, Any] = json.loads(text)
    assert len(session["pairs"]) == 11
    for one in (session["pairs"][0], session["pairs"][-1]):
        own = study.pairs[one["pair"]].files
        assert one["files"] == list(own[::-1] if one["turned"] else own)
        for file in one["files"]:
            assert ask(server, f"/pictures/{file}").startswith(b"\x89PNG")
        vote = {"voter": session["voter"], "pair": one["pair"], "turned": one["turned"]}
        ask(server, "/vote", json.dumps(vote | {"choice": "left", "seconds": 1.5}).encode())
    kept = [json.loads(line) for line in study.votes.read_text().splitlines()]
    assert len(kept) == 2
    assert set(kept[0]) == {"study", "voter", "pair", "turned", "choice", "seconds", "seal"}
    assert re.fullmatch("[0-9a-f]{16}", kept[0]["voter"])


def test_what_is_no_vote_is_refused_and_nothing_is_kept(server: Server, study: Study) -> None:
    good = {"voter": "a", "pair": 0, "turned": False, "choice": "left", "seconds": 1.0}
    for change in (
        {"pair": 999},
        {"choice": "up"},
        {"seconds": -1},
        {"seconds": "nan"},
        {"voter": ""},
    ):
        assert refused(server, "/vote", json.dumps(good | change).encode()) == 400
    assert refused(server, "/vote", b"[]") == 400
    assert refused(server, "/vote", b"x" * 3000) == 400
    assert refused(server, "/vote", json.dumps(good).encode(), Origin="http://elsewhere") == 403
    assert refused(server, "/session", Host="elsewhere:80") == 403
    assert refused(server, "/pictures/../study.json") == 404
    assert refused(server, "/study.json") == 404
    assert not study.votes.exists()


def test_a_port_in_use_and_no_pairs_a_voter_are_sentences(server: Server, study: Study) -> None:
    with pytest.raises(BadValue, match="cannot be used"):
        make_server(study, port=server.server_address[1])
    with pytest.raises(BadValue, match="give at least 1"):
        make_server(study, each=0)


def test_the_commands(folders: list[Path], tmp_path: Path) -> None:
    output, table = tmp_path / "out", tmp_path / "votes.csv"
    words = ["study", "make", *map(str, folders), "-o", str(output), "--most", "5"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0 and "15 pairs of ours, theirs, others" in done.output
    assert "Left out of ours: alone.png\n" in done.output and done.output.count("Left out") == 1
    study = read_study(output)
    file = open_votes(study)
    for vote in simulate(study, voters=6, clickers=1, each=15):
        file.add(vote)
    done = CliRunner().invoke(main, ["study", "report", str(output), "--csv", str(table)])
    assert done.exit_code == 0, done.output
    assert "| ours against theirs |" in done.output
    assert "1 more left out, whose middle vote took less than 0.7 s" in done.output
    lines = table.read_text().splitlines()
    assert lines[0].startswith("one,other,votes") and len(lines) == 4
    done = CliRunner().invoke(main, ["study", "report", str(tmp_path / "none")])
    assert done.exit_code == 1 and "holds no study" in done.stderr


def test_a_table_by_hand(study: Study) -> None:
    report = Report((), (("ours", 0.5),), 3, 1, 0.7, (3, 4))
    assert "Of 4 pairs shown twice 75 % alike" in as_markdown(report)
    assert as_csv(report) == "one,other,votes,wins of one,share,low,high\n"
