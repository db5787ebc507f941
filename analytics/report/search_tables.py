"""The tables of a page on a search: the best sets, cells without a result and why, settings and provenance."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.analytics.plots.search.choose import ranked
from lockstep.analytics.plots.search.heat_map import STATUS
from lockstep.analytics.plots.search.parallel import SHOWN
from lockstep.analytics.plots.search.searched import Searched, format_of, metrics_of, title_of, word
from lockstep.analytics.report.numbers import pairs
from lockstep.analytics.report.sheet import table
from lockstep.analytics.report.words import DASH, shown, spelled

if TYPE_CHECKING:
    import xarray as xr

Entry = tuple[str, float | None]
"""A finished cell: its text, and the number it sorts by."""

ROWS = 50
REASONS = 12
"""So many different reasons are listed at most."""

RAN = (0, 5, 6)
"""Values of ``status`` that have numbers."""

_PROVENANCE = ("dataset", "source", "symbols", "interval", "adjust", "span", "data_hash", "lockstep_version")
_INNER = (
    "strategy_class",
    "strategy_code",
    "slice_hashes",
    "trial_settings",
    "trial_keys",
    "reasons",
    "overfitting",
    "space",
    "policies",
)
"""Attributes that are for programs, or stand elsewhere in the page."""


def best_sets(search: Searched, count: int = ROWS) -> str:
    """Return the best cells with their parameters and metrics, the best first; the table sorts by any column."""
    cells = ranked(search.scores.ravel(), count, lowest=search.lowest)
    if not len(cells):
        return ""
    told = [name for name in search.runs if search.dataset.sizes[name] > 1]
    names = dict.fromkeys((search.metric, *(name for name in SHOWN if name in metrics_of(search.dataset))))
    columns: list[tuple[str, list[Entry]]] = [("#", [(str(n), float(n)) for n in range(1, len(cells) + 1)])]
    columns += [(name, [_value(one) for one in search.column(name, cells)]) for name in (*told, *search.parameters)]
    columns += [(title_of(name), _metric(search, name, cells)) for name in names]
    head = "".join(_head(name, values) for name, values in columns)
    rows = zip(*(values for _, values in columns), strict=True)
    body = "".join(f"<tr>{''.join(_cell(text, key) for text, key in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll tall"><table class="sortable best"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _head(name: str, values: list[Entry]) -> str:
    kind = "text" if values[0][1] is None else "number"
    button = f'<button type="button" data-kind="{kind}">{shown(name)}</button>'
    return f'<th scope="col" aria-sort="none">{button}</th>'


def _value(value: Any) -> Entry:
    plain = value.item() if isinstance(value, np.generic) else value
    number = isinstance(plain, int | float) and not isinstance(plain, bool)
    return shown(word(value)), float(plain) if number else None


def _metric(search: Searched, name: str, cells: Any) -> list[Entry]:
    values = np.asarray(search.dataset[name].transpose(*search.dims).values, np.float64).ravel()[cells]
    shape = format_of(name)
    return [(f"{v:{shape}}".replace("-", "−") if math.isfinite(v) else DASH, v) for v in values.tolist()]


def _cell(text: str, key: float | None) -> str:
    if key is None:
        return f"<td>{text}</td>"
    return f'<td data-v="{repr(key) if math.isfinite(key) else ""}">{text}</td>'


def without_result(dataset: "xr.Dataset") -> str:
    """Return how many cells have no result, or were ruined, and the reasons that were noted, the frequent first."""
    if "status" not in dataset:
        return ""
    numbers, counts = np.unique(np.asarray(dataset["status"].values), return_counts=True)
    found = {int(number): int(count) for number, count in zip(numbers, counts, strict=True) if number != 0}
    if not found:
        return ""
    rows = (f"<td>{shown(STATUS[number])}</td><td>{count:,}</td>" for number, count in found.items())
    reasons = _reasons(str(dataset.attrs.get("reasons", "")))
    noted = Counter(reasons.values()).most_common()
    why = (_reason(text, count, reasons) for text, count in noted[:REASONS])
    text = table("tally", ("Cells", "Number"), rows)
    if noted:
        title = "Reasons, as far as they were noted"
        title += "" if len(noted) <= REASONS else f" ({REASONS} of {len(noted):,})"
        text += f'<h3 class="apart">{title}</h3>' + table("counted", ("Reason", "The first cell", "Cells"), why)
    return text


def _reason(text: str, count: int, reasons: Mapping[str, str]) -> str:
    first = next(cell for cell, reason in reasons.items() if reason == text)
    return f"<td>{shown(text)}</td><td>{shown(first)}</td><td>{count:,}</td>"


def _reasons(text: str) -> dict[str, str]:
    found = _json(text)
    return {str(cell): str(reason) for cell, reason in found.items()} if isinstance(found, dict) else {}


def about(dataset: "xr.Dataset") -> str:
    """Return what was searched, how it was run, and where the data came from."""
    attrs = {str(name): _json(value) for name, value in dataset.attrs.items()}
    if "span" in attrs:
        attrs["span"] = span_text(attrs["span"])
    settings = {name: value for name, value in attrs.items() if name not in (*_PROVENANCE, *_INNER)}
    inner = {name: value for name, value in settings.items() if isinstance(value, dict)}
    plain = {spelled(name): value for name, value in settings.items() if name not in inner}
    lists = [pairs("Searched", _values(dataset)), pairs("Run", plain)]
    lists += [
        pairs(spelled(name).capitalize(), {spelled(k): v for k, v in one.items()}) for name, one in inner.items() if one
    ]
    source = {spelled(name).capitalize(): attrs[name] for name in _PROVENANCE if name in attrs}
    return f'<div class="groups">{"".join(lists)}{pairs("Provenance", source)}</div>'


def _values(dataset: "xr.Dataset") -> dict[str, str]:
    """Return each searched dimension with its values in short."""
    found = {}
    for name, values in dataset.coords.items():
        if name in ("set", "block") or values.ndim != 1:
            continue
        kinds = np.unique(values.values)
        texts = [word(value) for value in (kinds if len(kinds) <= 8 else kinds[[0, 1, 2, -1]])]
        if len(kinds) > 8:
            texts[3:3] = ["…"]
        found[str(name)] = f"{', '.join(texts)}" + (f" ({len(kinds):,} values)" if len(kinds) > 3 else "")
    return found


def span_text(value: Any) -> str:
    """Return the first and last day of a span in nanoseconds since 1970, UTC."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return str(value)
    first, last = (datetime.fromtimestamp(int(ns) // 1_000_000_000, UTC) for ns in value)
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _json(value: Any) -> Any:
    """Return what a text of JSON says; anything else as it is."""
    if not isinstance(value, str) or value[:1] not in '{["':
        return value.item() if isinstance(value, np.generic) else value
    try:
        return json.loads(value)
    except ValueError:
        return value
