"""Colours that a person gives.

document.py   hints as values; file.py  as JSON, both ways
raster.py     marks to given colours on a grid
propagate.py  given colours to all pixels, by the hint network and the field
network.py    a picture made ready for the hint network
refine.py     the last word at full size, where the field has one
"""
