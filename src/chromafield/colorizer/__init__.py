"""Files and folders in, files out.

colorizer.py  a model, a field and settings, loaded once; a picture to colours
files.py      one file to one file, with a layer and a sheet beside it
jobs.py       the list of sources and targets
batch.py      many files, side by side
manifest.py   the finished files, so that a run can go on
"""
