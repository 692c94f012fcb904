"""The second paper's networks: many plausible colourings of one picture, each of one piece.

None is a colorizer on its own. The VAE's decoder turns a code z into colours, the structure says
which pixels go together, and the mixture says which codes suit a grey picture:

    vae.py          q(z | colour, grey), and the colours of z given the grey picture
    structure.py    an embedding of each pixel for the `gcrf` field, and the decoder's last layers
    mdn.py          p(z | grey), a mixture of Gaussians

Structure and mixture stand on the VAE's view of the grey picture (`Features`) and are of use with
the VAE they were trained on alone.

References:
    Messaoud, Forsyth and Schwing, Structural consistency and controllability for diverse
    colorization, 2018; Deshpande et al., Learning diverse image colorization, 2017, for the VAE and
    the mixture.
"""
