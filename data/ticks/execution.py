"""How a tick backtest trades: latency, queue model, fees, and what is written down."""

import hashlib
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.kernels.ticks.latency import LATENCY, LatencyModel, recorded
from lockstep.kernels.ticks.queue_models import QueueModel

RECORDED = ("recorded_requests", "recorded_cancels", "recorded_replaces", "recorded_reports")
"""Settings of latency that are tables."""
MOST_FEE = 0.1
"""A tenth of what is traded is no fee but one in percent or in basis points."""
QUEUE_MODELS = {model.name.lower(): model for model in QueueModel}


@dataclass(frozen=True)
class Latency:
    """How long messages travel, in nanoseconds: to the exchange, back from it, and how late the feed is heard.

    ``jitter`` adds an exponential share of chance with this mean to every request and report, drawn from ``seed``.
    ``feed`` is added to the time of receipt that the history recorded (or to the exchange's time, where it recorded
    none), and ``feed_jitter`` a share of chance for each moment of receipt; nothing is heard before its predecessor.
    Two are equal where their settings are, and what their recorded tables hold.
    """

    submit: int = 0
    cancel: int | None = None
    """As ``submit`` unless given."""
    replace: int | None = None
    report: int = 0
    feed: int = 0
    jitter: int = 0
    seed: int = 0
    feed_jitter: int = 0
    """Mean of the feed's, which recorded times of receipt have of their own."""
    recorded_requests: npt.NDArray[np.void] | None = field(default=None, compare=False)
    """LATENCY[n] of measured delays to the exchange, interpolated by time (``Latency.recorded``), of submits, and of
    cancels and replacements that have none of their own."""
    recorded_cancels: npt.NDArray[np.void] | None = field(default=None, compare=False)
    recorded_replaces: npt.NDArray[np.void] | None = field(default=None, compare=False)
    recorded_reports: npt.NDArray[np.void] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in ("submit", "cancel", "replace", "report", "feed", "jitter", "feed_jitter"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0):
                raise BacktestError(f"latency {name} must be nanoseconds from 0 up, a whole number, found {value!r}")
        for name in RECORDED:
            table = getattr(self, name)
            if table is not None and (table.dtype != LATENCY or not len(table) or (table["delay_ns"] < 0).any()):
                raise BacktestError(f"{name} must be made by Latency.recorded, with delays from 0 up")

    def __eq__(self, other: object) -> bool:
        return self._content() == other._content() if isinstance(other, Latency) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content())

    def _content(self) -> tuple[int | str | None, ...]:
        """Return the settings, tables told."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return tuple(told_of(value) if name in RECORDED else value for name, value in values)

    @staticmethod
    def recorded(time_ns: Any, delay_ns: Any) -> npt.NDArray[np.void]:
        """Return the table of delays that were measured at some times, both in ns.

        Raises ``BacktestError`` without any, or for as many times as there are no delays.
        """
        if np.ndim(time_ns) != 1 or np.shape(time_ns) != np.shape(delay_ns) or not len(time_ns):
            raise BacktestError(
                f"recorded latencies need one or more times and a delay of each, found {np.size(time_ns)} times and"
                f" {np.size(delay_ns)} delays"
            )
        table: npt.NDArray[np.void] = recorded(np.asarray(time_ns, np.int64), np.asarray(delay_ns, np.int64))
        return table

    @property
    def lead(self) -> int:
        """How far a strategy's clock may run ahead of the exchange's, ns: see kernels/ticks/clock.py. 0: it may not."""
        # Chance is drawn in the order in which messages are sent, which a lead would change.
        reports = self.report if self.recorded_reports is None else int(self.recorded_reports["delay_ns"].min())
        chance = self.jitter > 0 or self.feed_jitter > 0
        return self.feed if not chance and self.feed <= reports else 0

    @property
    def tables(self) -> dict[str, npt.NDArray[np.void] | None]:
        """The recorded delays of each kind of message, None where there are none."""
        submits, cancels, replaces = self.recorded_requests, self.recorded_cancels, self.recorded_replaces
        return {
            "entry": submits,
            "cancel": submits if cancels is None else cancels,
            "replace": submits if replaces is None else replaces,
            "report": self.recorded_reports,
        }

    @property
    def model(self) -> LatencyModel:
        """Which of the models this is."""
        if any(getattr(self, name) is not None for name in RECORDED):
            return LatencyModel.RECORDED
        return LatencyModel.JITTER if self.jitter else LatencyModel.CONSTANT


def told_of(table: npt.NDArray[np.void] | None) -> str | None:
    """Return a table of recorded delays as text that no other table has: their number and SHA-256; None for none."""
    if table is None:
        return None
    held = hashlib.sha256(b"".join(np.ascontiguousarray(table[name]).tobytes() for name in LATENCY.names or ()))
    return f"{len(table)} delays, sha256 {held.hexdigest()}"


@dataclass(frozen=True)
class Impact:
    """How own taking shifts the book against itself: ``coefficient`` * (lots taken) ** ``exponent`` ticks, decaying.

    Half of the lots are forgotten in every ``half_life`` ns (0: never).
    """

    coefficient: float
    exponent: float = 0.5
    half_life: int = 60_000_000_000

    def __post_init__(self) -> None:
        if not (np.isfinite(self.coefficient) and self.coefficient >= 0.0):
            raise BacktestError(f"coefficient must be ticks from 0 up, found {self.coefficient!r}")
        if not 0.0 < self.exponent <= 2.0:
            raise BacktestError(f"exponent must lie above 0 and not above 2, found {self.exponent!r}")
        if self.half_life < 0:
            raise BacktestError(f"half_life must be ns from 0 up, found {self.half_life!r}")

    @classmethod
    def square_root(
        cls, volatility: float, volume: float, *, y: float = 1.0, half_life: int = 60_000_000_000
    ) -> "Impact":
        """Return y * volatility * (lots / volume) ** 0.5, with volatility in ticks and volume in lots of one period."""
        return cls(y * volatility / volume**0.5, 0.5, half_life)


@dataclass(frozen=True)
class TickExecution:
    """Settings of a tick backtest; fees are shares of the traded value, negative for rebates."""

    latency: Latency = Latency()
    queue: str = "power"
    """risk_averse, power, log, power_2, log_2 or power_3; L3 histories know the queue and need none."""
    power: float = 3.0
    maker_fee: float = 0.0
    taker_fee: float = 0.0
    lot_fee: float = 0.0
    """Currency per lot."""
    sample: int = 1_000_000_000
    """Nanoseconds between two points of the equity curve."""
    impact: Impact = Impact(0.0)
    strict: bool = True
    """Stop at an event that can't be; otherwise count it and go on."""
    keep_requests: bool = False
    """Write down every request, with when it was sent and when it arrived (``TickResult.requests``)."""

    def __post_init__(self) -> None:
        if self.queue not in QUEUE_MODELS:
            raise BacktestError(f"queue must be one of {', '.join(QUEUE_MODELS)}, found {self.queue!r}")
        if not self.power > 0.0 or not np.isfinite(self.power):
            raise BacktestError(f"power must be a number above 0, found {self.power!r}")
        for name, kind, made in (("latency", Latency, "Latency(submit=2_000_000)"), ("impact", Impact, "Impact(0.2)")):
            if not isinstance(getattr(self, name), kind):
                raise BacktestError(f"{name} must be as in {name}={made}, found {getattr(self, name)!r}")
        for name in ("maker_fee", "taker_fee", "lot_fee"):
            if not np.isfinite(getattr(self, name)):
                raise BacktestError(f"{name} must be a finite number, found {getattr(self, name)!r}")
        for name in ("maker_fee", "taker_fee"):
            if not abs(getattr(self, name)) < MOST_FEE:
                raise BacktestError(
                    f"{name} must be a share of the traded value, 0.0005 for 5 basis points, found"
                    f" {getattr(self, name)!r}"
                )
        if self.sample <= 0:
            raise BacktestError(f"sample must be nanoseconds above 0, found {self.sample!r}")

    def fields(self) -> dict[str, Any]:
        """Return the fields of TICK_RUN that say this."""
        late = self.latency
        return {
            "latency_model": late.model, "entry_ns": late.submit, "report_ns": late.report, "feed_ns": late.feed,
            "cancel_ns": late.submit if late.cancel is None else late.cancel,
            "replace_ns": late.submit if late.replace is None else late.replace,
            "jitter_ns": late.jitter, "feed_jitter_ns": late.feed_jitter, "seed": late.seed,
            "queue_model": QUEUE_MODELS[self.queue], "power": self.power,
            "maker_fee": self.maker_fee, "taker_fee": self.taker_fee, "lot_fee": self.lot_fee,
            "impact": self.impact.coefficient, "impact_exponent": self.impact.exponent,
            "half_life_ns": self.impact.half_life, "sample_ns": self.sample, "strict": int(self.strict),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TickExecution":
        """Return the settings that ``to_dict`` gave; raises ``BacktestError`` where latencies were recorded ones."""
        latency, impact = dict(values["latency"]), dict(values["impact"])
        for name in [name for name in latency if name.startswith("recorded_")]:
            if latency.pop(name) is not None:
                raise BacktestError(f"{name} are not kept as plain values: give constant or jittered latencies")
        return cls(**(values | {"latency": Latency(**latency), "impact": Impact(**impact)}))

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values; recorded latencies by their number and a digest of what they are."""
        values = asdict(self)
        del values["keep_requests"]  # it changes nothing that is traded
        for name in RECORDED:
            values["latency"][name] = told_of(getattr(self.latency, name))
        return values
