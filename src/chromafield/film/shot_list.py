"""Lists of shots: read as cuts from text, CSV or EDL, and written as CSV or EDL.

A text has a time a line, where a shot begins; what stands behind # is a remark. A CSV has a column
of beginnings in seconds, as this program and PySceneDetect name it. An EDL is CMX 3600, as editing
programs write it: the record's beginning of each event counts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ..errors import BadValue, DataError, OutputError
from ..storage import write_atomically
from .references import frames_before
from .settings import Plan
from .source import open_source
from .survey import Survey
from .timecode import code_of, frame_of
from .times import Pace, pace_of, seconds_of
from .work import Progress, survey_of

COLUMNS = ("start_seconds", "Start Time (seconds)")  # in a CSV, of this program and PySceneDetect
HEADER = "shot,first_frame,frames,start_seconds,end_seconds,start,end,in_colour"
CODE = r"(\d\d:\d\d:\d\d[:;]\d\d)"
EVENT = re.compile(rf"\d+\s+\S+\s+\S+\s+\S.*?\s{CODE}\s+{CODE}\s+{CODE}\s+{CODE}\s*")
ZERO = "00:00:00:00"


def read_cuts(path: Path, pace: Callable[[], Pace]) -> tuple[float, ...]:
    """The seconds from a film's start at which shots begin.

    Args:
        pace: of the film; asked for where a time is a frame or a timecode.

    Raises:
        DataError: the file cannot be read, or names no time.
        BadValue: a line is no time.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The cuts {path} cannot be read ({_reason(error)}).") from error
    read = {".csv": _of_csv, ".edl": _of_edl}.get(path.suffix.lower(), _of_text)
    try:
        times = tuple(sorted(set(read(text, pace))))
    except BadValue as error:
        raise BadValue(f"{path}: {error}") from error
    if not times:
        raise DataError(f"{path} names no cut. Write a time a line, or give --no-cuts.")
    return times


def _of_text(text: str, pace: Callable[[], Pace]) -> Iterator[float]:
    for number, line in enumerate(text.splitlines(), start=1):
        if time := line.partition("#")[0].strip():
            try:
                yield seconds_of(time, pace)
            except BadValue as error:
                raise BadValue(f"line {number}: {error}") from error


def _of_csv(text: str, pace: Callable[[], Pace]) -> Iterator[float]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
        if found := next((name for name in COLUMNS if name in cells), None):
            rows = csv.reader(lines[number + 1 :])
            yield from (seconds_of(row[cells.index(found)], pace) for row in rows if row)
            return
    raise BadValue(f"there is no column {COLUMNS[0]}.")


def _of_edl(text: str, pace: Callable[[], Pace]) -> Iterator[float]:
    codes = [found[3] for line in text.splitlines() if (found := EVENT.match(line))]
    own = pace()
    # Where the film has no timecode of its own, the list's first event is its beginning.
    first = own.code or min(codes, default=ZERO)
    for code in codes:
        frames = (frame_of(code, own.rate) or 0) - (frame_of(first, own.rate) or 0)
        if frames < 0:
            raise BadValue(f"the event at {code} is before the film's first timecode, {first}.")
        yield seconds_of(f"{frames}f", pace)


@dataclass(frozen=True, slots=True)
class ShotList:
    """The shots of a film."""

    name: str  # of its file
    survey: Survey
    unit: Fraction  # seconds of a tick of the survey's times
    pace: Pace

    def write(self, path: Path) -> None:
        """Write the list; the ending says its kind.

        Raises:
            OutputError: it cannot be written, or is of another kind.
        """
        kinds = {".csv": self.as_csv, ".edl": self.as_edl}
        if path.suffix.lower() not in kinds:
            raise OutputError(f"{path} should end with .csv or .edl, for a list of shots.")
        try:
            write_atomically(path, kinds[path.suffix.lower()]())
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}).") from error

    def as_csv(self) -> str:
        """A line a shot: its frames, seconds, timecodes, and whether it is in colour."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(HEADER.split(","))
        for number, in_colour in enumerate(self.survey.in_colour):
            shot, (begin, end) = self.survey.shot(number), self.seconds(number)
            codes = (self.code(shot.start), self.code(shot.stop))
            told = (number + 1, shot.start + self.survey.before, len(shot))
            colour = "yes" if in_colour else "no"
            rows.writerow((*told, f"{begin:.6f}", f"{end:.6f}", *codes, colour))
        return out.getvalue()

    def as_edl(self) -> str:
        """An event a shot."""
        mode = "DROP FRAME" if self.drops else "NON-DROP FRAME"
        lines = [f"TITLE: {Path(self.name).stem}", f"FCM: {mode}", ""]
        for number in range(len(self.survey.shots)):
            shot = self.survey.shot(number)
            codes = " ".join([self.code(shot.start), self.code(shot.stop)] * 2)
            lines += [f"{number + 1:03d}  AX       V     C        {codes}"]
            lines += [f"* FROM CLIP NAME: {self.name}", ""]
        return "\n".join(lines)

    @property
    def drops(self) -> bool:
        """Does the timecode leave out numbers?"""
        return ";" in (self.pace.code or "")

    def seconds(self, number: int) -> tuple[float, float]:
        """When a shot begins and ends."""
        shot, times = self.survey.shot(number), self.survey.times
        end = times[shot.stop] if shot.stop < len(times) else times[-1] + self.survey.last
        return float(times[shot.start] * self.unit), float(end * self.unit)

    def code(self, frame: int) -> str:
        """The timecode of a frame, on the film's own clock."""
        first = frame_of(self.pace.code or ZERO, self.pace.rate) or 0
        return code_of(first + self.survey.before + frame, self.pace.rate, self.drops)


def list_shots(
    source: Path, plan: Plan, progress: Progress = lambda doing, done, of: None
) -> ShotList:
    """The shots of a film's part.

    Raises:
        PictureError: the source is no film, changes its size or has no frame.
    """
    survey = survey_of(source, plan, progress)
    if plan.start:
        survey = replace(survey, before=frames_before(source, plan, survey))
    with open_source(source, plan.rate) as opened:
        return ShotList(source.name, survey, opened.time_base, pace_of(source, plan.rate))


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
