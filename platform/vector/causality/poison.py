"""Futures that never happened: absurd but valid bars after a cut.

Several kinds, because one alone could be missed: where ``next close > close`` was true already, prices scaled up
change nothing, but prices scaled down do. Every row gets a factor of its own, so that returns and ranks change too.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from lockstep.vector.causality.market import PRICES, Floats, Market

TIMES = "time"
"""Name of the input column that stands for when bars open and close."""
ROWS = "rows"
"""Name of the input that only a history's length tells."""
SHIFT_DAYS = 364
"""How far poisoned times are moved: whole weeks, so that sessions stay sessions."""
DAY_NS = 86_400_000_000_000


class Poison(NamedTuple):
    """One kind of false future."""

    name: str
    reach: float
    """The largest factor by which a number changes."""
    after_open: bool = False
    """Leave the open of each symbol's next bar as it was: between its open and its close, nothing else is known."""


POISONS = (
    Poison("scaled up", 1e3),
    Poison("scaled down", 1e3),
    Poison("reshuffled", 1.0),
    Poison("mirrored", 1e2),
    Poison("extreme", 1e6),
)


def poisoned(
    market: Market, cut: int, poison: Poison, seed: int, fields: Collection[str] | None = None,
    symbols: Collection[int] | None = None,
) -> Market:  # fmt: skip
    """Return the history with all rows after ``cut`` replaced, or only some input columns or symbols of them.

    The same arguments give the same numbers, whichever fields are chosen.
    """
    rng = np.random.default_rng([seed, cut + 1, POISONS.index(poison._replace(after_open=False))])
    first = cut + 1
    ohlcv, extra = market.ohlcv.copy(), market.extra.copy()
    for s in range(len(market.symbols)):
        rows = first + np.flatnonzero(market.present[s, first:])
        false = _prices(market.ohlcv[s][:, rows], _base(market, s, cut), poison, rng)
        noise = rng.permutation(market.extra.shape[1] - first)
        if symbols is not None and s not in symbols:
            continue
        for at, name in enumerate(PRICES):
            if fields is None or name in fields:
                spared = 1 if poison.after_open and name == "open" else 0
                ohlcv[s, at, rows[spared:]] = false[at, spared:]
        for at, name in enumerate(market.extra_names):
            if fields is None or name in fields:
                extra[s, first:, at] = _column(market.extra[s, first:, at], noise, poison)
    made = market._replace(ohlcv=ohlcv, extra=extra)
    return _later(made, first) if fields is not None and TIMES in fields else made


def _base(market: Market, s: int, cut: int) -> float:
    """Return the last close known at the cut, around which prices are mirrored."""
    known = market.ohlcv[s, 3, : cut + 1][market.present[s, : cut + 1]]
    after = market.ohlcv[s, 3][market.present[s]]
    return float(known[-1] if len(known) else after[0] if len(after) else 1.0)


def _prices(real: Floats, base: float, poison: Poison, rng: np.random.Generator) -> Floats:
    """Return float64[5, n] of valid bars: positive, high and low around open and close."""
    n = real.shape[1]
    draws, volume_draws, order = rng.uniform(size=n), rng.uniform(size=n), rng.permutation(n)
    if poison.name == "reshuffled":
        return real[:, order]
    if poison.name == "mirrored":
        low = np.maximum(real[2], base / poison.reach)  # prices near zero would be mirrored beyond all bounds
        opened, high, close = np.maximum(real[0], low), np.maximum(real[1], low), np.maximum(real[3], low)
        return np.stack([base**2 / opened, base**2 / low, base**2 / high, base**2 / close, real[4][order]])
    factor, volume_factor = _factors(poison, np.asarray(draws)), _factors(poison, np.asarray(volume_draws))
    false = real * factor
    # A volume of zero would stay zero whatever it is multiplied by.
    false[4] = (real[4] + 1.0) * volume_factor
    if poison.name == "extreme":
        false[4] = np.where(volume_draws < 0.5, 0.0, false[4])
    return false


def _factors(poison: Poison, draws: Floats) -> Floats:
    if poison.name == "scaled up":
        return 10.0 ** (1.0 + 2.0 * draws)
    if poison.name == "scaled down":
        return 10.0 ** -(1.0 + 2.0 * draws)
    return np.where(draws < 0.5, 1.0 / poison.reach, poison.reach) * (1.0 + 0.5 * draws)


def _column(real: Floats, order: np.ndarray[tuple[int], np.dtype[np.int64]], poison: Poison) -> Floats:
    """Return false values of a user's column, which may be of any size and sign."""
    size = float(np.nanmax(np.abs(real))) if np.isfinite(real).any() else 1.0
    away = (size + 1.0) * 100.0
    shuffled = real[order]
    if poison.name == "reshuffled":
        return shuffled
    if poison.name == "mirrored":
        return -shuffled
    return np.nan_to_num(shuffled) + (-away if poison.name == "scaled down" else away)


def _later(market: Market, first: int) -> Market:
    """Move all bars after the cut by whole weeks: what is left is that they come, not when."""
    opened, closed, session = market.open_time.copy(), market.close_time.copy(), market.session.copy()
    opened[:, first:] += np.where(market.present[:, first:], SHIFT_DAYS * DAY_NS, 0)
    closed[first:] += SHIFT_DAYS * DAY_NS
    session[first:] += SHIFT_DAYS
    return market._replace(open_time=opened, close_time=closed, session=session)
