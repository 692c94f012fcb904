"""The three weight files that make one sampler, checked against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from torch import nn

from ...errors import WeightsError
from ...plugins import configure
from .. import to_device
from ..weights import SHIPPED, SUFFIX, load_network
from . import mdn, structure, vae

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Diverse:
    """Networks that were trained on each other, ready to answer."""

    vae: vae.Vae
    structure: structure.Structure
    mdn: mdn.MixtureDensity


@dataclass(frozen=True, slots=True)
class Plain:
    """VAE and mixture alone, without the field: Deshpande et al.'s sampler."""

    vae: vae.Vae
    mdn: mdn.MixtureDensity


def create_vae(**options: object) -> vae.Vae:
    """Fresh weights.

    Raises:
        BadValue: an option that its `Config` does not have; so do the other two.
    """
    return vae.Vae(configure(vae.Config, options, "vae"))


def create_structure(**options: object) -> structure.Structure:
    return structure.Structure(configure(structure.Config, options, "structure"))


def create_mdn(**options: object) -> mdn.MixtureDensity:
    return mdn.MixtureDensity(configure(mdn.Config, options, "mdn"))


def load_vae(path: Path) -> tuple[vae.Vae, str]:
    """The VAE in a weight file, and the file's SHA-256.

    Raises:
        WeightsError: the weights are missing, damaged or of another network.
    """
    return load_network(path, "vae", create_vae)


def load_diverse(folder: Path = SHIPPED, device: str = "cpu") -> Diverse:
    """`vae`, `structure` and `mdn.safetensors` in a folder; those that ship by default.

    Raises:
        WeightsError: one is missing, damaged, of another network, or was trained on another VAE.
    """
    base, digest = load_vae(folder / f"vae{SUFFIX}")
    shape, _ = load_network(folder / f"structure{SUFFIX}", "structure", create_structure)
    _check(folder, "structure", shape.config.vae, digest)
    codes = _load_mdn(folder, digest)
    return Diverse(_ready(base, device), _ready(shape, device), _ready(codes, device))


def load_plain(folder: Path, device: str = "cpu") -> Plain:
    """`vae` and `mdn.safetensors` in a folder; raises as `load_diverse`."""
    base, digest = load_vae(folder / f"vae{SUFFIX}")
    return Plain(_ready(base, device), _ready(_load_mdn(folder, digest), device))


def _load_mdn(folder: Path, digest: str) -> mdn.MixtureDensity:
    codes, _ = load_network(folder / f"mdn{SUFFIX}", "mdn", create_mdn)
    _check(folder, "mdn", codes.config.vae, digest)
    return codes


def _check(folder: Path, name: str, stored: str, digest: str) -> None:
    if stored != digest:
        raise WeightsError(
            f"{folder / name}{SUFFIX} was trained on another VAE ({stored[:12]}...) than "
            f"{folder / 'vae'}{SUFFIX} ({digest[:12]}...). Put files of one training into the "
            "folder."
        )


def _ready(network: N, device: str) -> N:
    return to_device(network.eval().requires_grad_(False), device)  # type: ignore[return-value]
