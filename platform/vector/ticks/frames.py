"""Records of a tick run as frames in names, units and UTC, and frames of own trading as such records.

Live and paper orders come to ``calibrate`` as frames of the very columns that ``TickResult`` shows.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.errors import BacktestError
from lockstep.kernels.order_terms import (
    LIMITED,
    NO_TICK,
    STOPS,
    TICK_LIMIT,
    TRAIL_PARTS,
    Force,
    OrderFlag,
    OrderType,
    Prevention,
    Reason,
)
from lockstep.kernels.risk.codes import RiskCode, explain
from lockstep.kernels.ticks.tables import TICK_FILL, TICK_ORDER, Action, OrderState
from lockstep.strategies.over_ticks.requests import REQUEST

if TYPE_CHECKING:
    import polars as pl

Records = npt.NDArray[np.void]

SIDES = ("buy", "sell")
_FLAGS = {"post_only": OrderFlag.POST_ONLY, "reduce_only": OrderFlag.REDUCE_ONLY}

NEEDED = {
    "fills": ("order", "time", "side", "price", "quantity", "maker"),
    "orders": ("id", "side", "type", "price", "quantity", "filled", "state", "sent", "arrived", "ended"),
    "requests": ("order", "kind", "sent", "arrived", "price", "quantity"),
}
"""Columns that a frame of own trading must have; the others that ``TickResult`` shows may be missing."""


def fills_frame(r: Records, instrument: Instrument) -> "pl.DataFrame":
    """Return TICK_FILL[n] in units."""
    tick, lot = instrument.tick, instrument.lot
    return _frame({
        "order": r["order"], "time": utc(r["time_ns"]), "side": _words(r["side"], SIDES), "price": r["tick"] * tick,
        "quantity": r["lots"] * lot, "maker": r["maker"] != 0, "fee": r["fee"],
        "ahead_at_entry": r["ahead_at_entry"] * lot, "ahead": r["ahead"] * lot, "middle": r["middle"] * tick,
        "middle_sent": r["middle_sent"] * tick, "position": r["position"] * lot, "cash": r["cash"],
        "realised": r["realised"],
    })  # fmt: skip


def orders_frame(r: Records, instrument: Instrument) -> "pl.DataFrame":
    """Return TICK_ORDER[n] in units; price, trigger and trail are nan where there is none."""
    tick, lot = instrument.tick, instrument.lot
    return _frame({
        "id": r["id"], "side": _words(r["side"], SIDES), "type": _words(r["type"], names_of(OrderType)),
        "price": np.where(np.isin(r["type"], LIMITED), r["tick"] * tick, np.nan),
        "trigger": np.where(np.isin(r["type"], STOPS) & is_price(r["trigger"]), r["trigger"] * tick, np.nan),
        **_trails(r["trail"], tick),
        "quantity": r["lots"] * lot, "filled": r["filled"] * lot,
        "state": _words(r["state"], names_of(OrderState)), "why": _words(r["why"], names_of(Reason)),
        "force": _words(r["force"], names_of(Force)),
        **{name: r["flags"] & flag != 0 for name, flag in _FLAGS.items()},
        "display": r["display"] * lot, "prevention": _words(r["prevention"], names_of(Prevention)),
        "expires": utc(r["expiry_ns"]),
        "sent": utc(r["sent_ns"]), "arrived": utc(r["arrived_ns"]),
        "ended": utc(r["ended_ns"]), "heard": utc(r["heard_ns"]), "ahead_at_entry": r["ahead_at_entry"] * lot,
        "middle_sent": r["middle"] * tick,
    })  # fmt: skip


def requests_frame(r: Records, instrument: Instrument) -> "pl.DataFrame":
    """Return REQUEST[n] in units; price and quantity are nan of a cancel, trigger where it stays as it is."""
    cancel = r["kind"] == Action.CANCEL
    return _frame({
        "order": r["order"], "kind": _words(r["kind"], names_of(Action)), "sent": utc(r["sent_ns"]),
        "arrived": utc(r["arrived_ns"]), "price": np.where(cancel, np.nan, r["tick"] * instrument.tick),
        "trigger": np.where(r["trigger"] == NO_TICK, np.nan, r["trigger"] * instrument.tick),
        **_trails(r["trail"], instrument.tick),
        "quantity": np.where(cancel, np.nan, r["lots"] * instrument.lot),
    })  # fmt: skip


def declines_frame(r: Records, instrument: Instrument) -> "pl.DataFrame":
    """Return DECLINE[n] in units, with the RiskCode in words and a sentence."""
    numbers = [r[name].tolist() for name in ("code", "limit", "current", "attempted")]
    return _frame({
        "id": r["order"], "time": utc(r["time_ns"]), "action": _words(r["action"], names_of(Action)),
        "side": _words(r["side"], SIDES), "type": _words(r["type"], names_of(OrderType)),
        "price": np.where(np.isin(r["type"], LIMITED), r["tick"] * instrument.tick, np.nan),
        "quantity": r["lots"] * instrument.lot,
        "refusal": np.array([RiskCode(code).name.lower() for code in numbers[0]], str), "code": r["code"],
        "risk_limit": r["limit"], "risk_current": r["current"], "risk_attempted": r["attempted"],
        "why": np.array([explain(*row) for row in zip(*numbers, strict=True)], str),
    })  # fmt: skip


def trades_frame(r: Records) -> "pl.DataFrame":
    """Return round trips; over ticks they count no bars."""
    dropped = ("symbol", "entry_row", "exit_row", "bars", "entry_time_ns", "exit_time_ns", "open")
    columns = {"entry_time": utc(r["entry_time_ns"]), "exit_time": utc(r["exit_time_ns"])}
    return _frame(columns | {n: r[n] for n in r.dtype.names or () if n not in dropped} | {"open": r["open"] != 0})


def samples_frame(r: Records, instrument: Instrument) -> "pl.DataFrame":
    """Return SAMPLE[n] in units."""
    return _frame({
        "time": utc(r["time_ns"]), "equity": r["equity"], "position": r["position"] * instrument.lot,
        "middle": r["middle"] * instrument.tick,
    })  # fmt: skip


def fill_records(given: Any, instrument: Instrument) -> Records:
    """Return TICK_FILL[n] of a frame with the columns of ``TickResult.fills``, or of such records themselves."""
    if isinstance(given, np.ndarray):
        return given
    frame = _checked(given, "fills")
    r = np.zeros(len(frame), TICK_FILL)
    r["order"], r["time_ns"], r["side"] = frame["order"], _ns(frame, "time"), _codes(frame, "side", SIDES)
    r["tick"], r["lots"] = _steps(frame, "price", instrument.tick), _steps(frame, "quantity", instrument.lot)
    r["maker"] = frame["maker"]
    for name, field, unit in (
        ("fee", "fee", 1.0), ("ahead_at_entry", "ahead_at_entry", instrument.lot), ("ahead", "ahead", instrument.lot),
        ("middle", "middle", instrument.tick), ("middle_sent", "middle_sent", instrument.tick),
    ):  # fmt: skip
        r[field] = frame[name] / unit if name in frame.columns else (0.0 if name == "fee" else np.nan)
    return r


def order_records(given: Any, instrument: Instrument) -> Records:
    """Return TICK_ORDER[n] of a frame with the columns of ``TickResult.orders``, or of such records themselves."""
    if isinstance(given, np.ndarray):
        return given
    frame = _checked(given, "orders")
    r = np.zeros(len(frame), TICK_ORDER)
    r["id"], r["side"] = frame["id"], _codes(frame, "side", SIDES)
    r["type"], r["state"] = _codes(frame, "type", names_of(OrderType)), _codes(frame, "state", names_of(OrderState))
    r["tick"], r["lots"] = _steps(frame, "price", instrument.tick), _steps(frame, "quantity", instrument.lot)
    r["filled"] = _steps(frame, "filled", instrument.lot)
    for name, field in (("expires", "expiry"), *((name, name) for name in ("sent", "arrived", "ended", "heard"))):
        r[f"{field}_ns"] = _ns(frame, name) if name in frame.columns else 0
    for name, step in (("trigger", instrument.tick), ("display", instrument.lot)):
        r[name] = _steps(frame, name, step) if name in frame.columns else 0
    r["trail"] = _trail(frame, instrument.tick)
    for name, flag in _FLAGS.items():
        if name in frame.columns:
            r["flags"] |= np.where(frame[name].to_numpy(), int(flag), 0)
    for name, words, otherwise in (
        ("why", names_of(Reason), Reason.NONE), ("force", names_of(Force), Force.GTC),
        ("prevention", names_of(Prevention), Prevention.NEWEST),
    ):  # fmt: skip
        r[name] = _codes(frame, name, words) if name in frame.columns else otherwise
    for name, field, unit in (
        ("ahead_at_entry", "ahead_at_entry", instrument.lot), ("middle_sent", "middle", instrument.tick),
    ):  # fmt: skip
        r[field] = frame[name] / unit if name in frame.columns else np.nan
    return r


def request_records(given: Any, instrument: Instrument) -> Records:
    """Return REQUEST[n] of a frame with the columns of ``TickResult.requests``, or of such records themselves."""
    if isinstance(given, np.ndarray):
        return given
    frame = _checked(given, "requests")
    r = np.zeros(len(frame), REQUEST)
    r["order"], r["kind"] = frame["order"], _codes(frame, "kind", names_of(Action))
    r["sent_ns"], r["arrived_ns"] = _ns(frame, "sent"), _ns(frame, "arrived")
    r["tick"], r["lots"] = _steps(frame, "price", instrument.tick), _steps(frame, "quantity", instrument.lot)
    r["trigger"] = NO_TICK
    if "trigger" in frame.columns:
        given_one = np.isfinite(frame["trigger"].cast(float).fill_null(np.nan).to_numpy())
        r["trigger"][given_one] = _steps(frame, "trigger", instrument.tick)[given_one]
    r["trail"] = _trail(frame, instrument.tick)
    return r


def is_price(ticks: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which of them are prices: a trailing stop that has seen no trade stands nowhere."""
    return np.abs(ticks) <= TICK_LIMIT


