"""Photographs to train on and to check on: datasets, crops and degradations."""
