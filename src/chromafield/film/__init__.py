"""Film: a black-and-white clip in, a steady coloured clip out, everything else untouched.

source.py   what a file holds, and its frames one by one
chroma.py   a frame's luma stays; colours become its two chroma planes
motion.py   how the last frame's colours moved
steady.py   colours that stay with things, shot by shot
run.py      from file to file
"""
