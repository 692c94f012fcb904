"""The methods that Table 2 compares: with the field and without, grey, and what a code can hold."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..fields import Field
from ..image.resize import resize, shrink
from ..models.diverse.loading import Diverse
from ..pipeline.samples import Sampling, draw, samples
from .sampled import Draw

GREY, PLAIN, FIELD, OWN = "all-grey", "VAE + MDN", "with the field", "own code of the truth"


def samplers(networks: Diverse, sampling: Sampling, field: Field | None = None) -> dict[str, Draw]:
    """Every method by name. VAE + MDN is Deshpande et al.'s; the same codes go through the field.

    The last row decodes codes drawn from the posterior of the true colours: no method can do it.
    """
    device = next(networks.vae.parameters()).device

    def plain(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        drawn = draw(lab[:, :1].to(device), networks, sampling)
        grey = drawn.grey.repeated(len(drawn.codes))
        return networks.vae.decode(drawn.codes, grey).cpu()

    def decided(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        canvases = samples(lab[:, :1].to(device), networks, sampling, field)
        return torch.cat([canvas.solve() for canvas in canvases]).cpu()

    def grey(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        return torch.zeros_like(plain(lab))

    def own(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        drawn = draw(lab[:, :1].to(device), networks, replace(sampling, count=1))
        seen = resize(lab[:, 1:].to(device), (drawn.seen.shape[2], drawn.seen.shape[3]))
        posterior = networks.vae.encode(shrink(seen, drawn.grey.size), drawn.grey)
        random = torch.Generator().manual_seed(sampling.seed)
        noise = torch.randn(sampling.count, posterior.mean.shape[1], generator=random)
        codes = posterior.draw(noise.to(device))
        return networks.vae.decode(codes, drawn.grey.repeated(sampling.count)).cpu()

    methods: dict[str, Draw] = {GREY: grey, PLAIN: plain, FIELD: decided, OWN: own}
    return {name: torch.inference_mode()(method) for name, method in methods.items()}
