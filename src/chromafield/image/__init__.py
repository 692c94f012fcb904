"""Picture files and pixel grids.

    read_picture   a file to a `Picture`: upright sRGB levels, alpha, depth and tags
    write_picture  a result to a file, with the depth and the tags of what was coloured
    from_pillow, from_array  what Python callers have in hand, as a `Picture`

Nothing is lost on the way: 16 bits stay 16 bits, profiles are converted exactly and kept.
"""

from .in_memory import from_array, from_pillow
from .picture import Levels, Picture, Tags, at_depth, three_channels
from .read import read_picture
from .write import check_target, default_suffix, encode_picture, write_picture

__all__ = [
    "Levels",
    "Picture",
    "Tags",
    "at_depth",
    "check_target",
    "default_suffix",
    "encode_picture",
    "from_array",
    "from_pillow",
    "read_picture",
    "three_channels",
    "write_picture",
]
