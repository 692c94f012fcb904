"""One picture in, its colours out: in memory, and as files.

colorizer.py  a model, a field and settings, loaded once; a picture to colours
loading.py    a colorizer from its settings
files.py      one file to one file, with a layer and a sheet beside it
negatives.py  whether a picture looks like a negative
crops.py      the photographs of a page as files of their own
"""
