"""Many pictures on this machine.

batch.py     one after the other, or side by side
manifest.py  the finished files, so that a run can go on; rows.py  a run as a table
pool.py      work in several processes
watch.py     pictures that arrive in folders
series.py    colours given in some photographs of a series, as drafts for the others
"""
