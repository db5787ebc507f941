"""A backtest as one JSON document: the body of ``POST /api/backtest/run`` and of ``lockstep backtest FILE``."""

import difflib
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import msgspec

from lockstep.data.bars import Bars
from lockstep.data.store import Store
from lockstep.errors import RequestError
from lockstep.strategies.manager import StrategyManager
from lockstep.strategies.over_bars.request_model import BrokerageRequest, ExitsRequest, MarketRequest
from lockstep.strategies.over_bars.settings import BarSettings
from lockstep.strategies.parameters import camel_case
from lockstep.vector.backtest import backtest
from lockstep.vector.result import Result

if TYPE_CHECKING:
    from lockstep.vector.bands import Bands
    from lockstep.vector.counterfactual import Counterfactual

R = TypeVar("R")
Limited = TypeVar("Limited", bound=msgspec.Struct)
"""A request that may have limits: over bars or over ticks."""
Told = Callable[[float], None]
"""Takes the share of rows that is done."""


class StrategyRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One strategy of a request; ``name`` is a registry name or a display name."""

    id: str | None = None
    name: str
    enabled: bool = True
    allocation: float = 1.0
    symbols: list[str] | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class BacktestRequest(BarSettings, rename="camel", forbid_unknown_fields=True, kw_only=True):
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
    close_at_end: bool = False
    limits: dict[str, Any] | None = None
    apply_actions: bool = False

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

    def run(self, store: Store, progress: Told) -> Result:
        """Run the request on a store's bars; ``progress`` is told the share of rows done."""
        return self._asked_of(cast("Callable[..., Result]", backtest), store, progress, self.options())

    def run_on(self, bars: Bars, progress: Told) -> Result:
        """Run the request on bars that were read already."""
        return self._asked_of(cast("Callable[..., Result]", backtest), bars, progress, self.options())

    def notes(self, result: Result) -> dict[str, str]:
        """Return what is to be said of a result besides what it measures, by name; of a plain request nothing."""
        del result
        return {}

    def bands(self, store: Store, progress: Told) -> "Bands":
        """Run the request under the default ladder of fill policies."""
        from lockstep.vector.bands import bands

        return self._asked_of(bands, store, progress, self.options())

    def counterfactual(self, store: Store, progress: Told) -> "Counterfactual":
        """Run the request with its limits, without each and with none; raises ``RequestError`` where it has none."""
        from lockstep.vector.counterfactual import what_limits_cost

        options = self.options()
        if options["limits"] is None:
            raise RequestError(
                "the request has no limits, so there is nothing to compare: give limits, or --limits FILE"
            )
        return self._asked_of(what_limits_cost, store, progress, options)

    def _asked_of(self, run: Callable[..., R], on: Store | Bars, progress: Told, options: dict[str, Any]) -> R:
        manager = self.manager()  # first: a misspelt strategy shouldn't wait for data
        bars = on if isinstance(on, Bars) else self.bars(on)
        done, rows = 0, max(bars.rows, 1)

        def advance(count: int) -> None:
            nonlocal done
            done += count
            progress(done / rows)

        return run(bars, manager, progress=advance, **options)

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of ``backtest``; raises ``LockstepError`` for settings that can't be."""
        names = (
            "benchmark", "risk_free", "convention", "backend", "fill", "rebalance", "band", "commission", "per_share",
            "per_order", "slippage_bps", "fractional", "direction", "close_at_end", "rates",
        )  # fmt: skip
        models = {
            name: None if asked is None else asked.made()
            for name, asked in (("market", self.market), ("brokerage", self.brokerage), ("exits", self.exits))
        }
        own = {"cash": self.initial_capital, "limits": self._limits(), "actions": self.apply_actions}
        return own | {name: getattr(self, name) for name in names} | models

    def _limits(self) -> Any:
        if self.limits is None:
            return None
        from lockstep.kernels.risk.settings import RiskLimits

        RiskLimits.from_mapping(self.limits)  # checked at once, handed on as it was written
        return self.limits


INSIDE: dict[str, type[msgspec.Struct]] = {
    "strategies": StrategyRequest, "market": MarketRequest, "brokerage": BrokerageRequest, "exits": ExitsRequest,
}  # fmt: skip
"""Key of a request -> what stands in it."""


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
    place = re.search(r"`\$\.(\w+)", message)
    inside = INSIDE.get(place[1] if place else "", BacktestRequest)
    settings = {field.encode_name for field in msgspec.structs.fields(BarSettings)}
    # What runs is said before how it trades.
    known = sorted((field.encode_name for field in msgspec.structs.fields(inside)), key=settings.__contains__)
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
    document = {
        "symbols": names_of(symbols),
        "startDate": start,
        "endDate": end,
        "interval": interval,
        "dataset": dataset,
        "strategies": [{"name": strategy, "parameters": pairs_of("--param", param or ())}],
    }
    return parse_request(msgspec.json.encode(with_settings(document, cash, setting or ())))


def names_of(symbols: str) -> list[str]:
    """Return comma-separated symbols."""
    return [name.strip() for name in symbols.split(",") if name.strip()]


def with_settings(document: dict[str, Any], cash: float | None, setting: Sequence[str]) -> dict[str, Any]:
    """Put initial capital and KEY=VALUE settings into a request's document, and return it. Raises ``RequestError``."""
    if cash is not None:
        if not math.isfinite(cash):
            raise RequestError(f"cash must be a finite number above zero, found {cash!r}")
        document["initialCapital"] = cash
    for key, value in pairs_of("--set", setting).items():
        _put(document, [camel_case(part) for part in key.split(".")], value)
    return document


def _put(document: dict[str, Any], keys: list[str], value: Any) -> None:
    """Set a key of a document, or with several the key inside an object: exits.stopLoss."""
    for key in keys[:-1]:
        inside = document.setdefault(key, {})
        if not isinstance(inside, dict):
            raise RequestError(f"--set {'.'.join(keys)}: {key} is set already, to {inside!r}")
        document = inside
    document[keys[-1]] = value


def with_limits(request: Limited, path: str | Path) -> Limited:
    """Return the request under limits from a JSON file (docs/risk.md).

    Raises ``RequestError`` for a file that can't be read or holds no object, and where the request has limits.
    """
    if getattr(request, "limits", None) is not None:
        raise RequestError(f"limits are given twice: leave out the request's limits or --limits {path}")
    return msgspec.structs.replace(request, limits=limits_of(path))


def limits_of(path: str | Path) -> dict[str, Any]:
    """Return the limits of a JSON file; raises ``RequestError`` for one that can't be read or holds no object."""
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise RequestError(f"can't read the limits {path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise RequestError(f"the limits {path} are not a JSON object: {error} (see docs/risk.md)") from None


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
