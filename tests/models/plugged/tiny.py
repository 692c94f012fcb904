"""Tiny ONNX networks of each kind that people have, and the same arithmetic in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

IR, OPSET = 8, 17
MEAN = np.array([0.485, 0.456, 0.406])[:, None, None]
DEVIATION = np.array([0.229, 0.224, 0.225])[:, None, None]
Array = NDArray[Any]
Side = int | str


class Graph:
    """Nodes one after the other, from `input` on."""

    def __init__(self, planes: Side, height: Side = "h", width: Side = "w") -> None:
        shape = [1 if isinstance(height, int) else "n", planes, height, width]
        self.inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.last = "input"

    def constant(self, value: Array | Sequence[float] | float) -> str:
        name = f"c{len(self.constants)}"
        value = np.asarray(value, np.float32)
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def do(self, operator: str, *others: Array | float, **attributes: Any) -> Graph:
        """Apply an operator to what was made last and to constants."""
        name = f"t{len(self.nodes)}"
        inside = [self.last, *(self.constant(other) for other in others)]
        self.nodes.append(helper.make_node(operator, inside, [name], **attributes))
        self.last = name
        return self

    def conv(self, weight: Array, stride: int = 1) -> Graph:
        return self.do("Conv", weight, strides=[stride, stride])

    def save(self, path: Path, planes: Side, name: str = "output", opset: int = OPSET) -> Path:
        self.nodes.append(helper.make_node("Identity", [self.last], [name]))
        shape = ["n", planes, "i", "j"]
        out = helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "tiny", self.inputs, [out], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = IR
        onnx.save(model, str(path))
        return path


def mix(seed: int, outside: int, inside: int, size: float) -> Array:
    """A 1 x 1 convolution's weights."""
    return np.random.default_rng(seed).normal(0, size, (outside, inside, 1, 1)).astype(np.float32)


def ddcolor(path: Path, side: int | None = 64) -> Path:
    """Grey RGB, 0 to 1, to ab: the square of the level, mixed."""
    graph = Graph(3, side or "h", side or "w")
    return graph.do("Pow", 2.0).conv(mix(0, 2, 3, 40)).save(path, 2)


def ddcolor_answer(grey: Array) -> Array:
    """What it says of (3, h, w)."""
    return np.einsum("oi,ihw->ohw", mix(0, 2, 3, 40)[:, :, 0, 0], grey**2)


TINT = np.array([0.10, -0.02, -0.08])[:, None, None]  # that a tiny DeOldify adds to mid-grey


def _tinted(grey: Array) -> Array:
    """sRGB of the tiny DeOldify for sRGB in [0, 1]."""
    return np.clip(grey + TINT * (4 * grey * (1 - grey)), 0, 1)


def deoldify(path: Path, way: str, side: int | None = None) -> Path:
    """Grey RGB to RGB, in one of three ranges in and out."""
    graph = Graph(3, side or "h", side or "w")
    if way == "0 to 255":
        graph.do("Div", 255.0)
    elif way == "ImageNet's":
        graph.do("Mul", DEVIATION[None]).do("Add", MEAN[None])
    # grey + 4 t grey (1 - grey) = (1 + 4 t) grey - 4 t grey^2; clipped as the networks do
    start = graph.last
    squared = graph.do("Pow", 2.0).do("Mul", -4 * TINT[None]).last
    graph.last = start
    graph.do("Mul", 1 + 4 * TINT[None])
    graph.nodes.append(helper.make_node("Add", [graph.last, squared], ["sum"]))
    graph.last = "sum"
    graph.do("Clip", 0.0, 1.0)
    if way == "0 to 255":
        graph.do("Mul", 255.0)
    elif way == "ImageNet's":
        graph.do("Sub", MEAN[None]).do("Div", DEVIATION[None])
    return graph.save(path, 3, "out")


def deoldify_answer(grey: Array) -> Array:
    return _tinted(grey)


def zhang(path: Path, answer: str) -> Path:
    """L, or (L - 50) / 100 for "ab/110", at a quarter of the size, to ab or cells."""
    graph = Graph(1)
    if answer == "ab/110":
        return graph.conv(mix(1, 2, 1, 1.0), stride=4).do("Tanh").save(path, 2)
    graph.do("Sub", 50.0).do("Div", 100.0)
    if answer == "ab":
        return graph.conv(mix(1, 2, 1, 90), stride=4).save(path, 2)
    graph.conv(mix(2, 313, 1, 6), stride=4)
    if answer == "probabilities":
        graph.do("Softmax", axis=1)
    return graph.save(path, 313)


def zhang_answer(lightness: Array, answer: str) -> Array:
    """What it says of (1, h, w); cells as their logits."""
    seen = (lightness[:, ::4, ::4] - 50) / 100
    if answer == "ab/110":
        return np.tanh(np.einsum("oi,ihw->ohw", mix(1, 2, 1, 1.0)[:, :, 0, 0], seen))
    weight = mix(1, 2, 1, 90) if answer == "ab" else mix(2, 313, 1, 6)
    return np.einsum("oi,ihw->ohw", weight[:, :, 0, 0], seen)


def with_hints(path: Path) -> Path:
    """(L - 50) / 100, ab / 110 and a mask, to ab / 110."""
    return Graph(4).conv(mix(3, 2, 4, 0.5)).do("Tanh").save(path, 2)


def answer_with_hints(planes: Array) -> Array:
    return np.tanh(np.einsum("oi,ihw->ohw", mix(3, 2, 4, 0.5)[:, :, 0, 0], planes))
