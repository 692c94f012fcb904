"""Pictures elsewhere, and several machines.

remote.py  pictures at addresses
on_ray.py  on a cluster, by Ray Data
parts.py   a manifest of several parts, one a shard
"""
