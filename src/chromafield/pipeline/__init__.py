"""From picture to colour picture: the canvas, the lift to full size, files and folders of them."""
