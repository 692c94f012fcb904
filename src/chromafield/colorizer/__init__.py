"""Files and folders in, files out.

colorizer.py  a model, a field and settings, loaded once; a picture to colours
files.py      one file to one file, with what people ask for beside it
jobs.py       which file becomes which
batch.py      many files, side by side; manifest.py  what is done, so that a run can go on
"""
