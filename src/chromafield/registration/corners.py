"""The motion of one plane between two pictures, by corners that look alike.

Corners are paired by their looks, and one homography is fitted to the pairs. Pictures of different
things have hardly any pairs of one motion.

References:
    Rublee et al., ORB: an efficient alternative to SIFT or SURF, 2011;
    Fischler and Bolles, Random sample consensus, 1981.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .flow import Flow, Grey

CORNERS = 1500
DISTINCT = 0.8  # the nearest corner's distance, of the second nearest's, at most
PAIRS = 20  # of one motion, that two pictures of one thing have at least
SHARE = 0.25  # of all pairs, likewise
ASTRAY = 4.0  # pixels that a pair may miss the motion
SCALES = (0.4, 2.5)  # enlargements of one thing in two pictures

Homography = NDArray[np.float64]  # (3, 3), from places of the one to places of the other


def plane_motion(one: Grey, other: Grey) -> Homography | None:
    """From the places of the one picture to those of the other; none of different things."""
    corners: Any = cv2.ORB.create(CORNERS, fastThreshold=7)
    here, looks = corners.detectAndCompute(one, None)
    there, theirs = corners.detectAndCompute(other, None)
    if min(len(here), len(there)) < PAIRS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(looks, theirs, k=2)
    good = [a for a, b in pairs if a.distance < DISTINCT * b.distance]
    if len(good) < PAIRS:
        return None
    begin = np.array([here[pair.queryIdx].pt for pair in good], np.float32)
    end = np.array([there[pair.trainIdx].pt for pair in good], np.float32)
    cv2.setRNGSeed(0)
    found, inside = cv2.findHomography(begin, end, cv2.RANSAC, ASTRAY)
    if found is None or inside.sum() < max(PAIRS, SHARE * len(good)):
        return None
    motion = np.asarray(found, np.float64)
    return motion if _is_sane(motion) else None


def flow_of(motion: Homography, size: tuple[int, ...]) -> Flow:
    """The same as a flow on a grid of this height and width."""
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    there = np.stack([x, y, np.ones_like(x)], -1) @ motion.T
    return np.asarray(there[..., :2] / there[..., 2:] - np.stack([x, y], -1), np.float32)


def _is_sane(motion: Homography) -> bool:
    """Whether it neither mirrors nor changes the scale by more than one thing does."""
    area = float(np.linalg.det(motion[:2, :2] / motion[2, 2]))
    return SCALES[0] ** 2 <= area <= SCALES[1] ** 2
