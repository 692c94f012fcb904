"""The studio: a page in the browser, on this machine alone, for colouring by hand.

work.py     pictures that are open, and what is done with them
serve.py    the server, and nothing of colour
page/       what the browser gets; it enlarges and converts colours for display
"""
