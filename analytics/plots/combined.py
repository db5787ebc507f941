"""One figure with what a run is judged by first: what `result.plot()` shows."""

from typing import TYPE_CHECKING, Any

from lockstep.analytics.plots.drawdown_chart import draw_drawdown
from lockstep.analytics.plots.equity_chart import draw_equity
from lockstep.analytics.plots.exposure_chart import draw_exposure
from lockstep.analytics.plots.monthly_chart import draw_monthly
from lockstep.analytics.plots.periods import yearly_returns
from lockstep.analytics.plots.price_chart import draw_price
from lockstep.analytics.plots.style import dress, label, say
from lockstep.analytics.view import RunView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLS = 12
"""So many symbols can be chosen at most, those with most fills: each one's prices lie in the figure."""

_HEIGHTS = (340, 240, 160, 160)
_YEAR_HEIGHT = 30


def figure(view: RunView) -> "Figure":
    """Return price with fills, equity, drawdown and exposure over one time axis, and the monthly heat map.

    With several symbols a menu chooses whose prices are shown (the twelve with most fills).
    """
    from plotly.subplots import make_subplots

    heights = (*_HEIGHTS, 60 + _YEAR_HEIGHT * len(yearly_returns(view)))
    drawn = make_subplots(
        rows=5,
        cols=1,
        row_heights=heights,
        vertical_spacing=0.045,
        subplot_titles=("", "Equity", "Drawdown", "Exposure", "Monthly returns"),
    )
    dress(drawn, view, view.title, sum(heights) + 240)
    _draw_prices(drawn, view)
    draw_equity(drawn, view, 2)
    draw_drawdown(drawn, view, 3)
    draw_exposure(drawn, view, 4)
    draw_monthly(drawn, view, 5)
    drawn.update_xaxes(matches="x", row=2).update_xaxes(matches="x", row=3).update_xaxes(matches="x", row=4)
    return drawn


def _draw_prices(drawn: "Figure", view: RunView) -> None:
    symbols = view.traded_symbols[:SYMBOLS]
    if not symbols:
        say(drawn, "No prices to show")
        return
    counts = [draw_price(drawn, view, symbol, visible=symbol == symbols[0]) for symbol in symbols]
    if len(symbols) > 1:
        drawn.update_layout(updatemenus=[_menu(symbols, counts)], margin_t=100)


def _menu(symbols: tuple[str, ...], counts: list[int]) -> dict[str, Any]:
    """Each button shows one symbol's traces and hides the others'; they are the figure's first traces."""
    buttons = []
    for chosen in range(len(symbols)):
        shown = [symbol == chosen for symbol, count in enumerate(counts) for _ in range(count)]
        change = [{"visible": shown}, list(range(len(shown)))]
        buttons.append({"label": label(symbols[chosen]), "method": "restyle", "args": change})
    place = {"x": 1.0, "xanchor": "right", "y": 1.0, "yanchor": "bottom", "pad": {"b": 28}}
    return {"buttons": buttons, "showactive": True, **place}
