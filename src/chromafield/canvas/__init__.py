"""A picture, a belief and a field: one colour a pixel, at full size.

canvas.py          a picture made ready once, so that each field and each hint costs one solve
views.py           mirrored and scaled views of a picture, and the average of what a network says
reference.py       another picture's colours, where the two look alike, as a belief
palette_source.py  colours to see more of, as a histogram
upsample.py        colours on a small grid to the picture's own size, by the guided filter
guide.py           what the learned field sees of a picture
uncertainty.py     leading colours of a place, and how unsure the network is
lightness.py       a picture's lightness; threads.py  how many threads work on it
"""
