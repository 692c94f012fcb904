"""How old plates and films respond to colours; apart from `plates`, so that `--help` names them."""

from __future__ import annotations

# Shares of linear red, green and blue. The eye's are 0.21, 0.72 and 0.07.
PLATES: dict[str, tuple[float, float, float]] = {
    "blue-sensitive": (0.02, 0.08, 0.90),
    "orthochromatic": (0.03, 0.55, 0.42),
    "green-sensitive": (0.05, 0.85, 0.10),
    "panchromatic": (0.38, 0.32, 0.30),
}
