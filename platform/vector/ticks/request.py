"""A backtest over ticks as one JSON document, and as the command line spells it: what to run, on which history, how."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import msgspec

from lockstep._nearest import did_you_mean
from lockstep.data.manifest import Manifest
from lockstep.data.store import Store
from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import RequestError
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import camel_case, snake_case
from lockstep.strategies.registry import find
from lockstep.vector.request import StrategyRequest, Told, names_of, pairs_of, with_settings
from lockstep.vector.summary import plain_metrics
from lockstep.vector.ticks.backtest import tick_backtest
from lockstep.vector.ticks.result import TickResult


class LatencyRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """``Latency`` in nanoseconds; what is left out is as there."""

    submit: int = 0
    cancel: int | None = None
    replace: int | None = None
    report: int = 0
    feed: int = 0
    jitter: int = 0
    seed: int = 0


class ImpactRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """``Impact``; what is left out is as there."""

    coefficient: float
    exponent: float = 0.5
    half_life: int = 60_000_000_000


class TickRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What to run. Keys are camelCase on the wire; ``mode`` tells it from a request over bars."""

    mode: Literal["ticks"] = "ticks"
    start_date: str | None = None
    end_date: str | None = None
    symbols: list[str]
    initial_capital: float = 100_000.0
    strategies: list[StrategyRequest]
    dataset: str | None = None
    risk_free: float = 0.0
    convention: str = "lockstep"
    latency: LatencyRequest | None = None
    queue: str = "power"
    power: float = 3.0
    maker_fee: float = 0.0
    taker_fee: float = 0.0
    lot_fee: float = 0.0
    sample: int = 1_000_000_000
    impact: ImpactRequest | None = None
    strict: bool = True
    limits: dict[str, Any] | None = None

    def ticks(self, store: Store) -> list[Ticks]:
        """Return the histories that the request names, one a symbol."""
        return [store.ticks(name, self.start_date, self.end_date, self.dataset) for name in self.symbols]

    def execution(self) -> TickExecution:
        """Return how orders trade; raises ``BacktestError`` for settings that can't be."""
        names = ("queue", "power", "maker_fee", "taker_fee", "lot_fee", "sample", "strict")
        impact = Impact(0.0) if self.impact is None else Impact(**msgspec.structs.asdict(self.impact))
        latency = Latency() if self.latency is None else Latency(**msgspec.structs.asdict(self.latency))
        return TickExecution(latency, impact=impact, **{name: getattr(self, name) for name in names})

    def strategy(self) -> Any:
        """Return the one strategy; raises ``RequestError`` for several, or symbols of its own."""
        if len(self.strategies) != 1 or self.strategies[0].symbols is not None or not self.strategies[0].enabled:
            raise RequestError("a backtest over ticks runs one strategy on all symbols of the request: give just that")
        entry = self.strategies[0]
        return find(entry.name)(**{snake_case(name): value for name, value in entry.parameters.items()})

    def run(self, store: Store, progress: Told) -> TickResult:
        """Run the request; ``progress`` is told the share of events done. Raises ``RequestError`` for two symbols."""
        strategy, execution = self.strategy(), self.execution()
        if len(self.symbols) != 1:
            raise RequestError(
                f"a backtest over ticks is of one symbol, found {', '.join(self.symbols)}: run one after the other, or"
                " all by `lockstep sweep`"
            )
        (history,) = self.ticks(store)
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            progress(done / history.rows)

        return tick_backtest(
            history, strategy, cash=self.initial_capital, risk_free=self.risk_free, convention=self.convention,
            execution=execution, progress=advance, limits=self.limits,
        )  # fmt: skip


_INSIDE: dict[str, type[msgspec.Struct]] = {
    "latency": LatencyRequest, "impact": ImpactRequest, "strategies": StrategyRequest
}  # fmt: skip


def is_over_ticks(store: Store, strategy: str, symbols: str, dataset: str | None) -> bool:
    """Tell whether a strategy, symbols and dataset mean ticks.

    A dataset that is named decides; else a strategy that sees the order book alone; else where the symbols are stored.
    Raises what ``find`` raises for an unknown strategy.
    """
    manifests, kind = store.manifests(), find(strategy)
    named = next((manifest for manifest in manifests if manifest.dataset == dataset), None)
    if named is not None:
        return named.kind == "ticks"
    if issubclass(kind, OrderKernel):
        return True
    holding = {manifest.kind for manifest in manifests if _holds(manifest, names_of(symbols))}
    return holding == {"ticks"}


