"""The task of Iizuka's two streams: colours, and classes where pictures have labels."""

from .two_stream import IGNORES, build, defaults

__all__ = ["IGNORES", "build", "defaults"]
