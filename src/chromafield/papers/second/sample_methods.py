"""The methods that Table 2 compares: with the field and without, grey, and what a code can hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ...fields import Field
from ...models.rivals import DrawsColors
from ...models.sampler.loading import Diverse, Plain
from ...models.sampler.vae import STRIDE
from ...resize import resize, shrink
from ...sampling.samples import Sampling, draw, samples
from ...views.views import input_size
from ..logs import spent_on
from .sample_table import SampleMethod

GREY, FIELD, OWN = "all-grey", "with the field", "own code of the truth"
DECODED = "the same codes, no field"
PRIOR = "codes from N(0, I), no field"
PLAIN = "VAE + MDN"  # networks of their own, trained as long as those with the field


def sample_methods(
    networks: Diverse,
    sampling: Sampling,
    field: Field | None = None,
    baseline: Plain | None = None,
) -> dict[str, SampleMethod]:
    """Every method by name.

    The last row decodes codes drawn from the posterior of the true colours: no method can do it.

    Args:
        baseline: networks whose VAE and mixture alone are Deshpande et al.'s method.
    """
    device = next(networks.vae.parameters()).device

    def plain(own: Diverse | Plain) -> SampleMethod:
        def decode(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
            drawn = draw(lab[:, :1].to(device), own, sampling)
            grey = drawn.grey.repeated(len(drawn.codes))
            return own.vae.decode(drawn.codes, grey).cpu()

        return decode

    def decided(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        canvases = samples(lab[:, :1].to(device), networks, sampling, field)
        return torch.cat([canvas.solve() for canvas in canvases]).cpu()

    def grey(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        drawn = draw(lab[:, :1].to(device), networks, replace(sampling, count=1))
        return torch.zeros(sampling.count, 2, *drawn.grey.size)

    def own(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        drawn = draw(lab[:, :1].to(device), networks, replace(sampling, count=1))
        seen = resize(lab[:, 1:].to(device), (drawn.seen.shape[2], drawn.seen.shape[3]))
        posterior = networks.vae.encode(shrink(seen, drawn.grey.size), drawn.grey)
        random = torch.Generator().manual_seed(sampling.seed)
        noise = torch.randn(sampling.count, posterior.mean.shape[1], generator=random)
        codes = posterior.draw(noise.to(device))
        return networks.vae.decode(codes, drawn.grey.repeated(sampling.count)).cpu()

    def prior(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        drawn = draw(lab[:, :1].to(device), networks, replace(sampling, count=1))
        random = torch.Generator().manual_seed(sampling.seed)
        codes = torch.randn(sampling.count, drawn.codes.shape[1], generator=random)
        grey = drawn.grey.repeated(sampling.count)
        return networks.vae.decode(codes.to(device), grey).cpu()

    methods: dict[str, SampleMethod] = {GREY: grey}
    methods |= {PLAIN: plain(baseline)} if baseline else {}
    methods |= {PRIOR: prior, DECODED: plain(networks), FIELD: decided, OWN: own}
    return {name: torch.inference_mode()(method) for name, method in methods.items()}


def rival_method(model: DrawsColors, sampling: Sampling, device: str = "cpu") -> SampleMethod:
    """A network that draws colourings itself, on the grid that the others' colours have."""

    @torch.inference_mode()
    def color(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        size = input_size(lab.shape[2], lab.shape[3], sampling.size)
        seen = resize(lab[:, :1], size).to(device)
        random = torch.Generator().manual_seed(sampling.seed)
        ab = model.draw(seen.expand(sampling.count, -1, -1, -1), random)
        return resize(ab, (-(-size[0] // STRIDE), -(-size[1] // STRIDE))).cpu()

    return color


def training_minutes(folder: Path, baseline: Path | None = None) -> dict[str, float]:
    """By method, what the cards beside the weights say; a method with a card missing is left out.

    Args:
        folder: of the three networks.
        baseline: of the VAE and the mixture alone.
    """
    wanted: dict[str, tuple[Path, tuple[str, ...]]] = {
        DECODED: (folder, ("vae", "mdn")),
        FIELD: (folder, ("vae", "mdn", "structure")),
    }
    if baseline is not None:
        wanted[PLAIN] = (baseline, ("vae", "mdn"))
    out = {}
    for method, (path, names) in wanted.items():
        spent = [done[1] for name in names if (done := spent_on(path / f"{name}.md")) is not None]
        if len(spent) == len(names):
            out[method] = sum(spent)
    return out
