"""Revealed points: the second paper's protocol, the methods that spread them, and their plot."""
