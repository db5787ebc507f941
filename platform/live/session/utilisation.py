"""How much of each limit is used: what stands against what is allowed, as people are shown it."""

import math
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import NO_TIME
from lockstep.kernels.ticks.guards import Guards
from lockstep.live.session.view_types import RiskView, UseView
from lockstep.strategies.over_ticks.controls import Controls

if TYPE_CHECKING:
    from lockstep.strategies.over_bars.guards import BarGuards


_RESTRICTED = {1: "close_only", 2: "restricted"}
_OF_EACH_ORDER = ("maxOrderSize", "maxOrderNotional", "priceCollar", "duplicateWindow")
_RULES = ("preventSelfTrade", "allowLong", "allowShort", "allowOutsideHours")
SECOND = 1_000_000_000


def risk_views(controls: Controls, now_ns: int) -> tuple[RiskView, ...]:
    """Return how each account stands, with the accounts of lanes that have limits of their own."""
    return (*_over_ticks(controls, now_ns), *_over_bars(controls, now_ns))


def _over_bars(controls: Controls, now_ns: int) -> tuple[RiskView, ...]:
    """Of each lane; one without limits is not valued for risk."""
    return tuple(
        replace(_view(name, bars.guards, RiskLimits(), now_ns), equity=None)
        if bars.limits is None
        else _view(name, bars.guards, bars.limits, now_ns)
        for name, bars in controls.bars.items()
    )


def _over_ticks(controls: Controls, now_ns: int) -> tuple[RiskView, ...]:
    if not controls.names:
        return ()
    if not controls.shared:
        return tuple(_view(name, guards, controls.own.get(name, RiskLimits()), now_ns)
                     for name, (guards, _) in controls.guards.items())  # fmt: skip
    guards = controls.accounts[0]
    views = [_view("", guards, controls.limits, now_ns)]
    for name, limits in controls.own.items():
        k = controls.guards[name][1]
        account, symbols = guards.own_accounts[k], guards.own_symbols[k : k + 1]
        uses = _uses(limits, account, symbols, (guards.lanes[k].symbol,), now_ns)
        views.append(replace(
            views[0], lane=name, equity=_known(float(account["equity"])), limits=uses, rules=_rules(limits)
        ))  # fmt: skip
    return tuple(views)


def _view(lane: str, guards: "Guards | BarGuards", limits: RiskLimits, now_ns: int) -> RiskView:
    account = guards.account[0]
    reason = RiskCode(int(account["reason"]))
    return RiskView(
        lane=lane, state=TradingState(int(account["state"])).name.lower(),
        reason="" if reason == RiskCode.PASSED else reason.name.lower(), killed=bool(account["kill_switch"]),
        equity=_known(float(account["equity"])), rules=_rules(limits),
        limits=_uses(limits, account, guards.symbols, guards.names, now_ns),
        restricted={name: _RESTRICTED[int(row["restriction"])]
                    for name, row in zip(guards.names, guards.symbols, strict=True) if row["restriction"]},
    )  # fmt: skip


def _rules(limits: RiskLimits) -> dict[str, bool]:
    told = limits.to_mapping()
    return {key: told[key] for key in _RULES}


def _uses(
    limits: RiskLimits, account: Any, symbols: Any, names: tuple[str, ...], now_ns: int
) -> tuple[UseView, ...]:  # fmt: skip
    told = limits.to_mapping()
    used = [("", key, amount) for key, amount in _of_account(account, limits, now_ns).items()]
    for name, row in zip(names, symbols, strict=True):
        used += [(name, key, amount) for key, amount in _of_symbol(row, float(account["equity"]), now_ns).items()]
    found = [UseView(key=key, where=where, limit=float(told[key]), used=_known(amount))
             for where, key, amount in used if key in told]  # fmt: skip
    found += [UseView(key=key, limit=float(told[key]), of_each_order=True) for key in _OF_EACH_ORDER if key in told]
    return tuple(found)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _of_account(account: Any, limits: RiskLimits, now_ns: int) -> dict[str, float]:
    equity, start, peak = (float(account[name]) for name in ("equity", "day_start_equity", "peak_equity"))
    window_ns = limits.order_rate_window * SECOND
    return {
        "maxDailyLoss": max(start - equity, 0.0) if not math.isnan(start) else 0.0,
        "maxGrossExposure": float(account["gross_worst"]),
        "maxDrawdown": 1.0 - equity / peak if peak > 0.0 else math.nan,
        "maxLeverage": float(account["gross_worst"]) / equity if equity > 0.0 else math.nan,
        "maxSessionOrders": float(account["session_orders"]), "maxOpenOrders": float(account["working_orders"]),
        "maxOrderRate": float((account["sent_ns"] > now_ns - window_ns).sum()),
    }  # fmt: skip


def _of_symbol(row: Any, equity: float, now_ns: int) -> dict[str, float]:
    position, worst, marked_ns = float(row["position"]), float(row["worst_exposure"]), int(row["mark_time_ns"])
    reach = max(position + float(row["buying"]), float(row["selling"]) - position)
    return {
        "maxPositionSize": reach, "maxSymbolExposure": worst,
        "maxConcentration": worst / equity if equity > 0.0 else math.nan,
        "maxSymbolOpenOrders": float(row["buy_orders"] + row["sell_orders"]),
        "maxMarkAge": math.nan if marked_ns == NO_TIME else max(now_ns - marked_ns, 0) / SECOND,
    }  # fmt: skip
