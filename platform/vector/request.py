"""A backtest as one JSON document: the body of ``POST /api/backtest/run`` and of ``lockstep backtest FILE``."""

import difflib
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from lockstep.data.bars import Bars
from lockstep.data.store import Store
from lockstep.errors import RequestError
from lockstep.strategies.manager import StrategyManager
from lockstep.strategies.parameters import camel_case
from lockstep.vector.backtest import backtest
from lockstep.vector.result import Result


class StrategyRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One strategy of a request; ``name`` is a registry name or a display name."""

    id: str | None = None
    name: str
    enabled: bool = True
    allocation: float = 1.0
    symbols: list[str] | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class BacktestRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What to run. Keys are camelCase on the wire; everything after ``strategies`` may be left out."""

    mode: Literal["backtest"] = "backtest"
    start_date: str | None = None
    end_date: str | None = None
    symbols: list[str]
    initial_capital: float = 100_000.0
    strategies: list[StrategyRequest]
    interval: str | None = None
    dataset: str | None = None
    benchmark: str | None = None
    risk_free: float = 0.0
    convention: str = "lockstep"
    backend: str = "auto"
    adjust: Literal["split", "none"] = "split"
    fill: str = "next_open"
    rebalance: str = "on_change"
    band: float = 0.0
    commission: float = 0.0
    per_share: float = 0.0
    per_order: float = 0.0
    slippage_bps: float = 0.0
    fractional: bool = False
    direction: str = "both"
    close_at_end: bool = False

    def bars(self, store: Store) -> Bars:
        """Return the bars that the request names."""
        return store.bars(
            self.symbols,
            interval=self.interval,
            start=self.start_date,
            end=self.end_date,
            dataset=self.dataset,
            adjust=self.adjust,
        )

    def manager(self) -> StrategyManager:
        """Return the strategies with their allocations."""
        return StrategyManager.from_request([msgspec.to_builtins(entry) for entry in self.strategies], self.symbols)

    def run(self, store: Store, progress: Callable[[float], None]) -> Result:
        """Run the request on a store's bars; ``progress`` is told the share of rows done."""
        manager = self.manager()  # first: a misspelt strategy shouldn't wait for data
        bars = self.bars(store)
        done, rows = 0, max(bars.rows, 1)

        def advance(count: int) -> None:
            nonlocal done
            done += count
            progress(done / rows)

        return backtest(bars, manager, progress=advance, **self.options())

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of ``backtest``."""
        names = (
            "benchmark", "risk_free", "convention", "backend", "fill", "rebalance", "band", "commission", "per_share",
            "per_order", "slippage_bps", "fractional", "direction", "close_at_end",
        )  # fmt: skip
        return {"cash": self.initial_capital} | {name: getattr(self, name) for name in names}


def parse_request(text: bytes | str) -> BacktestRequest:
    """Read a request.

    Raises ``RequestError`` for text that is no JSON, unknown keys, missing keys and values of another type, each
    with its place in the document.
    """
    try:
        return msgspec.json.decode(text, type=BacktestRequest)
    except msgspec.DecodeError as error:  # ValidationError is one of these
        near = _near(str(error))
        raise RequestError(f"the request is not what is expected: {error}{near} (see docs/execution.md)") from None


def _near(message: str) -> str:
    """Name the key that was probably meant by one that is unknown."""
    unknown = re.search(r"unknown field `([^`]*)`", message)
    if unknown is None:
        return ""
    inside = StrategyRequest if "$.strategies" in message else BacktestRequest
    known = [field.encode_name for field in msgspec.structs.fields(inside)]
    near = difflib.get_close_matches(camel_case(unknown[1]), known, 1)
    return f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(known)}"


def read_request(path: str | Path) -> BacktestRequest:
    """Read a request from a file; raises ``RequestError`` when it can't be read."""
    try:
        return parse_request(Path(path).read_bytes())
    except OSError as error:
        raise RequestError(f"can't read the request {path}: {error.strerror}") from None


def request_of_options(
    *,
    strategy: str | None = None,
    symbols: str | None = None,
    start: str | None = None,
    end: str | None = None,
    interval: str | None = None,
    dataset: str | None = None,
    param: Sequence[str] | None = None,
    setting: Sequence[str] | None = None,
    cash: float | None = None,
) -> BacktestRequest:
    """Return the request that command-line options spell.

    Raises ``RequestError`` without a strategy or symbols, and for pairs that are not NAME=VALUE.
    """
    if not strategy or not symbols:
        raise RequestError(
            "give a request file, or --strategy and --symbols: "
            "lockstep backtest --strategy mean_reversion --symbols AAPL,GOOG,MSFT"
        )
    names = [name.strip() for name in symbols.split(",") if name.strip()]
    document: dict[str, Any] = {
        "symbols": names,
        "startDate": start,
        "endDate": end,
        "interval": interval,
        "dataset": dataset,
        "strategies": [{"name": strategy, "parameters": pairs_of("--param", param or ())}],
    }
    if cash is not None:
        if not math.isfinite(cash):
            raise RequestError(f"cash must be a finite number above zero, found {cash!r}")
        document["initialCapital"] = cash
    document |= {camel_case(key): value for key, value in pairs_of("--set", setting or ()).items()}
    return parse_request(msgspec.json.encode(document))


def pairs_of(option: str, texts: Sequence[str]) -> dict[str, Any]:
    """Return NAME=VALUE texts as names and values; raises ``RequestError`` for what is none."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise RequestError(f"{option} {text}: write NAME=VALUE, as in {option} lookback=20")
        pairs[name.strip()] = _plain(value.strip())
    return pairs


def _plain(text: str) -> Any:
    """Return a number or a truth value where the text is one, else the text."""
    try:
        return msgspec.json.decode(text.lower() if text.lower() in ("true", "false") else text)
    except msgspec.DecodeError:
        return text
