"""CIEDE2000 against its published table and scikit-image."""

import numpy as np
import pytest
import skimage.color
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.color import ciede2000

# Sharma, Wu and Dalal, The CIEDE2000 color-difference formula: implementation notes, supplementary
# test data, and mathematical observations, 2005, table 1: two Lab colours and their difference.
SHARMA = [
    (50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425),
    (50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615),
    (50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412),
    (50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000),
    (50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000),
    (50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000),
    (50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669),
    (50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195),
    (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195),
    (50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045),
    (50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045),
    (50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461),
    (50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065),
    (50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492),
    (50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977),
    (50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030),
    (50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535),
    (50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000),
    (50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000),
    (50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000),
    (50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
    (61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731),
    (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
    (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
    (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
    (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
    (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
    (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
    (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
]

seeds = st.integers(0, 2**32 - 1)


def column(colours: np.ndarray, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """(n, 3) colours as a picture one pixel wide."""
    return torch.tensor(np.asarray(colours), dtype=dtype).T[:, :, None]


def random_lab(random: np.random.Generator, n: int, reach: float) -> np.ndarray:
    low, high = (0, -reach, -reach), (100, reach, reach)
    return random.uniform(low, high, (n, 3))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("turned", [False, True], ids=["as-printed", "swapped"])
def test_all_34_pairs_of_sharma_wu_and_dalal(dtype, turned):
    table = np.array(SHARMA)
    assert table.shape == (34, 7)
    x, y = column(table[:, :3], dtype), column(table[:, 3:6], dtype)
    got = ciede2000(y, x) if turned else ciede2000(x, y)
    np.testing.assert_allclose(got[:, 0], table[:, 6], rtol=0, atol=1e-4)


@given(seed=seeds, reach=st.sampled_from([0.5, 5.0, 128.0]))
def test_agrees_with_scikit_image(seed, reach):
    random = np.random.default_rng(seed)
    x, y = random_lab(random, 64, reach), random_lab(random, 64, reach)
    expected = skimage.color.deltaE_ciede2000(x, y)
    np.testing.assert_allclose(ciede2000(column(x), column(y))[:, 0], expected, rtol=0, atol=1e-9)
    single = ciede2000(column(x, torch.float32), column(y, torch.float32))
    np.testing.assert_allclose(single[:, 0], expected, rtol=0, atol=1e-3)


# Opposite hues sit on the formula's jump: rounding must not choose the side.
@given(
    a=st.integers(-40, 40),
    b=st.integers(-40, 40),
    times=st.sampled_from([1, 2, 3]),
    lift=st.just(3),
)
def test_opposite_hues_are_symmetric_and_the_same_in_both_precisions(a, b, times, lift):
    x, y = np.array([[50, a, b]]), np.array([[50 + lift, -times * a, -times * b]])
    there, back = ciede2000(column(x), column(y)), ciede2000(column(y), column(x))
    torch.testing.assert_close(there, back, rtol=0, atol=1e-6)
    single = ciede2000(column(x, torch.float32), column(y, torch.float32))
    # Unequal chromas leave a rounding error in the sign of the arc; equal ones do not.
    if times == 1:
        torch.testing.assert_close(single.double(), there, rtol=0, atol=1e-3)


@given(seed=seeds)
def test_a_colour_does_not_differ_from_itself(seed):
    colours = random_lab(np.random.default_rng(seed), 32, 128)
    colours[0, 1:] = 0
    colours[1] = 0
    for dtype in (torch.float32, torch.float64):
        x = column(colours, dtype)
        assert torch.equal(ciede2000(x, x), torch.zeros(32, 1, dtype=dtype))


def test_greys_differ_by_their_weighted_lightness():
    x, y = column([[40.0, 0, 0]]), column([[60.0, 0, 0]])
    # Equal distances from 50 make the weight of lightness exactly 1.
    assert ciede2000(x, y).item() == pytest.approx(20, abs=1e-12)


def test_pictures_keep_their_axes():
    random = torch.Generator().manual_seed(0)
    x, y = 100 * torch.rand(2, 2, 3, 4, 5, generator=random)
    got = ciede2000(x, y)
    assert got.shape == (2, 4, 5)
    assert torch.equal(got[1], ciede2000(x[1], y[1]))
