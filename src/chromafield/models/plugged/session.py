"""An ONNX file open in onnxruntime: numbers in, numbers out, and a sentence for what goes wrong."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import MissingExtra, WeightsError

BYTES = "tensor(uint8)"  # takes levels from 0 to 255, without parts of one
KINDS: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    BYTES: np.uint8,
}
TAKEN = (1, 3, 4)  # planes of an input
GIVEN = (2, 3, 313)  # planes of an output
PROVIDERS = {"cuda": "CUDAExecutionProvider", "mps": "CoreMLExecutionProvider"}  # by our device
CPU = "CPUExecutionProvider"
QUIET = 4  # onnxruntime's log: what is wrong is raised as well
MOST_WORDS = 300  # characters of what it says that are told


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output of the graph."""

    name: str
    shape: tuple[int | None, ...]  # pictures, planes, height, width; None: any
    kind: str  # onnxruntime's word for the type of its numbers
    last: bool = False  # in the graph its planes come last


@dataclass(frozen=True, slots=True)
class Session:
    path: Path
    inner: Any  # onnxruntime's own
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    notes: dict[str, str]  # the file's metadata

    def output(self, name: str) -> Port:
        """Raises: WeightsError: it has no such output."""
        return _named(self.outputs, name, "output", self.path)

    def run(
        self, seen: NDArray[np.float32], input_name: str = "", output_name: str = ""
    ) -> NDArray[np.float32]:
        """The answer, in single precision; planes first here, where the graph has them last too.

        Raises:
            WeightsError: the graph has no such input or output, or cannot take what it is shown.
        """
        port = _named(self.inputs, input_name, "input", self.path)
        out = self.output(output_name)
        if port.kind == BYTES:
            seen = np.rint(seen).clip(0, 255)
        values = seen.astype(KINDS[port.kind])
        try:
            (output,) = self.inner.run(
                [out.name], {port.name: np.moveaxis(values, 1, -1) if port.last else values}
            )
        except Exception as error:  # onnxruntime's errors share no class of their own
            raise WeightsError(
                f"{self.path} cannot take an input of shape {seen.shape}: {_message(error)}"
            ) from error
        output = np.asarray(output, np.float32)
        return np.moveaxis(output, -1, 1) if _planes_last(output.shape, GIVEN) else output


def open_session(path: Path, device: str = "cpu") -> Session:
    """Open the file.

    Raises:
        MissingExtra: onnxruntime is not installed.
        WeightsError: the file is none that onnxruntime can run here.
    """
    runtime = _runtime()
    _refuse_size(path)
    options = runtime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    try:
        inner = runtime.InferenceSession(str(path), options, providers=_providers(runtime, device))
    except Exception as error:  # as above
        raise WeightsError(_sentence(path, error)) from error
    taken = tuple(_port(port, TAKEN) for port in inner.get_inputs())
    given = tuple(_port(port, GIVEN) for port in inner.get_outputs())
    for port in taken:
        if port.kind not in KINDS:
            known = ", ".join(KINDS)
            raise WeightsError(
                f"{path} takes {port.name} as {port.kind}; networks that take {known} can be used."
            )
    return Session(path, inner, taken, given, dict(inner.get_modelmeta().custom_metadata_map))


def refuse_missing() -> None:
    """Raises: MissingExtra: onnxruntime is not installed."""
    _runtime()


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("An ONNX network", "onnx") from error
    return onnxruntime


def _providers(runtime: Any, device: str) -> list[str]:
    wanted = PROVIDERS.get(device.partition(":")[0])
    if wanted is None:
        return [CPU]
    if wanted in runtime.get_available_providers():
        return [wanted, CPU]
    if wanted == PROVIDERS["cuda"]:
        warnings.warn(
            "This onnxruntime cannot use CUDA: the network runs on the CPU. For CUDA install "
            "onnxruntime-gpu in its place.",
            stacklevel=2,
        )
    return [CPU]


def _port(port: Any, planes: tuple[int, ...]) -> Port:
    shape = tuple(side if isinstance(side, int) else None for side in port.shape or ())
    if last := _planes_last(shape, planes):
        shape = (shape[0], shape[3], shape[1], shape[2])
    return Port(port.name, shape, port.type, last)


def _planes_last(shape: tuple[int | None, ...], planes: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[1] not in planes and shape[3] in planes


def _named(ports: tuple[Port, ...], name: str, what: str, path: Path) -> Port:
    for port in ports:
        if port.name == name or not name:
            return port
    known = ", ".join(port.name for port in ports)
    raise WeightsError(f"{path} has no {what} {name!r}. It has: {known}. Correct its description.")


def _refuse_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise WeightsError(f"The network {path} cannot be read ({error.strerror}).") from error
    if not path.is_file():
        raise WeightsError(f"{path} is no file.")
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows does not tell
        return
    if size > memory:
        raise WeightsError(
            f"{path} has {size / 1e9:.1f} GB; this machine has {memory / 1e9:.1f} GB of memory. "
            "Use a smaller network."
        )


def _sentence(path: Path, error: Exception) -> str:
    message = str(error)
    if isinstance(error, MemoryError) or "bad_alloc" in message:
        return f"{path} does not fit into this machine's memory. Use a smaller network."
    if "Protobuf parsing failed" in message or "No graph was found" in message:
        return f"{path} is no ONNX file, or was cut short."
    if "ValidateOpsetForDomain" in message or "Unsupported model IR version" in message:
        return (
            f"{path} was made for a later onnxruntime than the one here. Update it: "
            "pip install -U onnxruntime"
        )
    if "No Op registered" in message or "is not a registered function/op" in message:
        return f"{path} has operators that onnxruntime does not know: {_message(error)}"
    if "external" in message.lower() or "model_path must not be empty" in message:
        return (
            f"{path} keeps its weights in another file, which is not beside it. Put it there "
            f"({_message(error)})."
        )
    return f"{path} cannot be run: {_message(error)}"


def _message(error: Exception) -> str:
    """What onnxruntime says, in one line, without its codes and places."""
    words = re.sub(r"\[ONNXRuntimeError\] : \d+ : \w+ : ", "", " ".join(str(error).split()))
    return f"{words[:MOST_WORDS]}..." if len(words) > MOST_WORDS else words or type(error).__name__
