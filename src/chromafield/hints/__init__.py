"""Colours that a person gives.

document.py  hints as values; file.py  as JSON, both ways
raster.py    marks to given colours on a grid; specks.py  clicks on things of a few pixels
colored.py   the whole picture, as another program coloured it
"""
