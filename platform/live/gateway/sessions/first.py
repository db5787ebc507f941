"""The session that a gateway opens by itself where there is none: paper, beside a generated market."""

from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from lockstep.live.gateway.sessions.keeper import Keeper
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.session.request import SessionRequest, StrategyRequest

NAME = "paper"
PRICES = {"AAPL": 150.10, "GOOGL": 140.25, "MSFT": 370.60}
"""Where the market begins: about what these cost when the bars end that a bare gateway installs."""
SOURCE = "synthetic@0.1x"
"""About 200 events a second: left running it writes 1 GB a day and not ten, and is soon back where it was."""
LIMITS = {
    "maxPositionSize": 100_000, "maxOrderSize": 10_000, "maxDailyLoss": 5_000, "maxGrossExposure": 1_000_000,
    "maxSymbolExposure": 50_000,
}  # fmt: skip


def first_session(store: Path | None, journal: Literal["full", "normal"]) -> SessionRequest:
    """Return what it asks for: orders by hand, under limits, in a market at a tenth of its pace."""
    return SessionRequest(
        symbols=tuple(PRICES), source=SOURCE, strategies=(StrategyRequest("manual", "manual"),), prices=PRICES,
        allocations={"manual": 100_000.0}, limits=dict(LIMITS), journal=journal,
        store=None if store is None else str(store),
    )  # fmt: skip


def succeed(keeper: Keeper, failed: RunningSession, asked: SessionRequest) -> None:
    """Open another in place of a first session that can't go on, as under other code, unless something else runs.

    It takes over positions, cash and limits; where that fails too, one begins anew, and where that fails none does.
    """
    name, _, number = failed.id.partition("-")
    if name != NAME or any(each.running for each in keeper.sessions.values()):
        return
    keeper.mark_closed(failed)
    failed.retire()
    if number and failed.asked.take_over is None:
        return
    heir = replace(asked, take_over=None if number else str(failed.folder))
    keeper.open(heir, keeper.free(NAME))
