"""Timing what people wait for: medians and spread, with machine, versions and commit."""
