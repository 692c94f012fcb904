"""Tables in Markdown."""

from __future__ import annotations

from chromafield.tables import as_table


def test_a_row_a_line_below_the_heads_of_the_first() -> None:
    told = as_table([{"pack": "faces", "dB": "22.4"}, {"pack": "scenes", "dB": "23.0"}])
    assert told == "| pack | dB |\n|---|---|\n| faces | 22.4 |\n| scenes | 23.0 |\n"


def test_no_rows_make_no_table() -> None:
    assert as_table([]) == ""
