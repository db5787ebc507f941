"""How the market answers orders: paths inside bars, volume, spread, slippage, impact, latency."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from lockstep.errors import BacktestError
from lockstep.kernels.orders.impact import Impact
from lockstep.kernels.orders.slippage import Slippage, Spread
from lockstep.kernels.orders.world import Path, Sequence
from lockstep.strategies.over_bars.checks import number, whole

PATHS = {
    "pessimistic": Path.PESSIMISTIC,
    "optimistic": Path.OPTIMISTIC,
    "high_first": Path.HIGH_FIRST,
    "low_first": Path.LOW_FIRST,
    "nearest_first": Path.NEAREST_FIRST,
}
SEQUENCES = {"sells_first": Sequence.SELLS_FIRST, "given": Sequence.GIVEN, "score": Sequence.SCORE}
SPREADS = {"bps": Spread.BPS, "fixed": Spread.FIXED, "ticks": Spread.TICKS}
SLIPPAGES = {
    "bps": Slippage.BPS,
    "fixed": Slippage.FIXED,
    "ticks": Slippage.TICKS,
    "volume_share": Slippage.VOLUME_SHARE,
    "volatility": Slippage.VOLATILITY,
}
IMPACTS = {"square_root": Impact.SQUARE_ROOT, "almgren": Impact.ALMGREN}
BASIS_POINT = 1e-4
MOST_LATENCY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Fill policies of the full order model; see docs/execution.md and docs/costs.md.

    Raises ``BacktestError`` for words that are none of the choices and numbers out of bounds.
    """

    path: Literal["pessimistic", "optimistic", "high_first", "low_first", "nearest_first"] = "pessimistic"
    """In which order a bar's prices are taken to have come."""
    penetration: float = 0.0
    """Ticks by which the price must pass a resting limit before it fills; 0: a touch is enough."""
    participation: float = math.inf
    """Share of a bar's volume that the orders of an account may take, all together; the rest is carried over."""
    latency: int = 0
    """Bars between a decision and its arrival at the market, cancels and replacements included."""
    sequence: Literal["sells_first", "given", "score"] = "sells_first"
    """In which order symbols that trade at one moment share the cash."""
    spread: tuple[str, float] | None = None
    """(bps | fixed | ticks, amount): the whole spread, of which what takes pays half."""
    slippage: tuple[str, float] | None = None
    """(bps | fixed | ticks | volume_share | volatility, amount); instead of ``slippage_bps``."""
    impact: tuple[str, float] | None = None
    """(square_root | almgren, coefficient)."""
    bars_per_session: float | None = None
    """For impact and volatility; by default as many as the interval has in a session."""
    activity_span: int = 20
    """Bars over which volume and volatility are averaged (exponentially)."""
    range_period: int = 14
    """Bars of the average true range that trailing stops go by."""

    def __post_init__(self) -> None:
        _choice("path", self.path, PATHS)
        _choice("sequence", self.sequence, SEQUENCES)
        for name, choices in (("spread", SPREADS), ("slippage", SLIPPAGES), ("impact", IMPACTS)):
            _model(name, getattr(self, name), choices)
        if not 0.0 <= number("penetration", self.penetration) < math.inf:
            raise BacktestError(f"penetration must be ticks, zero or more, found {self.penetration!r}")
        if not number("participation", self.participation) > 0.0:
            raise BacktestError(
                f"participation must be a share above zero (inf: no bound), found {self.participation!r}"
            )
        if whole("latency", self.latency, 0) > MOST_LATENCY:
            raise BacktestError(f"latency must be at most {MOST_LATENCY} bars, found {self.latency!r}")
        whole("activity_span", self.activity_span, 2)
        whole("range_period", self.range_period, 1)
        if self.bars_per_session is not None and not 0.0 < number("bars_per_session", self.bars_per_session) < math.inf:
            raise BacktestError(f"bars_per_session must be above zero, found {self.bars_per_session!r}")

    def write(self, policy: Any) -> None:
        """Write these settings into a POLICY row."""
        policy["path"], policy["sequence"] = PATHS[self.path], SEQUENCES[self.sequence]
        policy["penetration"], policy["participation"] = self.penetration, self.participation
        policy["latency"] = self.latency
        policy["spread_model"], policy["spread"] = _numbers(self.spread, SPREADS)
        if self.slippage is not None:
            policy["slippage_model"], policy["slippage"] = _numbers(self.slippage, SLIPPAGES)
        policy["impact_model"], policy["impact"] = _numbers(self.impact, IMPACTS)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values; None for a participation without a bound."""
        models = {name: getattr(self, name) for name in ("spread", "slippage", "impact")}
        pairs = {name: None if pair is None else list(pair) for name, pair in models.items()}
        return asdict(self) | pairs | {"participation": None if math.isinf(self.participation) else self.participation}


def _choice(name: str, value: Any, choices: dict[str, Any]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise BacktestError(f"{name} must be one of {', '.join(choices)}, found {value!r}")


def _model(name: str, value: Any, choices: dict[str, Any]) -> None:
    if value is None:
        return
    if not (isinstance(value, (tuple, list)) and len(value) == 2):
        raise BacktestError(
            f"{name} must be a pair of a model and its amount, ({next(iter(choices))!r}, 1), found {value!r}"
        )
    _choice(f"{name}'s model", value[0], choices)
    if not 0.0 <= number(f"{name}'s amount", value[1]) < math.inf:
        raise BacktestError(f"{name}'s amount must be zero or more and finite, found {value[1]!r}")


def _numbers(value: tuple[str, float] | None, choices: dict[str, Any]) -> tuple[int, float]:
    """Return a model's code and its amount as kernels take it: basis points as a share."""
    if value is None:
        return 0, 0.0
    model, amount = value
    return int(choices[model]), float(amount) * (BASIS_POINT if model == "bps" else 1.0)
