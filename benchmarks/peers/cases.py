"""Random configurations for comparisons with peers, the same on every machine for a seed. NumPy only.

Prices are whole 64ths, so that sums of them are exact and no rounding decides whether two averages are equal.
Only integer bits, + - * / and rounding are used.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SIZED_BY_VALUE = ("value", "target_value")
TARGETS = {"target_units": "units", "target_value": "value", "target_weight": "weight"}
FIRST_DAY_NS = 1_577_836_800_000_000_000  # 2020-01-01
DAY_NS = 86_400_000_000_000


class Draws:
    """Numbers from one bit stream."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64([1847, seed])

    def uniform(self, *shape: int) -> Floats:
        """Return doubles in [0, 1)."""
        raw = self._bits.random_raw(int(np.prod(shape)))
        return ((raw >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))).reshape(shape)

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self.uniform(1)[0] * (high - low + 1))

    def choice(self, options: Any) -> Any:
        """Return one of some values."""
        return options[self.whole(0, len(options) - 1)]


def prices(draws: Draws, rows: int, symbols: int, reach: float) -> dict[str, Floats]:
    """Return open, high, low and close, float64[rows, symbols] in whole 64ths; a bar moves at most ``reach``."""
    steps = 1.0 + reach * (draws.uniform(rows, symbols) + draws.uniform(rows, symbols) - 1.0)
    start = 20.0 + np.rint(180.0 * draws.uniform(1, symbols))
    close = np.maximum(np.rint(np.multiply.accumulate(steps) * start * 64.0), 64.0)
    before = np.concatenate([start * 64.0, close[:-1]])
    opens = np.maximum(np.rint(before * (1.0 + 0.2 * reach * (draws.uniform(rows, symbols) - 0.5))), 64.0)
    high = np.maximum(opens, close) + np.rint(32.0 * draws.uniform(rows, symbols))
    low = np.maximum(np.minimum(opens, close) - np.rint(32.0 * draws.uniform(rows, symbols)), 1.0)
    return {name: value / 64.0 for name, value in {"open": opens, "high": high, "low": low, "close": close}.items()}


def days(rows: int) -> npt.NDArray[np.int64]:
    """Return midnights from 2020-01-01 on, every day of the week, ns UTC."""
    return FIRST_DAY_NS + np.arange(rows, dtype=np.int64) * DAY_NS


def cross_case(seed: int) -> dict[str, Any]:
    """Return the settings of one SMA cross for backtesting.py: whole units, daily bars of one symbol.

    The averages never are exactly equal and don't cross at the last two bars: there we differ (see differences.py).
    """
    draws = Draws(seed)
    while touches(case := _cross_case(seed, draws)):
        pass
    return case


def touches(case: dict[str, Any]) -> bool:
    """Tell whether the averages of an SMA cross case are ever equal, or cross at the last two bars."""
    sums = np.cumsum(np.concatenate([[0.0], cross_prices(case)["close"]]))
    fast, slow = case["fast"], case["slow"]
    # Sums of 64ths are exact, so the averages times both lengths are compared exactly.
    above = (sums[slow:] - sums[slow - fast : -fast]) * slow - (sums[slow:] - sums[:-slow]) * fast
    return bool((above == 0.0).any() or (above[-3:-1] * above[-2:] < 0.0).any())


def _cross_case(seed: int, draws: Draws) -> dict[str, Any]:
    fast = draws.whole(2, 15)
    same_close = draws.choice([False, False, True])
    return {
        "seed": seed,
        "rows": draws.whole(200, 900),
        "fast": fast,
        "slow": fast + draws.whole(2, 40),
        "short": draws.choice([True, True, False]),
        "commission": draws.choice([0.0, 0.0005, 0.001, 0.002, 0.005]),
        "cash": draws.choice([10_000.0, 25_000.0, 1_000_000.0]),
        "same_close": same_close,
        # Both at once end differently: see DIFFERENCES in compare.py.
        "finalize": not same_close and draws.choice([False, True]),
    }


