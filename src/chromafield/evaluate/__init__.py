"""Measuring colourings against the truth; the all-grey row stands in every table."""