def _trails(trail: npt.NDArray[np.int64], tick: float) -> dict[str, npt.NDArray[np.float64]]:
    """Return how far trailing stops stay behind: as an amount, or as a share of the price."""
    return {
        "trail": np.where(trail > 0, trail * tick, np.nan),
        "trail_percent": np.where(trail < 0, -trail / TRAIL_PARTS, np.nan),
    }


def _trail(frame: "pl.DataFrame", tick: float) -> npt.NDArray[np.int64]:
    """Return the same as runs have it, 0 where there is none."""
    amount, share = (
        _steps(frame, name, step) if name in frame.columns else np.zeros(len(frame), np.int64)
        for name, step in (("trail", tick), ("trail_percent", 1.0 / TRAIL_PARTS))
    )
    return np.where(share != 0, -share, amount)


def utc(values: npt.NDArray[Any]) -> "pl.Series":
    """Return times; 0 stands for what has not happened, which a frame shows as null."""
    import polars as pl

    times = pl.Series(np.ascontiguousarray(values))
    return times.set(times == 0, None).cast(pl.Datetime("ns", "UTC"))


def names_of(codes: Any) -> tuple[str, ...]:
    """Return the words for codes that count from 0."""
    return tuple(code.name.lower() for code in codes)


def _frame(columns: Mapping[str, Any]) -> "pl.DataFrame":
    import polars as pl

    return pl.DataFrame(dict(columns))


