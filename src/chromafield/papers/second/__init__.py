"""Messaoud, Forsyth and Schwing: samples measured, revealed points, what its networks see."""
