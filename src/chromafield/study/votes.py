"""Votes: a line each, every line sealed by a hash of itself and of the one before.

    {"study": ..., "voter": ..., "pair": 3, "turned": false, "choice": "left", "seconds": 1.9,
     "seal": ...}

Nothing else of a voter is kept: no name, no address. A voter is a random number that a page forgets
when it is closed.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BadValue, DataError
from .pairs import Study

SIDES = ("left", "right")
LONGEST = 86_400.0  # seconds of a vote
REPEATED = 0.1  # share of a voter's pairs that come again, turned


@dataclass(frozen=True, slots=True)
class Vote:
    voter: str
    pair: int  # its number in the study
    turned: bool  # the pair's left picture stood right
    choice: str  # the side as it was shown
    seconds: float  # from when both pictures were there

    def chosen(self) -> int:
        """The chosen one of the pair's two pictures: 0 or 1."""
        return SIDES.index(self.choice) ^ int(self.turned)


@dataclass(frozen=True, slots=True)
class Shown:
    """A pair as a voter is shown it."""

    pair: int
    turned: bool


def deal(study: Study, votes: Sequence[Vote], each: int, chance: random.Random) -> list[Shown]:
    """The pairs of a new voter: those with the fewest votes, in random order, some twice.

    Args:
        each: pairs, at most, without those that come again.
    """
    count = Counter(vote.pair for vote in votes if not vote.turned)
    numbers = list(range(len(study.pairs)))
    chance.shuffle(numbers)
    chosen = sorted(numbers, key=lambda number: count[number])[:each]
    chance.shuffle(chosen)
    first = [Shown(number, False) for number in chosen]
    again = [Shown(one.pair, True) for one in first[: round(REPEATED * len(first))]]
    return [*first, *again]


@dataclass
class VoteFile:
    """The votes of a study, which pages may add to at once."""

    study: Study
    votes: list[Vote] = field(default_factory=list)
    seal: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, vote: Vote) -> None:
        """Keep a vote.

        Raises:
            BadValue: it is of no pair, names no side, took an impossible time, or is there already.
        """
        check(vote, self.study)
        with self.lock:
            if any(_place(vote) == _place(other) for other in self.votes):
                raise BadValue("This pair has this voter's vote already.")
            record = {"study": self.study.id, **asdict(vote)}
            seal = sealed(record, self.seal)
            with self.study.votes.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record | {"seal": seal}) + "\n")
            self.votes.append(vote)
            self.seal = seal


def _place(vote: Vote) -> tuple[str, int, bool]:
    return vote.voter, vote.pair, vote.turned


def check(vote: Vote, study: Study) -> None:
    """Raises: BadValue: it is of no pair, names no side, or took an impossible time."""
    if not 0 <= vote.pair < len(study.pairs) or vote.choice not in SIDES:
        raise BadValue("This vote is for no pair of this study.")
    if not 0 <= vote.seconds <= LONGEST or not 1 <= len(vote.voter) <= 40:
        raise BadValue("This vote has no possible time or voter.")


def open_votes(study: Study) -> VoteFile:
    """Read the votes of a study; none is no error.

    Raises:
        DataError: votes of another study, a line that was edited, moved or removed, or no text.
    """
    found = VoteFile(study)
    if not study.votes.exists():
        return found
    try:
        lines = study.votes.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{study.votes} cannot be read ({error}).") from error
    for number, line in enumerate(lines, 1):
        record = _record(line, study.votes, number)
        if record.get("study") != study.id:
            raise DataError(
                f"Line {number} of {study.votes} is a vote of another study. Put the study's own "
                "votes back, or remove the file."
            )
        seal = record.pop("seal", None)
        if seal != sealed(record, found.seal):
            raise DataError(
                f"{study.votes} was edited: its line {number} is not as it was written, or one "
                "before it is gone. Put the file back as it was."
            )
        record.pop("study")
        found.votes.append(Vote(**record))
        found.seal = seal
    return found


def _record(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
        if isinstance(record, dict):
            return record
    except ValueError:
        pass
    raise DataError(f"Line {number} of {path} is no vote. Put the file back as it was.")


def sealed(record: dict[str, Any], before: str) -> str:
    """The seal of a line after the line with the seal `before`."""
    text = before + json.dumps(record, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
