"""Sessions as monitoring sees them, that say what a test wants; a real journal and a real ring in their folders."""

import asyncio
from pathlib import Path
from typing import Any

from lockstep.errors import NotRunningError
from lockstep.live.session.view_types import (
    AccountView,
    JournalView,
    LaneView,
    LatencyView,
    PositionView,
    QuantilesView,
    QuoteView,
    RiskView,
    SessionView,
    StatusView,
    UseView,
)


def a_lane(name: str = "maker:AAPL", **changes: Any) -> LaneView:
    told: dict[str, Any] = {
        "name": name, "strategy": "simple_market_maker", "parameters": {}, "symbol": "AAPL", "state": "running",
        "cash": 100.0, "equity": 120.0, "profit": 20.0, "realised": 15.0, "fees": 1.0, "open_orders": 2, "sent": 9,
        "refused": 3, "rejected": 1, "canceled": 4, "fills": 5,
    }  # fmt: skip
    return LaneView(**told | changes)


def a_status(
    symbols: tuple[str, ...] = ("AAPL",), *, failure: str = "", age: float | None = 0.25, **changes: Any
) -> StatusView:
    use = UseView(key="maxDailyLoss", limit=5000.0, used=1250.0)
    each = UseView(key="maxOrderSize", limit=100.0, used=None, of_each_order=True)
    told: dict[str, Any] = {
        "id": "desk", "mode": "paper", "state": "active", "killed": False, "armed_until_ns": 0, "time_ns": 1,
        "taken": 7, "sources": ("synthetic",), "symbols": symbols,
        "account": AccountView(currency="USD", cash=100.0, equity=120.0, realised=15.0, unrealised=5.0, fees=1.0,
                               profit=20.0, day_profit=-3.0),
        "lanes": (a_lane(),),
        "positions": (PositionView(lane="maker:AAPL", symbol="AAPL", units=-3.0, average_price=7.0, market_price=8.0,
                                   value=-24.0, unrealised=-3.0),),
        "orders": (), "ended": (), "fills": (),
        "risk": (RiskView(lane="", state="active", reason="", killed=False, equity=120.0, limits=(use, each), rules={},
                          restricted={}),),
        "quotes": tuple(QuoteView(symbol=symbol, bid=1.0, ask=2.0, age_seconds=age) for symbol in symbols),
        "notices": (),
        "latency": LatencyView(
            decision=QuantilesView(measured=0),
            durable=QuantilesView(measured=3, counts=(1, 2) + (0,) * 16, seconds=2e-4),
        ),
    }  # fmt: skip
    return StatusView(
        folder="desk", journal=JournalView(given=12, durable=10, failure=failure), session=SessionView(**told | changes)
    )


class FakeSession:
    """A session in a folder. ``asked`` counts how often it was asked how it stands."""

    def __init__(self, folder: Path, status: StatusView | None = None, state: str = "running") -> None:
        self.folder, self.id, self.state = folder, folder.name, state
        self.trouble, self.restarts, self.mode, self.source = "", 0, "paper", "synthetic"
        self.told = status or a_status()
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def status(self) -> StatusView:
        self.asked += 1
        await self.answers.wait()
        if self.state != "running":
            raise NotRunningError("it does not run")
        return self.told
