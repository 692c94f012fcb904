"""`python -m chromafield`."""

from .cli.main import main

main()
