"""The windows of a walk-forward over time."""

from typing import TYPE_CHECKING, Any

import polars as pl

from lockstep.analytics.plots.search.look import picture, say_nothing
from lockstep.analytics.plots.search.windows import Windows
from lockstep.analytics.plots.style import EQUITY, label
from lockstep.analytics.plots.thin import spread

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

TRAIN, TEST = "#b6c0cf", EQUITY
ROWS = 120
"""So many windows are drawn at most, spread evenly."""

NAMED = 30
"""With more windows than this, parameters and scores are told on pointing at them only."""

DASH = "–"
"""Stands where there is no value."""

_ROW_HEIGHT = 24


def timeline(windows: Windows) -> "Figure":
    """Return a row a window: where parameters were chosen, where they were tested, which they were, and both scores."""
    numbers = windows.each["number"]
    kept = numbers[spread(len(numbers), ROWS)]
    frame = windows.frame.filter(pl.col("number").is_in(kept.implode()))
    note = "" if len(kept) == len(numbers) else f"{len(kept):,} of {len(numbers):,} windows drawn"
    notes = (f"right of each row: parameters, {windows.score} in training and in the test", note)
    height = 170 + max(len(kept), 4) * (_ROW_HEIGHT if len(kept) <= NAMED else 9)
    figure = picture(windows, "Windows", notes if len(kept) <= NAMED else (note,), height=height)
    if frame.is_empty():
        return say_nothing(figure, "No windows")
    for what, colour, name in (("train", TRAIN, "chosen here"), ("test", TEST, "tested here")):
        figure.add_trace(_bars(windows, frame, what, colour, name))
    if len(kept) <= NAMED:
        _name_rows(figure, windows, frame)
    # The first window on top.
    figure.update_yaxes(type="category", autorange="reversed", title_text="window", showgrid=False)
    if len(kept) > NAMED:
        figure.update_yaxes(nticks=20)
    return figure.update_layout(barmode="overlay", bargap=0.25).update_xaxes(type="date")


def _bars(windows: Windows, frame: pl.DataFrame, what: str, colour: str, name: str) -> Any:
    """Return one trace for all stretches, each from its first to its last moment."""
    from plotly.graph_objects import Bar

    starts, ends = (_milliseconds(frame[f"{what}_{edge}"]) for edge in ("start", "end"))
    texts = [_told(windows, row) for row in frame.iter_rows(named=True)]
    days = (pl.from_epoch(edge, "ms").dt.date().cast(str).fill_null(DASH) for edge in (starts, ends))
    spans = [f"{first} to {last}" for first, last in zip(*days, strict=True)]
    return Bar(
        y=frame["number"].cast(str).to_list(),
        base=pl.from_epoch(starts, "ms").to_numpy(),
        x=(ends - starts).to_numpy(),
        orientation="h",
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        customdata=list(zip(spans, texts, strict=True)),
        hovertemplate="window %{y}, " + name + "<br>%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    )


def _milliseconds(times: pl.Series) -> pl.Series:
    return times.cast(pl.Datetime("ms")).dt.epoch("ms")


def _told(windows: Windows, row: dict[str, Any]) -> str:
    scores = (written(row[f"{what}_score"], windows.format) for what in ("train", "test"))
    before, after = scores
    return f"{label(row['parameters'] or 'nothing chosen')}<br>{windows.score} {before} → <b>{after}</b>"


def _name_rows(figure: "Figure", windows: Windows, frame: pl.DataFrame) -> None:
    """Write what was chosen and how it did at the right of each row."""
    once = frame.unique("number", keep="first", maintain_order=True)
    place = {"xref": "paper", "x": 1.0, "xanchor": "left", "showarrow": False, "align": "left", "xshift": 8}
    longest = 0
    for down, row in enumerate(once.iter_rows(named=True)):
        text = _told(windows, row).replace(f"<br>{windows.score} ", "   ")
        longest = max(longest, len(text) - len("<b></b>"))
        figure.add_annotation(y=down, text=text, font={"size": 11}, **place)
    figure.update_layout(margin_r=min(24 + 7 * longest, 420))


def written(score: float | None, shape: str) -> str:
    """Return a score as text, a dash for none."""
    return DASH if score is None or score != score else f"{score:{shape}}"
