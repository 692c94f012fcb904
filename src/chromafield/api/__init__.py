"""For programs: pictures in memory, and folders.

pictures.py  `colorize` and `samples`: a picture in, coloured pictures out
folder.py    `colorize_folder`: what the command does
keywords.py  their keywords, for editors and type checkers
named.py     what is in memory, as the files that settings name
"""

from .folder import colorize_folder as colorize_folder
from .pictures import colorize as colorize
from .pictures import samples as samples
