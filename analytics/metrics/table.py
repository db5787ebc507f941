"""Presets and catalogue as the tables of docs/metrics.md, printed by ``python -m lockstep.analytics.metrics.table``."""

import sys
from dataclasses import fields

from lockstep.analytics.metrics.catalogue import Metric
from lockstep.analytics.metrics.conventions import PRESETS, Convention
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


def presets() -> str:
    """Return what each preset answers, one row a field of ``Convention``."""
    head = "| question | " + " | ".join(f"`{name}`" for name in PRESETS) + " |\n|---" + "|---" * len(PRESETS) + "|"
    rows = (
        f"| `{field.name}` | " + " | ".join(str(getattr(rules, field.name)) for rules in PRESETS.values()) + " |"
        for field in fields(Convention)
        if field.name != "name"
    )
    return "\n".join([head, *rows])


if __name__ == "__main__":
    sys.stdout.write(presets() + "\n\n" + tables() + "\n")
