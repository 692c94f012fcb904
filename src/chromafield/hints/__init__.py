"""Colours that a person gives.

document.py   hints as values; file.py  as JSON, both ways
raster.py     marks to given colours on a grid
propagate.py  given colours to all pixels, by the hint network and the field
network.py    a picture encoded for the hint network
refine.py     the field's colours at full size, where the field refines hints
within.py     a colorizer that takes hints itself
"""
