"""The run-time checker of signatures: Python's own rule that a whole number is a float, too."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
