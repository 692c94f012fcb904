"""Tables in Markdown, as reports and cards have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def as_table(rows: Iterable[Mapping[str, str]]) -> str:
    """The table, a line a row: cells by their columns' heads, the same in each; "" without rows."""
    lines: list[str] = []
    for row in rows:
        if not lines:
            lines += [_line(row), "|" + "---|" * len(row)]
        lines.append(_line(row.values()))
    return "".join(f"{line}\n" for line in lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
