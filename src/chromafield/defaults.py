"""What is taken where nothing is said; free of imports, so that `--help` can tell it at once."""

MODEL = "lite-unet"
FIELD = "mean"
SIZE = 160  # the network sees about as many pixels as a square of this side has
LARGEST_SIZE = 2048  # of `size`; more would not fit into memory, and networks see best near 160
VIEWS = 2  # how many views of a picture the network's guess is averaged over
VIEW_LIMIT = 4
VIVIDNESS = 1.0  # from 0, the network's mean, to 2, its likeliest colours
MAX_PIXELS = 250_000_000  # larger pictures are refused; about 1 GB of 8-bit colour while read
SPREAD = 3.2  # ab units: how far samples' decoded colours are trusted; beta 1 by the field's tau
MAP_SIZES = ("1/2", "1/4", "1/8", "1/16", "1/32")  # of an encoder's maps, of its input's size
