"""How much of each limit is used: what stands against what is allowed, as people are shown it."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.ticks.guards import Guards
from lockstep.strategies.over_ticks.controls import Controls

if TYPE_CHECKING:
    from lockstep.strategies.over_bars.guards import BarGuards


class Use(NamedTuple):
    """One limit that is set."""

    key: str
    """As in docs/risk.md."""
    where: str
    """The symbol of which it is, empty for the account."""
    limit: float
    used: float
    """In the limit's own units; nan where it can't be told."""

    @property
    def share(self) -> float:
        """Of the limit; nan where nothing is allowed."""
        return self.used / self.limit if self.limit > 0.0 else math.nan


class RiskView(NamedTuple):
    """An account at one moment."""

    lane: str
    """Of which it is alone, empty for the session's."""
    state: str
    """active, reducing or halted."""
    reason: str
    """RiskCode that set the state, empty while it is active."""
    killed: bool
    equity: float
    """When last valued."""
    limits: tuple[Use, ...]
    restricted: dict[str, str]
    """Symbol -> close_only or restricted."""


_RESTRICTED = {1: "close_only", 2: "restricted"}


def risk_views(controls: Controls) -> tuple[RiskView, ...]:
    """Return how each account stands, with the accounts of lanes that have limits of their own."""
    return (*_over_ticks(controls), *_over_bars(controls))


def _over_bars(controls: Controls) -> tuple[RiskView, ...]:
    """Of each lane; one without limits is not valued for risk."""
    return tuple(
        _view(name, bars.guards, RiskLimits())._replace(equity=math.nan)
        if bars.limits is None
        else _view(name, bars.guards, bars.limits)
        for name, bars in controls.bars.items()
    )


def _over_ticks(controls: Controls) -> tuple[RiskView, ...]:
    if not controls.names:
        return ()
    if not controls.shared:
        return tuple(_view(name, guards, controls.own.get(name, RiskLimits()))
                     for name, (guards, _) in controls.guards.items())  # fmt: skip
    guards = controls.accounts[0]
    views = [_view("", guards, controls.limits)]
    for name, limits in controls.own.items():
        k = controls.guards[name][1]
        uses = _uses(limits, guards.own_accounts[k], guards.own_symbols[k : k + 1], (guards.lanes[k].symbol,))
        views.append(views[0]._replace(lane=name, equity=float(guards.own_accounts["equity"][k]), limits=uses))
    return tuple(views)


def _view(lane: str, guards: "Guards | BarGuards", limits: RiskLimits) -> RiskView:
    account = guards.account[0]
    reason = RiskCode(int(account["reason"]))
    return RiskView(
        lane, TradingState(int(account["state"])).name.lower(),
        "" if reason == RiskCode.PASSED else reason.name.lower(), bool(account["kill_switch"]),
        float(account["equity"]), _uses(limits, account, guards.symbols, guards.names),
        {name: _RESTRICTED[int(row["restriction"])]
         for name, row in zip(guards.names, guards.symbols, strict=True) if row["restriction"]},
    )  # fmt: skip


def _uses(limits: RiskLimits, account: Any, symbols: Any, names: tuple[str, ...]) -> tuple[Use, ...]:
    found = []
    for key, used in _of_account(account).items():
        limit = limits.to_mapping().get(key)
        if limit is not None:
            found.append(Use(key, "", float(limit), used))
    for name, row in zip(names, symbols, strict=True):
        for key, used in _of_symbol(row, float(account["equity"])).items():
            limit = limits.to_mapping().get(key)
            if limit is not None:
                found.append(Use(key, name, float(limit), used))
    return tuple(found)


def _of_account(account: Any) -> dict[str, float]:
    equity, start, peak = (float(account[name]) for name in ("equity", "day_start_equity", "peak_equity"))
    return {
        "maxDailyLoss": max(start - equity, 0.0) if not math.isnan(start) else 0.0,
        "maxGrossExposure": float(account["gross_worst"]),
        "maxDrawdown": 1.0 - equity / peak if peak > 0.0 else math.nan,
        "maxLeverage": float(account["gross_worst"]) / equity if equity > 0.0 else math.nan,
        "maxSessionOrders": float(account["session_orders"]), "maxOpenOrders": float(account["working_orders"]),
    }  # fmt: skip


def _of_symbol(row: Any, equity: float) -> dict[str, float]:
    position, worst = float(row["position"]), float(row["worst_exposure"])
    reach = max(position + float(row["buying"]), float(row["selling"]) - position)
    return {
        "maxPositionSize": reach, "maxSymbolExposure": worst,
        "maxConcentration": worst / equity if equity > 0.0 else math.nan,
        "maxSymbolOpenOrders": float(row["buy_orders"] + row["sell_orders"]),
    }  # fmt: skip
