"""The catalogue as the tables of docs/metrics.md: ``python -m lockstep.analytics.metrics.table`` prints them."""

import sys

from lockstep.analytics.metrics.catalogue import Metric
from lockstep.analytics.metrics.formulas import FORMULAS, GROUPS

HEAD = "| name | title | unit | formula | source | elsewhere |\n|---|---|---|---|---|---|"


def tables() -> str:
    """Return the catalogue in Markdown, one table a group."""
    return "\n\n".join(f"### {group}\n\n{table(group)}" for group in GROUPS)


def table(group: str) -> str:
    """Return one group's table in Markdown."""
    return "\n".join([HEAD, *(row(entry) for entry in FORMULAS.values() if entry.group == group)])


def row(entry: Metric) -> str:
    """Return one metric's row; bars inside a formula are escaped, as Markdown wants them."""
    elsewhere = "; ".join(f"{library}: {label}" for library, label in entry.labels.items())
    cells = (f"`{entry.name}`", entry.title, entry.unit, entry.text, entry.source, elsewhere)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(tables() + "\n")
