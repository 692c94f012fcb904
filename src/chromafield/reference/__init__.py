"""Colours that other pictures give.

reference.py       another picture's colours, where the two look alike, as a belief
palette_source.py  colours to see more of, as a histogram
colored.py         another program's version of the same picture, where it agrees
"""