def cross_prices(case: dict[str, Any]) -> dict[str, Floats]:
    """Return the bars of an SMA cross case, float64[rows] each."""
    made = prices(Draws(10_000 + case["seed"]), case["rows"], 1, 0.05)
    return {name: value[:, 0] for name, value in made.items()}


def portfolio_case(seed: int) -> dict[str, Any]:
    """Return the settings of one run over given orders or targets for vectorbt."""
    draws = Draws(20_000 + seed)
    kind = draws.choice(["amount", "value", "percent", "target_units", "target_value", "target_weight"])
    costs = kind != "target_weight"
    return {
        "seed": seed,
        "kind": kind,
        "rows": draws.whole(60, 250),
        "symbols": draws.whole(1, 4),
        "direction": draws.choice(["long"] if kind == "percent" else ["long", "short", "both"]),
        "same_close": draws.choice([True, False]),
        "fees": draws.choice([0.0, 0.0005, 0.002]) if costs else 0.0,
        "fixed_fees": draws.choice([0.0, 1.0]) if costs and kind != "percent" else 0.0,
        "slippage": draws.choice([0.0, 0.001]) if kind in ("amount", "percent", "target_units") else 0.0,
        "whole_units": kind != "percent" and draws.choice([True, False]),
        "cash": draws.choice([10_000.0, 250_000.0]),
    }


def portfolio_prices(case: dict[str, Any]) -> dict[str, Floats]:
    """Return the bars of a portfolio case, float64[rows, symbols] each."""
    return prices(Draws(30_000 + case["seed"]), case["rows"], case["symbols"], 0.02)


def portfolio_sizes(case: dict[str, Any]) -> Floats:
    """Return float64[rows, symbols] orders or targets, nan for nothing; positive is long.

    Where shorts are allowed, positions stay within four tenths of the cash: what else may be sold short is
    reckoned differently (see DIFFERENCES in compare.py). Long only, orders may ask for more than there is.
    """
    draws, rows, symbols = Draws(40_000 + case["seed"]), case["rows"], case["symbols"]
    lowest, highest = {"long": (0.0, 1.0), "short": (-1.0, 0.0), "both": (-1.0, 1.0)}[case["direction"]]
    share = lowest + (highest - lowest) * draws.uniform(rows, symbols)
    first = portfolio_prices(case)["close"][0]
    kind, signed = case["kind"], np.rint(20.0 * (draws.uniform(rows, symbols) - 0.5)) / 10.0
    room = 0.9 if case["direction"] == "long" else 0.4
    weights = share * room / symbols
    if kind == "target_weight":
        sizes = weights
    elif kind in TARGETS or case["direction"] != "long":
        sizes = np.rint(weights * case["cash"]) if kind in SIZED_BY_VALUE else np.rint(weights * case["cash"] / first)
    else:
        sizes = {
            "percent": signed,
            "value": signed * case["cash"] / 2.0,
            "amount": np.rint(signed * case["cash"] / first / 2.0),
        }[kind]
    sizes = np.where(draws.uniform(rows, symbols) < 0.7, np.nan, sizes)
    if case.get("round_trips"):  # of one symbol: in, out, in, out
        sizes[np.flatnonzero(~np.isnan(sizes[:, 0]))[1::2]] = 0.0
    return sizes if kind in TARGETS or case["direction"] == "long" else _changes(sizes)


def _changes(path: Floats) -> Floats:
    """Turn the positions to hold into the orders that lead there, nan where nothing is asked."""
    orders = np.full(path.shape, np.nan)
    held = np.zeros(path.shape[1])
    for t, wanted in enumerate(path):
        asked = ~np.isnan(wanted)
        orders[t, asked] = wanted[asked] - held[asked]
        held[asked] = wanted[asked]
    return orders
