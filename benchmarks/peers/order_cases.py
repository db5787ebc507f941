"""Random configurations for the full order model, the same on every machine for a seed. NumPy only.

Bars are random, with gaps, in whole 64ths, or windows of the sample's real ones. Levels fall on the same ticks, so that
prices often touch them exactly.
"""

from functools import cache
from typing import Any

import numpy as np
from benchmarks.harness import ROOT
from benchmarks.peers.cases import Draws, Floats

SAMPLE = ROOT / ".benchmarks" / "sample-bars.npz"
REAL = ("AAPL", "GOOG", "IBM", "MSFT")
NAMES = ("open", "high", "low", "close")
REACH, GAPS, GAP = 0.035, 0.2, 0.1
"""Most that a random bar's close moves; share of bars that open with a gap; its width."""


@cache
def sample() -> dict[str, Floats]:
    """Return the sample's bars, float64[4, rows] by symbol: from the file written for peers, or from the sample."""
    if SAMPLE.exists():
        with np.load(SAMPLE) as kept:
            return {name: kept[name] for name in kept.files}
    from lockstep.data.sample import read_quotes

    return {quotes.symbol: quotes.values[:4] for quotes in read_quotes() if quotes.symbol in REAL}


def write_sample() -> None:
    """Write the sample's bars where the peers' environments read them."""
    if not SAMPLE.exists():
        made: Any = sample()
        SAMPLE.parent.mkdir(exist_ok=True)
        np.savez(SAMPLE, **made)


def order_bars(case: dict[str, Any]) -> dict[str, Floats]:
    """Return open, high, low and close of a case, float64[rows, symbols]."""
    draws, rows, symbols = Draws(60_000 + case["seed"]), case["rows"], case["symbols"]
    if case["source"] == "random":
        return _gapping(draws, rows, symbols)
    windows = []
    for s in range(symbols):
        bars = sample()[REAL[(REAL.index(case["source"]) + s) % len(REAL)]]
        start = draws.whole(0, bars.shape[1] - rows)
        windows.append(bars[:, start : start + rows])
    return {name: np.stack([window[i] for window in windows], axis=1) for i, name in enumerate(NAMES)}


def _gapping(draws: Draws, rows: int, symbols: int) -> dict[str, Floats]:
    close, opens = np.empty((rows, symbols)), np.empty((rows, symbols))
    before = 20.0 + np.rint(180.0 * draws.uniform(symbols))
    moves = REACH * (draws.uniform(rows, symbols) + draws.uniform(rows, symbols) - 1.0)
    gaps = GAP * (draws.uniform(rows, symbols) - 0.5) * (draws.uniform(rows, symbols) < GAPS)
    for t in range(rows):
        opens[t] = np.maximum(np.rint(before * (1.0 + gaps[t]) * 64.0), 64.0) / 64.0
        close[t] = np.maximum(np.rint(opens[t] * (1.0 + moves[t]) * 64.0), 64.0) / 64.0
        before = close[t]
    wide = 0.03 * close * draws.uniform(rows, symbols)
    high = np.maximum(opens, close) + np.rint(64.0 * wide * draws.uniform(rows, symbols)) / 64.0
    low = np.minimum(opens, close) - np.rint(64.0 * wide * draws.uniform(rows, symbols)) / 64.0
    return {"open": opens, "high": high, "low": np.maximum(low, 1.0 / 64.0), "close": close}


def on_tick(case: dict[str, Any], price: float) -> float:
    """Return the nearest price that the case's bars could show."""
    tick = 64.0 if case["source"] == "random" else 100.0
    return float(np.rint(price * tick) / tick)


def _source(draws: Draws) -> str:
    return str(draws.choice(["random", "random", *REAL]))


# --- backtesting.py: a plan of orders -------------------------------------------------------------------------------


def plan_case(seed: int) -> dict[str, Any]:
    """Return the settings of one plan of orders for backtesting.py: whole units of one symbol."""
    draws = Draws(70_000 + seed)
    kind = draws.choice(["bracket", "bracket", "bracket", "after", "after", "moved", "share", "loose"])
    return {
        "seed": seed,
        "kind": kind,
        "source": _source(draws),
        "rows": draws.whole(80, 200),
        "symbols": 1,
        "pause": draws.whole(4, 12),
        "same_close": kind == "share" or draws.choice([False, False, False, True]),
        "stop_loss": draws.choice([0.0, 0.015, 0.03, 0.06]) if kind != "share" else draws.choice([0.01, 0.03]),
        "take_profit": draws.choice([0.0, 0.02, 0.04, 0.08]),
        "sides": draws.choice(["long", "short", "both"]),
        "commission": draws.choice([0.0, 0.0005, 0.002]),
        "fixed": 0.0 if kind in ("share", "loose") else draws.choice([0.0, 0.0, 1.0]),
        "cash": draws.choice([10_000.0, 100_000.0]),
    }


