"""A picture, a belief and a field: one colour a pixel, at full size.

canvas.py       a picture made ready once, so that each field and each hint costs one solve
upsample.py     colours on a small grid to the picture's own size, by the guided filter
guide.py        what the learned field sees of a picture
uncertainty.py  leading colours of a place, and how unsure the network is
lightness.py    a picture's lightness; threads.py  how many threads work on it
"""
