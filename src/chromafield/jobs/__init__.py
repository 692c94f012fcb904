"""Which pictures a run has, and where their results go.

jobs.py    a source and a target each, from files and folders
lists.py   from a list; shards.py  the part of one machine
"""
