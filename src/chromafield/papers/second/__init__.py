"""Messaoud, Forsyth and Schwing: tables of samples, people's choices, what its networks see."""
