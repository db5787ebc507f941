"""What all charts share: colours that hold on white and on black, labels, and the mark of synthetic data."""

from html import escape
from typing import TYPE_CHECKING, Protocol

from lockstep.analytics.view import RunView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

EQUITY = "#3b82f6"
BENCHMARK = "#94a0b2"
GAIN = "#0f9d8a"
LOSS = "#e0532f"
GROSS = "#8b5cf6"
NET = "#0ea5c6"
NEUTRAL = "#94a0b2"
RISING = "#a9b4c4"
FALLING = "#66758a"
SERIES = ("#8b5cf6", "#0ea5c6", "#f59e0b", "#ec4899", "#84cc16", "#14b8a6", "#f97316", "#6366f1")

SYNTHETIC_MARK = "SYNTHETIC DATA"
"""Stands in every chart of a run whose prices were generated."""


class Marked(Protocol):
    """What a picture asks of its subject to be honest: did no market make these prices?"""

    @property
    def synthetic(self) -> bool:
        """True when they were generated."""


def canvas(view: Marked, title: str, *, height: int = 420) -> "Figure":
    """Return an empty figure of one cell, titled, and marked when the data is synthetic."""
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=1)
    dress(figure, view, title, height)
    return figure


def dress(figure: "Figure", view: Marked, title: str, height: int) -> None:
    """Give a figure the shared look, its title and, when the data is synthetic, the mark."""
    figure.update_layout(
        template="plotly_white",
        title={"text": label(title), "x": 0.01, "xanchor": "left"},
        height=height,
        margin={"l": 64, "r": 20, "t": 64, "b": 40},
        legend={"orientation": "h", "x": 1.0, "xanchor": "right", "y": 1.0, "yanchor": "bottom"},
        hoverlabel={"namelength": -1},
        bargap=0.04,
        # Plotly's own tool bar offers to upload the chart to its makers' cloud: results stay where they are.
        modebar={"remove": ["sendChartToCloud"]},
    )
    if view.synthetic:
        mark_synthetic(figure)


def mark_synthetic(figure: "Figure") -> None:
    """Write across the figure's top left that no market made these prices."""
    figure.add_annotation(
        text=f"<b>{SYNTHETIC_MARK}</b>",
        name="synthetic",
        xref="paper",
        yref="paper",
        x=0.0,
        y=1.0,
        xanchor="left",
        yanchor="bottom",
        yshift=4,
        showarrow=False,
        font={"color": "#1f1300", "size": 11},
        bgcolor="#fbbf24",
        borderpad=3,
    )


def say(figure: "Figure", text: str, row: int = 1, col: int = 1) -> None:
    """Write in the middle of an empty cell why there is nothing to see."""
    figure.add_annotation(
        text=text,
        xref="x domain",
        yref="y domain",
        x=0.5,
        y=0.5,
        showarrow=False,
        font={"size": 14, "color": NEUTRAL},
        row=row,
        col=col,
    )
    figure.update_xaxes(visible=False, row=row, col=col)
    figure.update_yaxes(visible=False, row=row, col=col)


def label(text: str) -> str:
    """Return a user's name so that plotly, which reads texts as a kind of HTML, shows it letter by letter."""
    return escape(text, quote=False)


def money(view: RunView) -> str:
    """Return the name of an axis that shows money."""
    return label(view.currency) or "account currency"
