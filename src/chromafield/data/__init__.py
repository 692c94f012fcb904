"""Photographs to train on and to check on: packs, crops and the marks of age."""
