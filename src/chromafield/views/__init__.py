"""What the network is shown of a picture, and its beliefs put together again.

views.py    mirrored and scaled views, and the average of what the network says
patches.py  parts of a picture at their own size: prints on a page, tiles
"""
