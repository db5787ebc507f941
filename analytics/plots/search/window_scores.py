"""What was promised in training beside what the tests gave."""

from typing import TYPE_CHECKING, Any

from lockstep.analytics.plots.search.look import picture, say_nothing
from lockstep.analytics.plots.search.timeline import TEST, TRAIN
from lockstep.analytics.plots.search.windows import Windows
from lockstep.analytics.plots.style import NEUTRAL, label

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure

SIDES = (("train", "in training", TRAIN), ("test", "out of sample", TEST))
PAIRED = 60
"""With more windows than this no line ties each window's two scores together."""


def window_scores(windows: Windows) -> "Figure":
    """Return the distribution of scores in training beside that out of sample, each window's two tied by a line."""
    scored = windows.scored
    if scored.is_empty():
        return say_nothing(picture(windows, windows.score), "No window has a score in training and in its test")
    figure = picture(windows, f"{windows.score} in training and out of sample", (summary(windows),), height=440)
    if len(scored) <= PAIRED:
        figure.add_trace(_ties(scored))
    for what, name, colour in SIDES:
        figure.add_trace(_box(windows, scored, what, name, colour))
    figure.add_hline(y=0, line_width=1, line_color=NEUTRAL)
    figure.update_xaxes(tickvals=[0, 1], ticktext=[name for _, name, _ in SIDES], range=[-0.6, 1.6], showgrid=False)
    return figure.update_yaxes(title_text=windows.score, tickformat=windows.ticks).update_layout(showlegend=False)


def summary(windows: Windows) -> str:
    """Return in words what became of the scores out of sample."""
    scored = windows.scored
    if scored.is_empty():
        return ""
    before, after = scored["train_score"], scored["test_score"]
    medians = " and ".join(f"{float(one.median() or 0.0):{windows.format}}" for one in (before, after))  # type: ignore[arg-type]
    positive = int((after > 0).sum())
    return f"median {medians}; above 0 out of sample in {positive} of {len(scored)} windows"


def _ties(scored: "pl.DataFrame") -> Any:
    from plotly.graph_objects import Scatter

    pairs = list(zip(scored["train_score"], scored["test_score"], strict=True))
    x = [place for _ in pairs for place in (0, 1, None)]
    y = [value for before, after in pairs for value in (before, after, None)]
    return Scatter(x=x, y=y, mode="lines", line={"color": NEUTRAL, "width": 0.8}, opacity=0.6, hoverinfo="skip")


def _box(windows: Windows, scored: "pl.DataFrame", what: str, name: str, colour: str) -> Any:
    from plotly.graph_objects import Box

    place = 0 if what == "train" else 1
    texts = (f"window {number}: {label(text or '')}" for number, text in scored.select("number", "parameters").rows())
    return Box(
        x=[place] * len(scored),
        y=scored[f"{what}_score"].to_numpy(),
        name=name,
        boxpoints="all",
        jitter=0.0 if len(scored) <= PAIRED else 0.4,
        pointpos=0,
        width=0.5,
        marker={"color": colour, "size": 6, "line": {"color": "#66758a", "width": 0.8}},
        line={"color": "#66758a", "width": 1.2},
        fillcolor="rgba(148, 160, 178, 0.14)",
        text=list(texts),
        hovertemplate=f"%{{text}}<br><b>%{{y:{windows.format}}}</b><extra>{name}</extra>",
    )
