"""Groups of figures as small tables, for terminals."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

Group = tuple[str, Sequence[tuple[str, str, str]]]
"""Its title, and rows of (label, value, explanation)."""


def glance(groups: Iterable[Group], titles: Collection[str]) -> "tuple[list[Table], int]":
    """Return a table for each group that is named, and how many rows the others have."""
    from rich.table import Table

    tables, rest = [], 0
    for title, rows in groups:
        if title not in titles:
            rest += len(rows)
            continue
        table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False)
        table.add_column(style="dim")
        table.add_column(justify="right")
        for label, value, _ in rows:
            table.add_row(label, value)
        tables.append(table)
    return tables, rest
