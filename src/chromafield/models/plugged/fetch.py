"""A file from its maker's address: gone on with where it was stopped, checked before it counts."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import OutputError, WeightsError
from .catalogue import Offer
from .store import digest_of, folder

FREE_SPACE = ".fetched"  # in the user's folder: what is not whole yet
CHUNK = 1 << 16  # bytes
PATIENCE = 60.0  # seconds without a byte
Progress = Callable[[int, int], None]  # bytes that are there, and in all (0: not known)


def fetch(offer: Offer, progress: Progress = lambda have, total: None) -> tuple[Path, str]:
    """The file and its SHA-256; what is there of it already is not fetched again.

    Raises:
        WeightsError: it cannot be fetched, stopped before its end, or is another than was offered.
        OutputError: it cannot be written.
    """
    part = folder() / FREE_SPACE / offer.file
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.exists() else 0
    except OSError as error:
        raise _unwritten(part, error) from error
    if not offer.size or have != offer.size:
        _receive(offer, part, have, progress)
    digest = digest_of(part)
    if offer.sha256 and digest != offer.sha256:
        part.unlink()
        raise WeightsError(
            f"What {offer.address} gave is not what was expected: its SHA-256 is {digest[:16]}..., "
            f"not {offer.sha256[:16]}... It was deleted. Try again; if it stays so, its makers "
            "have changed it."
        )
    return part, digest


def discard(path: Path) -> None:
    """Delete a fetched file that is not wanted."""
    path.unlink(missing_ok=True)


def _receive(offer: Offer, part: Path, have: int, progress: Progress) -> None:
    headers = {"User-Agent": f"chromafield/{__version__}"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(offer.address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            begin, total = _place(response, have)
            if offer.size and total and total != offer.size:
                raise WeightsError(
                    f"{offer.address} offers {total:,} bytes where {offer.size:,} are expected. "
                    "Its makers have changed it; nothing was fetched."
                )
            got = _write(response, part, begin, offer, total, progress)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            if error.headers.get("Content-Range") == f"bytes */{have}":
                return  # it is whole
            part.unlink()  # of another file
            _receive(offer, part, 0, progress)
            return
        raise WeightsError(
            f"{offer.address} cannot be fetched: it answers {error.code} ({error.reason})."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise WeightsError(
            f"Fetching {offer.address} stopped ({_reason(error)}). What came is kept: the same "
            "command goes on from there."
        ) from error
    expected = total or offer.size
    if expected and got < expected:
        raise WeightsError(
            f"Fetching {offer.address} stopped after {got:,} of {expected:,} bytes. They are kept: "
            "the same command goes on from there."
        )


def _place(response: Any, have: int) -> tuple[int, int]:
    """Where in the file the answer begins, and how long the file is (0: not told)."""
    told = str(response.headers.get("Content-Length") or "")
    length = int(told) if told.isdecimal() else 0
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0, length
    content_range = str(response.headers.get("Content-Range") or "")
    if not content_range.startswith(f"bytes {have}-"):
        raise http.client.HTTPException(f"asked for bytes from {have} on, given {content_range!r}")
    return have, have + length if length else 0


def _write(
    response: Any, part: Path, begin: int, offer: Offer, total: int, progress: Progress
) -> int:
    """Returns: the bytes that are there.

    Raises:
        WeightsError: there are more than were offered; nothing of them is kept.
    """
    got = begin
    try:
        file = part.open("ab" if begin else "wb")
    except OSError as error:
        raise _unwritten(part, error) from error
    with file:
        while data := response.read(CHUNK):
            try:
                file.write(data)
                file.flush()
            except OSError as error:
                raise _unwritten(part, error) from error
            got += len(data)
            if offer.size and got > offer.size:
                part.unlink()
                raise WeightsError(
                    f"{offer.address} gives more than the {offer.size:,} bytes that are expected. "
                    "Its makers have changed it; nothing of it is kept."
                )
            progress(got, total or offer.size)
    return got


def _reason(error: Exception) -> str:
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(inner) or type(inner).__name__


def _unwritten(part: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{part} cannot be written ({error.strerror}). Free some space, or name another folder in "
        "CHROMAFIELD_MODELS."
    )
