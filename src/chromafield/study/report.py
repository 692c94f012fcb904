"""What votes say: wins with their intervals, an order of all methods, who was left out and why.

    wins      the share of the votes on two methods, with Wilson's 95 % interval
    order     Bradley and Terry's strengths, p(i before j) = s_i / (s_i + s_j), by Hunter's
              minorization; each two methods that met count half a win more on either side, so
              that the strengths are finite; told as natural logarithms around 0
    clicking  a voter whose middle vote took less than a threshold did not look, and is left out
    again     of pairs that came twice, turned: the share in which one picture was chosen twice

References:
    Wilson, Probable inference, 1927; Bradley and Terry, Rank analysis of incomplete block designs,
    1952; Hunter, MM algorithms for generalized Bradley-Terry models, 2004.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..tables import as_table
from .pairs import Study
from .votes import Vote

FASTEST = 0.7  # seconds: the middle vote of somebody who looks takes longer
Z = 1.959964  # of a 95 % interval
STEPS, TOLERANCE = 10_000, 1e-10


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two methods' votes against each other."""

    one: str
    other: str
    wins: int  # of the one
    votes: int

    @property
    def share(self) -> float:
        return self.wins / self.votes

    def interval(self) -> tuple[float, float]:
        return wilson(self.wins, self.votes)


@dataclass(frozen=True)
class Report:
    meetings: tuple[Meeting, ...]
    order: tuple[tuple[str, float], ...]  # methods and logarithms of strengths, the best first
    voters: int  # that count
    left_out: int  # voters who clicked too fast
    fastest: float  # the threshold, seconds
    again: tuple[int, int]  # pairs chosen alike twice, of how many


def make_report(study: Study, votes: Sequence[Vote], fastest: float = FASTEST) -> Report:
    """Count the votes.

    Args:
        fastest: seconds; voters whose middle vote took less are left out.

    Raises:
        DataError: no vote is left.
    """
    by_voter = defaultdict(list)
    for vote in votes:
        by_voter[vote.voter].append(vote)
    slow = {
        voter: own
        for voter, own in by_voter.items()
        if statistics.median(vote.seconds for vote in own) >= fastest
    }
    kept = [vote for own in slow.values() for vote in own]
    if not kept:
        raise DataError(
            f"There is nothing to report: of {len(by_voter)} voters none has a middle vote of "
            f"{fastest:g} s or more. Lower --fastest, or wait for votes."
        )
    first = [vote for vote in kept if not vote.turned]
    wins = _wins(study, first)
    meetings = [
        Meeting(study.methods[i], study.methods[j], int(wins[i, j]), int(wins[i, j] + wins[j, i]))
        for i, j in itertools.combinations(range(len(study.methods)), 2)
        if wins[i, j] + wins[j, i]
    ]
    strength = bradley_terry(wins)
    order = sorted(zip(study.methods, strength.tolist(), strict=True), key=lambda m: -m[1])
    left = len(by_voter) - len(slow)
    return Report(tuple(meetings), tuple(order), len(slow), left, fastest, _again(kept))


def wilson(wins: int, votes: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    p, z2 = wins / votes, Z * Z / votes
    middle = (p + z2 / 2) / (1 + z2)
    half = Z / (1 + z2) * math.sqrt(p * (1 - p) / votes + z2 / (4 * votes))
    return max(min(middle - half, p), 0.0), min(max(middle + half, p), 1.0)


def bradley_terry(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms of the strengths, of mean 0.

    Args:
        wins: how often each row's method was chosen against each column's.
    """
    met = (wins + wins.T) > 0
    counted = wins + 0.5 * met
    both = counted + counted.T
    strength = np.ones(len(wins))
    for _ in range(STEPS):
        new = counted.sum(1) / np.maximum((both / (strength[:, None] + strength)).sum(1), 1e-300)
        new = np.where(met.any(1), new, 1.0)
        new /= np.exp(np.log(new).mean())
        if np.abs(new - strength).max() < TOLERANCE:
            break
        strength = new
    logarithms: NDArray[np.float64] = np.log(new)
    return logarithms


def _wins(study: Study, votes: Sequence[Vote]) -> NDArray[np.float64]:
    number = {method: i for i, method in enumerate(study.methods)}
    wins = np.zeros((len(number), len(number)))
    for vote in votes:
        methods = study.pairs[vote.pair].methods
        chosen = vote.chosen()
        wins[number[methods[chosen]], number[methods[1 - chosen]]] += 1
    return wins


def _again(votes: Sequence[Vote]) -> tuple[int, int]:
    first = {(vote.voter, vote.pair): vote for vote in votes if not vote.turned}
    twice = [
        (vote, first[vote.voter, vote.pair])
        for vote in votes
        if vote.turned and (vote.voter, vote.pair) in first
    ]
    return sum(one.chosen() == other.chosen() for one, other in twice), len(twice)


def as_markdown(report: Report) -> str:
    """The tables, and a sentence on who counts."""
    meetings = as_table(
        {
            "methods": f"{m.one} against {m.other}",
            "votes": str(m.votes),
            "the first wins": f"{100 * m.share:.1f} %",
            "95 % interval": "{:.1f} to {:.1f} %".format(*(100 * end for end in m.interval())),
        }
        for m in report.meetings
    )
    order = as_table(
        {"method": method, "log strength": f"{strength:+.2f}"} for method, strength in report.order
    )
    alike, twice = report.again
    again = f" Of {twice} pairs shown twice {100 * alike / twice:.0f} % alike." if twice else ""
    return (
        f"{meetings}\n{order}\n{report.voters} voters; {report.left_out} more left out, whose "
        f"middle vote took less than {report.fastest:g} s.{again}\n"
    )


def as_csv(report: Report) -> str:
    """A line for each two methods."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["one", "other", "votes", "wins of one", "share", "low", "high"])
    for m in report.meetings:
        low, high = m.interval()
        writer.writerow(
            [m.one, m.other, m.votes, m.wins, f"{m.share:.4f}", f"{low:.4f}", f"{high:.4f}"]
        )
    return out.getvalue()
