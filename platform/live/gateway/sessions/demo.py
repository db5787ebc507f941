"""The session of `lockstep serve --demo`: a generated market in which strategies trade, and orders by hand may."""

from pathlib import Path
from typing import Any, Literal

from lockstep.live.gateway.sessions.first import LIMITS, PRICES
from lockstep.live.gateway.sessions.keeper import Keeper
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.session.request import SessionRequest, StrategyRequest

NAME = "demo"
_MAKER = {"lots": 20, "away": 1, "lean": 1.0, "limit": 200, "interval_ms": 250}
_QUOTER = {"lots": 10, "limit": 100, "interval_ms": 250}
_TAKER = {"lots": 25, "bound": 0.7, "hold_ms": 5000}


def demo_session(store: Path | None, journal: Literal["full", "normal"]) -> SessionRequest:
    """Return what it asks for: strategies of three kinds, a symbol each, under limits, at the market's own pace."""
    return SessionRequest(
        symbols=tuple(PRICES), source="synthetic:7", prices=PRICES,
        strategies=(
            _strategy("simple_market_maker", "maker", _MAKER, "AAPL"),
            _strategy("avellaneda_stoikov", "quoter", _QUOTER, "MSFT"),
            _strategy("book_imbalance_taker", "taker", _TAKER, "GOOGL"),
            StrategyRequest("manual", "manual"),
        ),
        allocations={"maker": 50_000.0, "quoter": 50_000.0, "taker": 50_000.0},
        limits={**LIMITS, "maxSymbolExposure": 150_000}, journal=journal, store=None if store is None else str(store),
    )  # fmt: skip


def provide(keeper: Keeper, asked: SessionRequest) -> None:
    """Open a demonstration where there is none: one that has failed, or was ended for good, is none."""
    if not any(_is_demo(each) and each.state != "failed" for each in keeper.sessions.values()):
        keeper.open(asked, keeper.free(NAME))


def renew(keeper: Keeper, failed: RunningSession, asked: SessionRequest) -> bool:
    """Open another, with nothing of what was before, in place of one that can't go on; return whether it was one."""
    if not _is_demo(failed):
        return False
    keeper.mark_closed(failed)
    failed.retire()
    provide(keeper, asked)
    return True


def _is_demo(session: RunningSession) -> bool:
    name, _, number = session.id.partition("-")
    return name == NAME and (not number or number.isdecimal()) and not session.over


def _strategy(name: str, of: str, parameters: dict[str, Any], *symbols: str) -> StrategyRequest:
    return StrategyRequest(name, of, parameters, symbols)
