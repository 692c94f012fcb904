"""Given colours to all pixels.

propagate.py  by the hint network and the field, where marks reach
network.py    a picture encoded for the hint network
reach.py      how far each mark reaches
refine.py     the field's colours at full size, where the field refines hints
within.py     a colorizer that takes hints itself
series.py     marks on one photograph, to the same things in others
"""
