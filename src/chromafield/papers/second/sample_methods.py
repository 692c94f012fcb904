"""The methods that Table 2 compares: with the field and without, grey, and what a code can hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ...fields import Field
from ...models.rivals import DrawsColors
from ...models.sampler.loading import Diverse, Plain
from ...models.sampler.vae import STRIDE
from ...resize import resize, shrink
from ...sampling.samples import Codes, Sampling, draw, samples
from ...views.views import input_size
from ..logs import spent_on
from .sample_table import SampleMethod

GREY, FIELD, OWN = "all-grey", "with the field", "own code of the truth"
DECODED = "the same codes, no field"
PRIOR = "codes from N(0, I), no field"
PLAIN = "VAE + MDN"  # networks of their own, trained as long as those with the field


@dataclass(frozen=True)
class Ours:
    """The second paper's networks, asked in each of the ways that the table compares."""

    networks: Diverse
    sampling: Sampling
    field: Field | None = None

    def grey(self, lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        return torch.zeros(self.sampling.count, 2, *self._seen(lab).grey.size)

    def prior(self, lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        """Codes from N(0, I), decoded."""
        drawn = self._seen(lab)
        return self._decoded(drawn, self._noise(drawn))

    def decided(self, lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        """The field's colours."""
        canvases = samples(self._lightness(lab), self.networks, self.sampling, self.field)
        return torch.cat([canvas.solve() for canvas in canvases]).cpu()

    def own(self, lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        """Codes of the true colours, decoded."""
        drawn = self._seen(lab)
        seen = resize(lab[:, 1:].to(drawn.seen), (drawn.seen.shape[2], drawn.seen.shape[3]))
        posterior = self.networks.vae.encode(shrink(seen, drawn.grey.size), drawn.grey)
        return self._decoded(drawn, posterior.draw(self._noise(drawn)))

    def _seen(self, lab: Float[Tensor, "1 3 H W"]) -> Codes:
        one = replace(self.sampling, count=1)
        return draw(self._lightness(lab), self.networks, one)

    def _lightness(self, lab: Float[Tensor, "1 3 H W"]) -> Float[Tensor, "1 1 H W"]:
        return lab[:, :1].to(next(self.networks.vae.parameters()).device)

    def _noise(self, drawn: Codes) -> Float[Tensor, "n z"]:
        random = torch.Generator().manual_seed(self.sampling.seed)
        noise = torch.randn(self.sampling.count, drawn.codes.shape[1], generator=random)
        return noise.to(drawn.codes)

    def _decoded(self, drawn: Codes, codes: Float[Tensor, "n z"]) -> Float[Tensor, "n 2 h w"]:
        grey = drawn.grey.repeated(self.sampling.count)
        return self.networks.vae.decode(codes, grey).cpu()


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
    ours = Ours(networks, sampling, field)
    methods: dict[str, SampleMethod] = {GREY: ours.grey}
    methods |= {PLAIN: plain_method(baseline, sampling)} if baseline else {}
    methods |= {PRIOR: ours.prior, DECODED: plain_method(networks, sampling)}
    methods |= {FIELD: ours.decided, OWN: ours.own}
    return {name: torch.inference_mode()(method) for name, method in methods.items()}


def plain_method(own: Diverse | Plain, sampling: Sampling) -> SampleMethod:
    """Codes from the mixture, decoded."""

    def decode(lab: Float[Tensor, "1 3 H W"]) -> Tensor:
        drawn = draw(lab[:, :1].to(next(own.vae.parameters()).device), own, sampling)
        return own.vae.decode(drawn.codes, drawn.grey.repeated(len(drawn.codes))).cpu()

    return decode


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