def plan(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the orders of a case in order of time: row, side, type, units or share, prices (0 for none).

    But for ``loose``, each comes in the place of everything before: what waits is cancelled, what is held is closed.
    """
    draws, close = Draws(80_000 + case["seed"]), order_bars(case)["close"][:, 0]
    steps: list[dict[str, Any]] = []
    row = 1
    dropped = case.get("dropped", ())
    while (row := row + draws.whole(1, case["pause"])) < case["rows"] - 2:
        step = _step(case, draws, row, float(close[row]))
        if len(steps) in dropped:
            step["units"] = 0
        steps.append(step)
    return steps


def _share_of_cash(draws: Draws) -> float:
    """Return 5 to 40 percent, or, one time in eighty, four times as much: at times more than there is."""
    return (0.05 + 0.35 * float(draws.uniform(1)[0])) * float(draws.choice([4.0, *[1.0] * 79]))


def _step(case: dict[str, Any], draws: Draws, row: int, close: float) -> dict[str, Any]:
    kind = case["kind"]
    side = {"long": 1, "short": -1, "both": draws.choice([1, -1])}[case["sides"]]
    if kind == "loose":
        side = draws.choice([1, -1])
    markets = kind in ("moved", "share")
    step = {
        "row": row, "side": side, "type": "market" if markets else draws.choice(
            ["market", "limit", "limit", "stop", "stop", "stop_limit"]
        ),
        "units": max(int(_share_of_cash(draws) * case["cash"] / close), 1),
        "share": 0.2 + 0.7 * float(draws.uniform(1)[0]), "limit": 0.0, "stop": 0.0, "stop_loss": 0.0,
        "take_profit": 0.0, "trail": 0.0,
    }  # fmt: skip
    if kind == "loose":
        step["units"] = max(step["units"] // 8, 1)
    away = 0.003 + 0.03 * float(draws.uniform(1)[0])
    beyond = 0.02 * (float(draws.uniform(1)[0]) - 0.15)
    entry = close
    if step["type"] == "limit":
        entry = step["limit"] = on_tick(case, close * (1.0 - side * away))
    elif step["type"] != "market":
        entry = step["stop"] = on_tick(case, close * (1.0 + side * away))
        if step["type"] == "stop_limit":
            entry = step["limit"] = on_tick(case, step["stop"] * (1.0 + side * beyond))
    if kind == "share":
        step["stop_loss"] = close * (1.0 - side * case["stop_loss"])
        step["take_profit"] = close * (1.0 + side * case["take_profit"]) if case["take_profit"] else 0.0
    elif kind == "moved":
        step["trail"] = case["stop_loss"] or 0.03
        step["stop_loss"] = close * (1.0 - side * step["trail"])
    elif kind != "loose":
        # At least a tick on either side, as backtesting.py demands.
        tick = on_tick(case, 0.05)
        if case["stop_loss"]:
            step["stop_loss"] = on_tick(case, entry * (1.0 - side * case["stop_loss"])) - side * tick
        if case["take_profit"]:
            step["take_profit"] = on_tick(case, entry * (1.0 + side * case["take_profit"])) + side * tick
    return step


# --- vectorbt: signals with exits -----------------------------------------------------------------------------------


def signal_case(seed: int) -> dict[str, Any]:
    """Return the settings of signals with stop losses, profits and trailing stops for vectorbt."""
    draws = Draws(90_000 + seed)
    kind = draws.choice(["units", "units", "units", "all", "value", "trailing", "moved", "bracket"])
    stop_loss, take_profit = draws.choice([0.0, 0.01, 0.02, 0.05]), draws.choice([0.0, 0.015, 0.03, 0.08])
    if kind in ("trailing", "moved", "bracket") or not (stop_loss or take_profit):
        stop_loss = draws.choice([0.015, 0.03, 0.06])
    if kind == "bracket":
        take_profit = draws.choice([0.015, 0.03, 0.08])
    elif kind == "moved":
        take_profit = 0.0
    planned = kind in ("moved", "bracket")
    return {
        "seed": seed,
        "kind": kind,
        "source": _source(draws),
        "rows": draws.whole(80, 200),
        "symbols": 1 if planned or kind in ("all", "value") else draws.whole(1, 3),
        "pause": draws.whole(6, 25),
        "same_close": planned or draws.choice([True, True, False]),
        "direction": draws.choice(["long", "short"] if planned else ["long", "short", "both"]),
        "stop_loss": stop_loss,
        "take_profit": take_profit,
        "fees": draws.choice([0.0, 0.0005, 0.002]),
        "fixed_fees": draws.choice([0.0, 0.0, 1.0]),
        "slippage": 0.0 if planned or kind == "value" else draws.choice([0.0, 0.0, 0.0, 0.001]),
        "cash": draws.choice([10_000.0, 100_000.0]),
    }


def signals(case: dict[str, Any]) -> Floats:
    """Return float64[rows, symbols]: 1 to be long, -1 short, 0 flat, nan for no signal; given at each row's close.

    Where what is asked for depends on the moment (``all``, ``value``, plans), entries and exits alternate.
    """
    draws, rows, symbols = Draws(100_000 + case["seed"]), case["rows"], case["symbols"]
    sides = {"long": [1.0, 0.0], "short": [-1.0, 0.0], "both": [1.0, -1.0]}[case["direction"]]
    alternate = case["kind"] not in ("units", "trailing")
    found = np.full((rows, symbols), np.nan)
    for s in range(symbols):
        row, last = 0, sides[1]
        while (row := row + draws.whole(1, case["pause"])) < rows - 2:
            side = draws.choice(sides)
            found[row, s] = last = sides[last == sides[0]] if alternate else side
    for row, s in case.get("dropped", ()):
        later = np.flatnonzero(~np.isnan(found[row + 1 :, s]))
        found[row, s] = np.nan
        if alternate and len(later):  # with the one that follows, so that they go on alternating
            found[row + 1 + later[0], s] = np.nan
    return found


def signal_units(case: dict[str, Any]) -> Floats:
    """Return float64[symbols]: units of each position, worth 30 % of the cash or less at first."""
    first: Floats = order_bars(case)["close"][0]
    return np.asarray(np.maximum(np.rint(0.3 * case["cash"] / case["symbols"] / first), 1.0))
