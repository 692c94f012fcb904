"""An ONNX file open in onnxruntime: numbers in, numbers out, and a sentence for what goes wrong."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import MissingExtra, WeightsError

KINDS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
PROVIDERS = {"cuda": "CUDAExecutionProvider", "mps": "CoreMLExecutionProvider"}  # by our device
CPU = "CPUExecutionProvider"
QUIET = 4  # onnxruntime's log: what is wrong is raised as well


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output of the graph."""

    name: str
    shape: tuple[int | None, ...]  # None: any
    kind: str  # onnxruntime's word for the type of its numbers


@dataclass(frozen=True, slots=True)
class Session:
    path: Path
    inner: Any  # onnxruntime's own
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    notes: dict[str, str]  # the file's metadata

    def run(
        self, seen: NDArray[np.float32], input_name: str = "", output_name: str = ""
    ) -> NDArray[np.float32]:
        """The answer, in single precision.

        Raises:
            WeightsError: the graph has no such input or output, or cannot take what it is shown.
        """
        port = _named(self.inputs, input_name, "input", self.path)
        out = _named(self.outputs, output_name, "output", self.path)
        try:
            (output,) = self.inner.run([out.name], {port.name: seen.astype(KINDS[port.kind])})
        except Exception as error:  # onnxruntime's errors share no class of their own
            raise WeightsError(
                f"{self.path} cannot take an input of shape {seen.shape}: {_first_line(error)}"
            ) from error
        return np.asarray(output, np.float32)


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
    taken, given = (tuple(map(_port, ports)) for ports in (inner.get_inputs(), inner.get_outputs()))
    for port in taken:
        if port.kind not in KINDS:
            raise WeightsError(
                f"{path} takes {port.name} as {port.kind}; networks that take float or float16 "
                "can be used."
            )
    return Session(path, inner, taken, given, dict(inner.get_modelmeta().custom_metadata_map))


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


def _port(port: Any) -> Port:
    shape = tuple(side if isinstance(side, int) else None for side in port.shape)
    return Port(port.name, shape, port.type)


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
    message = _first_line(error)
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
        return f"{path} has operators that onnxruntime does not know: {message}"
    if "external" in message.lower() or "model_path must not be empty" in message:
        return (
            f"{path} keeps its weights in another file, which is not beside it ({message}). Put it "
            "there."
        )
    return f"{path} cannot be run: {message}"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
