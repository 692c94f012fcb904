"""The studio: a page in the browser, on this machine alone, for colouring by hand.

studio.py   what is done with pictures that are open
opened.py   a picture that is open
store.py    all of them, and what is kept beside each
shown.py    what the page shows beside the colours: parts, small copies, maps
dropped.py  what a picture dropped on an open one may be for it
routes/     what is asked and answered
limits.py   what is refused before it is read; bounds.py what numbers may be
serve.py    the server, and nothing of colour
page/       what the browser gets; it enlarges and converts colours for display
"""
