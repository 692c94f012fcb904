"""What a colouring is worth against the true picture, measure by measure.

Truth and colouring are 8-bit sRGB of one size; the colouring keeps the truth's lightness, so all
measures speak of colour alone. Colourings are measured after gamut fitting and rounding to 8 bits,
as people get them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..color import ciede2000, rgb_to_lab
from ..color.palette import gamut_cells, rebalance, smooth_prior, soft_encode

AB_SCALE = 255.0  # the first paper's ab in [0, 1] is (ab + 128) / 255
AUC_REACH = 150.0  # ab units: the largest threshold of the accuracy curve
UNIFORM = 0.5  # share of the uniform prior in rebalancing (Zhang et al. 2016)


@dataclass(frozen=True, slots=True)
class Measures:
    """One picture's figures; `auc_sums` and `auc_counts` are per gamut cell of the true colour."""

    psnr: float  # dB, over RGB
    ab_mse: float  # mean square of ab in the first paper's [0, 1] scale
    ciede2000: float  # mean over pixels
    colourfulness: float  # Hasler and Suesstrunk on absolute opponents, as published tables have it
    colourfulness_signed: float  # the same on signed opponents, as its authors define it
    truth_colourfulness: float
    truth_colourfulness_signed: float
    auc: float  # area under the accuracy curve, share of 1
    auc_sums: Float[Tensor, " k"]
    auc_counts: Float[Tensor, " k"]


def measure(truth: UInt8[Tensor, "3 h w"], result: UInt8[Tensor, "3 h w"]) -> Measures:
    """All figures of one picture."""
    true, guess = truth.double() / 255, result.double() / 255
    true_lab, guess_lab = rgb_to_lab(true), rgb_to_lab(guess)
    scores = accuracy(true_lab[1:], guess_lab[1:])
    cells = soft_encode(true_lab[None, 1:].float())[0][0, 4].flatten()
    k = len(gamut_cells())
    sums = torch.zeros(k, dtype=torch.float64).index_add_(0, cells, scores.flatten())
    counts = torch.bincount(cells, minlength=k).double()
    return Measures(
        psnr=psnr(truth, result),
        ab_mse=float(((true_lab[1:] - guess_lab[1:]) / AB_SCALE).square().mean()),
        ciede2000=float(ciede2000(true_lab, guess_lab).mean()),
        colourfulness=colourfulness(result),
        colourfulness_signed=colourfulness(result, signed=True),
        truth_colourfulness=colourfulness(truth),
        truth_colourfulness_signed=colourfulness(truth, signed=True),
        auc=float(scores.mean()),
        auc_sums=sums,
        auc_counts=counts,
    )


def psnr(truth: UInt8[Tensor, "3 h w"], result: UInt8[Tensor, "3 h w"]) -> float:
    """10 log10(255^2 / MSE) over all channels, in dB; equal pictures count as an MSE of 1e-3."""
    mse = (truth.double() - result.double()).square().mean().clamp_min(1e-3)
    return float(10 * torch.log10(255**2 / mse))


def colourfulness(rgb: UInt8[Tensor, "3 h w"], signed: bool = False) -> float:
    """Hasler and Suesstrunk's M3: the spread of the opponents rg and yb plus 0.3 of their mean.

    Args:
        signed: the authors' definition. Published colorization tables take absolute values of rg
            and yb first, which is the default here.

    References:
        Hasler and Suesstrunk, Measuring colourfulness in natural images, 2003.
    """
    r, g, b = rgb.double().unbind(0)
    rg, yb = r - g, (r + g) / 2 - b
    if not signed:
        rg, yb = rg.abs(), yb.abs()
    spread = (rg.var(correction=0) + yb.var(correction=0)).sqrt()
    return float(spread + 0.3 * torch.hypot(rg.mean(), yb.mean()))


def accuracy(true: Float[Tensor, "2 h w"], guess: Float[Tensor, "2 h w"]) -> Float[Tensor, "h w"]:
    """Each pixel's area under the accuracy curve: the share of thresholds 0 ... 150 it lies within.

    The mean over pixels is the area under "pixels within t of the truth" against t, over 150.

    References:
        Zhang, Isola and Efros, 2016, section 3.1.
    """
    distance = torch.hypot(true[0] - guess[0], true[1] - guess[1])
    return 1 - distance.clamp_max(AUC_REACH) / AUC_REACH


def rebalanced_auc(sums: Float[Tensor, " k"], counts: Float[Tensor, " k"]) -> float:
    """The accuracy's area with each pixel weighted by the rarity of its true colour.

    The prior is that of the very pictures measured, smoothed and mixed with half a uniform one.
    """
    weight = rebalance(smooth_prior(counts), UNIFORM).double()
    return float((weight * sums).sum() / (weight * counts).sum())
