"""The charts of a report: figures as JSON, which the page's own script draws in the reader's colours."""

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from lockstep.analytics import plots
from lockstep.analytics.view import RunView, wall_time

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NO_BARS = (
    '<p class="notice" role="note">No price chart: the result came without its bars. Load it with them, as in '
    "<code>Result.load(path, bars)</code>, to see prices and fills.</p>\n"
)
SYMBOLS = 8
"""So many symbols' prices are drawn at most, those with most fills: each adds up to half a megabyte."""


class Chart(NamedTuple):
    """A chart's place in the page: its key, title, one line about it, its figure, and is its axis time?"""

    key: str
    title: str
    about: str
    draw: "Callable[[RunView], Figure]"
    time: bool = True


OVERVIEW = (
    Chart("equity", "Equity", "against the benchmark, scaled to start with the same money", plots.equity),
    Chart("drawdown", "Drawdown", "below the highest equity so far; the three deepest shaded", plots.drawdown),
    Chart("exposure", "Exposure", "value of all positions as a share of equity", plots.exposure),
)
STRATEGIES = Chart("strategies", "Strategies", "profit and loss of each one's own account", plots.strategies)
BANDS = (
    Chart("fan", "Equity under other fill policies", "as given, each rung, and the envelope of all", plots.fan),
    Chart("intervals", "Intervals", "line: as given; dots: rungs; hover for their names", plots.intervals, time=False),
)
DETAILS = (
    Chart("sharpe", "Rolling Sharpe ratio", "annualised, of daily returns", plots.sharpe),
    Chart("distribution", "Daily returns", "number of days by return", plots.distribution, time=False),
    Chart("trades", "Trades", "return by how long they were held", plots.trades, time=False),
)


def prices(view: RunView) -> str:
    """Return the price chart, with a list to choose the symbol from where there are several; without bars, why not."""
    symbols = view.traded_symbols[:SYMBOLS]
    if view.bars.is_empty():
        return NO_BARS
    if not symbols:
        return ""
    figures = "".join(
        _block(view, f"figure-price-{number}", plots.price(view, symbol)) for number, symbol in enumerate(symbols)
    )
    about = "hover over a mark for quantity, price, fee and realised profit"
    if len(symbols) < len(view.traded_symbols):
        about += f"; {len(symbols)} of {len(view.traded_symbols)} symbols, those with most fills"
    place = _place("price", "Price and fills", about, _chooser(symbols), "figure-price-0", time=True)
    return place + figures


def overview(view: RunView) -> str:
    """Return the charts that come first: equity, drawdown, exposure, and several strategies' accounts."""
    chosen = OVERVIEW if len(view.strategies) < 2 else (*OVERVIEW, STRATEGIES)
    return "".join(_charts(view, chosen))


def bands(view: RunView) -> str:
    """Return the fan of equity and the intervals of metrics."""
    return "".join(_charts(view, BANDS))


def details(view: RunView) -> str:
    """Return the rolling Sharpe ratio, the distribution of returns and the trades."""
    return "".join(_charts(view, DETAILS))


def _charts(view: RunView, charts: tuple[Chart, ...]) -> Iterator[str]:
    for chart in charts:
        figure = chart.draw(view)
        title = figure.layout.title.text if chart.key == "sharpe" else chart.title
        control = '<button type="button" data-log="equity">log scale</button>' if chart.key == "equity" else ""
        yield _place(chart.key, title, chart.about, control, f"figure-{chart.key}", time=chart.time)
        yield _block(view, f"figure-{chart.key}", figure, time=chart.time)


def _chooser(symbols: tuple[str, ...]) -> str:
    if len(symbols) < 2:
        return f"<b>{escape(symbols[0])}</b>"
    options = "".join(
        f'<option value="figure-price-{number}">{escape(symbol)}</option>' for number, symbol in enumerate(symbols)
    )
    return f'<label>Symbol <select data-choose="price">{options}</select></label>'


def _place(key: str, title: str, about: str, control: str, block: str, *, time: bool) -> str:
    return (
        f'<figure class="panel {key}"><figcaption><h3>{title}</h3><p>{about}</p>{control}</figcaption>'
        f'<div class="chart" id="chart-{key}" data-figure="{block}" data-time="{int(time)}" '
        f'role="img" aria-label="{title}: {about}"></div></figure>\n'
    )


def _block(view: RunView, name: str, figure: "Figure", *, time: bool = True) -> str:
    """Return the figure as JSON. Plotly escapes each <, so that no text in it can end the script element."""
    figure.update_layout(template="none", title=None, height=None, margin=None)
    if time:
        # One span for all, so that a day stands at the same place in each.
        figure.update_xaxes(range=wall_time(view.equity["time"][[0, -1]], view.zone).to_list())
    return f'<script type="application/json" id="{name}">{figure.to_json()}</script>\n'
