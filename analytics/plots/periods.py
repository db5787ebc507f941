"""Returns by day, month and year, from a run's equity."""

import polars as pl

from lockstep.analytics.view import RunView, wall_time


def daily_returns(view: RunView) -> pl.DataFrame:
    """Return one row a day with equity: date, time (of its last row, UTC), return (a fraction).

    A day is the session's where equity has a column ``session`` (days since 1970), else the date in the
    view's zone.
    """
    day = view.equity["session"] if "session" in view.equity.columns else _dates(view)
    ends = view.equity.select("time", "equity").with_columns(day=day).group_by("day", maintain_order=True).last()
    return ends.select(
        date=pl.col("day").cast(pl.Int32).cast(pl.Date),
        time=pl.col("time"),
        **{"return": _growth(view.initial_equity)},
    )


def monthly_returns(view: RunView) -> pl.DataFrame:
    """Return one row a month with equity: year, month (1 to 12), return (a fraction).

    From the last equity of the month before (the initial equity for the first) to the month's own last.
    The first and last month may be parts of a month.
    """
    return _by(view, "year", "month")


def yearly_returns(view: RunView) -> pl.DataFrame:
    """Return one row a year with equity: year, return (a fraction); measured as months are."""
    return _by(view, "year")


def _by(view: RunView, *parts: str) -> pl.DataFrame:
    dates = _dates(view)
    keys = {"year": dates.dt.year(), "month": dates.dt.month()}
    frame = view.equity.select("equity").with_columns(**{part: keys[part] for part in parts})
    ends = frame.group_by(*parts, maintain_order=True).last()
    return ends.select(*parts, **{"return": _growth(view.initial_equity)})


def _growth(initial: float) -> pl.Expr:
    """Equity over the one before, minus one; null where there is nothing left to grow from."""
    before = pl.col("equity").shift(1, fill_value=initial)
    return pl.when(before > 0.0).then(pl.col("equity") / before - 1.0)


def _dates(view: RunView) -> pl.Series:
    return wall_time(view.equity["time"], view.zone).dt.date()