def _words(values: npt.NDArray[Any], names: tuple[str, ...]) -> npt.NDArray[Any]:
    return np.array(names)[values] if len(values) else np.array([], str)


def _checked(given: Any, what: str) -> "pl.DataFrame":
    """Return a polars frame of what was given (a polars or pandas frame, or columns), with all that is needed."""
    import polars as pl

    try:
        frame = given if isinstance(given, pl.DataFrame) else pl.DataFrame(given)
    except (TypeError, ValueError) as error:
        raise BacktestError(
            f"{what} must be a frame such as TickResult.{what}, found {type(given).__name__}"
        ) from error
    missing = [name for name in NEEDED[what] if name not in frame.columns]
    if missing:
        raise BacktestError(
            f"{what} need the columns {', '.join(NEEDED[what])} (as TickResult.{what} has them), found none named"
            f" {', '.join(missing)}"
        )
    return frame


def _ns(frame: "pl.DataFrame", name: str) -> npt.NDArray[np.int64]:
    """Return times as ns UTC, 0 for null; times without a zone are UTC."""
    import polars as pl

    column = frame[name]
    if not isinstance(column.dtype, pl.Datetime):
        if column.dtype.is_integer() or column.dtype == pl.Null:
            return np.asarray(column.fill_null(0).cast(pl.Int64).to_numpy())
        raise BacktestError(f"the column {name} must hold date-times or ns since 1970, found {column.dtype}")
    if column.dtype.time_zone is None:
        column = column.dt.replace_time_zone("UTC")
    return np.asarray(column.dt.epoch("ns").fill_null(0).to_numpy())


def _codes(frame: "pl.DataFrame", name: str, words: tuple[str, ...]) -> npt.NDArray[np.int64]:
    known = {word: code for code, word in enumerate(words)}
    found = frame[name].cast(str).str.to_lowercase().to_list()
    strange = next((word for word in found if word not in known), None)
    if strange is not None or None in found:
        raise BacktestError(f"the column {name} must hold {', '.join(words)}, found {strange!r}")
    return np.array([known[word] for word in found], np.int64)


def _steps(frame: "pl.DataFrame", name: str, step: float) -> npt.NDArray[np.int64]:
    """Return values counted in steps, 0 for null and nan; raises BacktestError for what lies between two."""
    values = np.asarray(frame[name].cast(float).fill_null(0.0).fill_nan(0.0).to_numpy()) / step
    counts = np.rint(values)
    off = np.flatnonzero(~(np.abs(values - counts) < 1e-4))
    if len(off):
        raise BacktestError(
            f"the column {name} must hold multiples of {step}, found {frame[name][int(off[0])]} in row {int(off[0])}:"
            " give ticks of an instrument with the tick and lot that were in force"
        )
    return counts.astype(np.int64)