def _holds(manifest: Manifest, symbols: Sequence[str]) -> bool:
    return all(name in manifest.symbols for name in symbols)


def tick_request_of(
    *, strategy: str, symbols: str, start: str | None = None, end: str | None = None, interval: str | None = None,
    dataset: str | None = None, param: Sequence[str] | None = None, setting: Sequence[str] | None = None,
    cash: float | None = None,
) -> TickRequest:  # fmt: skip
    """Return the request that command-line options spell. Raises ``RequestError`` for what belongs to bars."""
    if interval is not None:
        raise RequestError("--interval is the length of bars: leave it out over ticks")
    document = {
        "symbols": names_of(symbols), "startDate": start, "endDate": end, "dataset": dataset,
        "strategies": [{"name": strategy, "parameters": pairs_of("--param", param or ())}],
    }  # fmt: skip
    return _converted(with_settings(document, cash, setting or ()))


def read_tick_request(path: str | Path) -> TickRequest | None:
    """Read a request over ticks; None for a file that holds another kind of request, or none.

    Raises ``RequestError`` for unknown keys and values of another type.
    """
    try:
        document = msgspec.json.decode(Path(path).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    if not isinstance(document, Mapping) or document.get("mode") != "ticks":
        return None
    return _converted(document)


def _converted(document: Mapping[str, Any]) -> TickRequest:
    _check_keys(document, TickRequest, "")
    for name, inside in _INSIDE.items():
        found = document.get(name)
        for part in found if isinstance(found, list) else [found]:
            if isinstance(part, Mapping):
                _check_keys(part, inside, f"{name}.")
    try:
        return msgspec.convert(document, TickRequest)
    except msgspec.ValidationError as error:
        raise RequestError(f"the request is not what is expected: {error} (see docs/tick_backtests.md)") from None


def _check_keys(document: Mapping[str, Any], kind: type[msgspec.Struct], inside: str) -> None:
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    for name in document:
        if name not in known:
            near = did_you_mean(camel_case(str(name)), known) or f"; known are {', '.join(known)}"
            raise RequestError(f"a run over ticks has no setting {inside}{name}{near}")


def policies_of(texts: Sequence[str], made: Callable[[Sequence[str]], TickRequest]) -> dict[str, TickExecution] | None:
    """Return NAME:KEY=VALUE,... texts as executions, each over the settings that ``made`` starts from; None for none.

    Raises ``RequestError`` for a text without a name, a name twice, and settings that are none of an execution's.
    """
    found: dict[str, TickExecution] = {}
    for text in texts:
        name, _, settings = (part.strip() for part in text.partition(":"))
        if not name or name in found:
            raise RequestError(f"--policy {text}: write each as NAME:KEY=VALUE,..., as in near:latency.submit=1000000")
        found[name] = made([part for part in settings.split(",") if part.strip()]).execution()
    return found or None


def document(result: TickResult) -> dict[str, Any]:
    """Return what a result says as plain values for JSON; undefined numbers are null."""
    made_from = result.provenance
    told = {
        "strategy": result.strategy, "symbol": result.symbol, "parameters": result.parameters,
        "dataset": made_from["dataset"], "source": made_from["source"], "level": made_from["level"],
        "dataHash": made_from["data_hash"], "span": list(made_from["span"]),
        "initialCapital": result.facts.initial_cash,
        "execution": result.execution.to_dict(), "metrics": plain_metrics(result.metrics()), "costs": result.costs(),
        "split": asdict(result.split()), "refusals": result.refusals, "notes": list(result.notes()),
    }  # fmt: skip
    if "limits" in made_from:
        told |= {"limits": made_from["limits"], "refused": result.refused_by_limit()}
    plain: dict[str, Any] = _plain(told)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if hasattr(value, "dtype"):
        value = str(value) if value.dtype.kind in "Mm" else value.item()
    return None if isinstance(value, float) and not abs(value) < float("inf") else value
