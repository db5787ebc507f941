"""A ladder: fill policies, each of which changes a setting or two of the run as it was given."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from lockstep.errors import BacktestError
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.market import Market

REFERENCE = "as given"
"""Name of the run whose settings nobody changed."""
PENETRATIONS = (1, 2, 5)
PATHS = {
    "pessimistic": "pessimistic path", "optimistic": "optimistic path", "high_first": "high first",
    "low_first": "low first",
}  # fmt: skip
LATENCIES = (0, 1, 2)
BASIS_POINTS = (0, 1, 2, 5, 10)
MULTIPLES = (0, 0.5, 2, 4)
"""Of the slippage that is given, where some is."""
SHARES = (0.1, 0.025)
"""Of a bar's volume."""


@dataclass(frozen=True)
class Rung:
    """One fill policy of a ladder.

    ``changes`` are settings by name: those of ``Execution`` (``fill``, ``slippage_bps``, ...) and, with a dot, those
    of ``Market`` (``market.path``, ``market.latency``, ...).
    """

    name: str
    changes: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not self.name or self.name == REFERENCE:
            raise BacktestError(f"a rung must have a name of its own, found {self.name!r}")
        known = [*_names(Execution), *(f"market.{name}" for name in _names(Market))]
        unknown = [name for name in self.changes if name not in known]
        if unknown or not self.changes:
            raise BacktestError(
                f"rung {self.name!r} must change settings of fills, found {unknown[0] if unknown else 'none'!r}; "
                f"there are {', '.join(known)}"
            )

    def applied(self, execution: Execution, market: Market | None) -> tuple[Execution, Market | None]:
        """Return the settings with the changes; raises ``BacktestError`` for values that can't be."""
        own = {name: value for name, value in self.changes.items() if "." not in name}
        of_market = {n.removeprefix("market."): value for n, value in self.changes.items() if "." in n}
        changed = replace(market or Market(), **of_market) if of_market else market
        return replace(execution, **own), changed

    def text(self) -> str:
        """Return what is changed, as it is written in a request."""
        return ", ".join(f"{name} = {_shown(value)}" for name, value in self.changes.items())


def default_ladder(
    execution: Execution, market: Market | None, *, resting: bool = True, volume: bool = True
) -> tuple[Rung, ...]:
    """Return the rungs of docs/bands.md that differ from these settings.

    ``resting``: has the run orders that rest, or positions that can be liquidated inside a bar, so that paths and
    penetration matter? ``volume``: do its bars have volume?
    """
    market = market or Market()
    rungs = [*(_resting() if resting else ()), *_fills(), *_slippage(execution, market)]
    if volume:
        rungs += [Rung(f"{share:.1%} of volume".replace(".0", ""), {"market.participation": share}) for share in SHARES]
    rungs += _corners(execution, market, resting=resting, volume=volume)
    return tuple(rung for rung in rungs if rung.applied(execution, market) != (execution, market))


def _resting() -> list[Rung]:
    touch = Rung("touch", {"market.penetration": 0.0})
    through = [Rung(f"penetrate by {n} tick{'s' * (n > 1)}", {"market.penetration": float(n)}) for n in PENETRATIONS]
    return [touch, *through, *(Rung(name, {"market.path": path}) for path, name in PATHS.items())]


def _fills() -> list[Rung]:
    fills = [Rung("next open", {"fill": "next_open"}), Rung("same close", {"fill": "same_close"})]
    return fills + [Rung(f"latency {bars} bar{'s' * (bars != 1)}", {"market.latency": bars}) for bars in LATENCIES]


def _slippage(execution: Execution, market: Market) -> list[Rung]:
    if market.slippage is None and not execution.slippage_bps:
        return [Rung(f"slippage {bps} bps", {"slippage_bps": float(bps)}) for bps in BASIS_POINTS]
    return [Rung(f"slippage x {k:g}" if k else "no slippage", slipping(execution, market, k)) for k in MULTIPLES]


def slipping(execution: Execution, market: Market, times: float) -> dict[str, Any]:
    """Return the change that multiplies the given slippage."""
    if market.slippage is None:
        return {"slippage_bps": execution.slippage_bps * times}
    model, amount = market.slippage
    return {"market.slippage": (model, amount * times)}


def _corners(execution: Execution, market: Market, *, resting: bool, volume: bool) -> list[Rung]:
    """Return the rungs that change several settings at once, all for the worse or all for the better."""
    given = market.slippage is not None or execution.slippage_bps > 0.0
    worse: dict[str, Any] = slipping(execution, market, 2.0) if given else {"slippage_bps": 5.0}
    better: dict[str, Any] = slipping(execution, market, 0.0) if given else {}
    if resting:
        worse |= {"market.path": "pessimistic", "market.penetration": max(market.penetration, 1.0)}
        better |= {"market.path": "optimistic", "market.penetration": 0.0}
    if volume:
        worse["market.participation"] = min(market.participation, SHARES[0])
        better["market.participation"] = math.inf
    if execution.fill == "next_open":
        worse["market.latency"] = max(market.latency, 1)
        better["market.latency"] = 0
    rungs = [Rung("all a step worse", worse)]
    return [*rungs, Rung("all at their best", better)] if better else rungs


def checked(ladder: Sequence[Rung]) -> tuple[Rung, ...]:
    """Return a user's ladder; raises ``BacktestError`` for what is none and for names that are used twice."""
    rungs = tuple(ladder)
    for rung in rungs:
        if not isinstance(rung, Rung):
            raise BacktestError(f"ladder must be a list of Rung, found {rung!r}")
    names = [rung.name for rung in rungs]
    twice = [name for name in names if names.count(name) > 1]
    if twice or not rungs:
        raise BacktestError(f"the rung {twice[0]!r} is there twice" if twice else "the ladder has no rung")
    return rungs


def _names(settings: type) -> list[str]:
    return [field.name for field in fields(settings)]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
