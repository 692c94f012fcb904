"""Every error a caller can cause, and the one that Chromafield causes itself.

    ChromafieldError
    ├── UnknownName        no model, field or option of that name
    ├── BadValue           an argument outside its range
    ├── MissingExtra       an optional package is not installed
    ├── PictureError       a picture cannot be read, or is not one that is coloured
    │   └── AlreadyColour  it has colours of its own
    ├── OutputError        a result cannot be written
    ├── WeightsError       a weight file is missing, damaged or of another model
    │   └── WeightsMismatch
    ├── DataError          training or checking pictures are missing or unusable
    ├── ServerError        a server is gone, or refuses what is asked of it
    ├── ClusterError       a cluster is not there, or loses its workers
    ├── SolveError         a field did not converge
    ├── TrainingDiverged   the loss is no longer a number
    ├── Forked             this process was forked from one that used threads
    └── InternalError      a fault of Chromafield itself, to be reported

Each message says what was wrong, what was seen and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence


class ChromafieldError(Exception):
    """The root of the tree; catch this to catch them all."""


class UnknownName(ChromafieldError):
    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(f"No {kind} named {name!r}. There are: {', '.join(known)}.")


class BadValue(ChromafieldError):
    """An argument outside its range."""


class MissingExtra(ChromafieldError):
    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional package. Install it in Chromafield's folder with: "
            f"pip install '.[{extra}]'"
        )


EXTRA_OF = {"numba": "fields", "scipy": "fields"}  # packages that come with an extra


def missing(what: str, error: ModuleNotFoundError) -> Exception:
    """The sentence on a package that is not there, if it comes with an extra; else the error."""
    extra = EXTRA_OF.get((error.name or "").partition(".")[0])
    return error if extra is None else MissingExtra(what, extra)


class PictureError(ChromafieldError):
    """A picture that cannot be read, or is not one that is coloured."""


class AlreadyColour(PictureError):
    def __init__(self, name: str, where: str | None = None) -> None:
        """`where` is a sentence on what part of it is in colour."""
        super().__init__(
            f"{name} is already in colour. {f'{where} ' if where else ''}"
            "Use --force (force=True) to replace its colours."
        )


class OutputError(ChromafieldError):
    """A result that cannot be written."""


class WeightsError(ChromafieldError):
    """A weight file that is missing, damaged or of another model."""


class WeightsMismatch(WeightsError):
    def __init__(self, path: str, missing: Sequence[str], surplus: Sequence[str]) -> None:
        def first(names: Sequence[str]) -> str:
            return ", ".join(names[:3]) + (" ..." if len(names) > 3 else "") if names else "none"

        super().__init__(
            f"The weights in {path} are of another model: missing {first(missing)}; "
            f"not known to the model: {first(surplus)}. Name the model they were trained for."
        )


class DataError(ChromafieldError):
    """Training or checking pictures that are missing or unusable."""


class ServerError(ChromafieldError):
    """A server that is gone, or refuses what is asked of it."""


class ClusterError(ChromafieldError):
    """A cluster that is not there, or loses its workers."""


class SolveError(ChromafieldError):
    """A field that did not reach its tolerance."""


class TrainingDiverged(ChromafieldError):
    def __init__(self, step: int, loss: float) -> None:
        super().__init__(
            f"The loss at step {step} is {loss}. Resume from the last checkpoint with a lower --lr."
        )


class Forked(ChromafieldError):
    """A process that was forked after Chromafield was used in its parent."""

    def __init__(self) -> None:
        super().__init__(
            "This process was forked from one that used Chromafield, whose threads it has not. "
            "Start processes with multiprocessing.get_context('spawn'), or use Chromafield in the "
            "children alone, or set OMP_NUM_THREADS=1 before the parent starts."
        )


class InternalError(ChromafieldError):
    """A fault of Chromafield itself, named so that it can be reported."""

    def __init__(self, subject: str, version: str, place: str, error: BaseException) -> None:
        reason = " ".join(str(error).split()).rstrip(".")
        kind = type(error).__name__
        super().__init__(
            f"{subject} met a fault of Chromafield {version} itself, at {place} "
            f"({kind}{': ' + reason if reason else ''}); its file may be sound. Report this "
            "sentence, and the file if you may share it, to Chromafield's maintainers. Until it is "
            "mended, save the picture anew as PNG in a picture editor and try that one."
        )
