"""The session that requests reach: a real one in a process of its own, and how many of them it has answered."""

import asyncio
from collections import Counter
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec
from tests.live.gateway.fuzzing.known import MAKER, SYMBOLS

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.errors import LockstepError, NotAnsweredError, NotRunningError
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.live.control.lines import Request
from lockstep.live.gateway.sessions.first import LIMITS, NAME, first_session
from lockstep.live.gateway.sessions.keeper import Keeper
from lockstep.live.gateway.sessions.process import LOG
from lockstep.live.session.request import ENDED, SessionRequest, StrategyRequest
from lockstep.live.session.view_types import SessionView, StatusView

HEARD: ContextVar[list[str] | None] = ContextVar("HEARD", default=None)
"""What the session has answered to the request at hand."""
_WIDE = {**LIMITS, "maxSymbolExposure": 1_000_000}
del _WIDE["maxDailyLoss"]


def asked() -> SessionRequest:
    """Return what is asked for: orders by hand, and a strategy that trades beside them."""
    first = first_session(None, "normal")
    maker = StrategyRequest("simple_market_maker", MAKER, {"interval_ms": 250}, (SYMBOLS[0],))
    return msgspec.structs.replace(
        first, strategies=(*first.strategies, maker), limits=_WIDE, allocations={"manual": 300_000.0, MAKER: 50_000.0}
    )


class Trading:
    """A session of a gateway, watched."""

    def __init__(self, keeper: Keeper) -> None:
        self.session = keeper.open(asked(), NAME)
        self.folder = self.session.folder
        self._bounds: Any = None
        self._ask, self._status = self.session.ask, self.session.status
        self.session.ask = self._counted  # type: ignore[method-assign]
        self.session.status = self._told  # type: ignore[method-assign]

    async def begin(self) -> None:
        """Wait until it trades: each symbol has a price."""
        while True:
            await self.session.ready.wait()
            view = (await self._status()).session
            if len(view.quotes) == len(SYMBOLS) and all(each.bid and each.ask for each in view.quotes):
                self._bounds = _bounds(view)
                return
            await asyncio.sleep(0.05)

    async def mend(self) -> None:
        """Let it trade again where requests have stopped it: what is refused by a switch looks at nothing else."""
        view = (await self._status()).session
        if view.killed:
            await self._ask(Request("command", "release"))
        if view.state != "active":
            await self._ask(Request("command", "trading_state", {"state": "active"}))
        for name in dict.fromkeys(lane.name.partition(":")[0] for lane in view.lanes if lane.disabled):
            await self._ask(Request("command", "enable_strategy", {"strategy": name}))
        if _bounds(view) != self._bounds:
            limits = {**RiskLimits.unset(), **_WIDE}
            await self._ask(Request("command", "limit_change", {"limits": limits, "lane": ""}))

    async def ended(self) -> dict[str, Any]:
        """Return how it said that it has ended, once it has."""
        process = self.session._process
        while process is not None and process.poll() is None:
            await asyncio.sleep(0.05)
        told: dict[str, Any] = msgspec.json.decode((self.folder / ENDED).read_bytes())
        return told

    def kinds(self) -> Counter[str]:
        """Return how many rows of each kind its journal has."""
        with Recording(self.folder) as recording:
            return Counter(row.kind for row in recording.rows())

    def faults(self, told: dict[str, Any]) -> list[str]:
        """Return what is wrong with a session that has ended: not proven, or not whole, or with tracebacks."""
        found = (
            [] if told.get("parity", {}).get("equal") else [f"the session is not what the batch makes of it: {told}"]
        )
        with Recording(self.folder) as recording:
            found += [f"row {flaw.seq} of the journal: {flaw.what}" for flaw in verify(recording)]
        if self.session.restarts:
            found.append(f"the session's process died {self.session.restarts} times")
        log = Path(self.folder / LOG).read_text(errors="replace")
        return found + ([f"the session says: {log[-2000:]}"] if "Traceback" in log else [])

    async def _counted(self, request: Request) -> dict[str, Any]:
        try:
            answer = await self._ask(request)
        except (NotRunningError, NotAnsweredError):
            raise
        except LockstepError:
            _heard(request.kind or request.do)
            raise
        _heard(request.kind or request.do)
        return answer

    async def _told(self) -> StatusView:
        status = await self._status()
        _heard("status")
        return status


def _bounds(view: SessionView) -> list[tuple[dict[str, float | bool], dict[str, bool]]]:
    return [({use.key: use.limit for use in each.limits}, each.rules) for each in view.risk]


def _heard(what: str) -> None:
    heard = HEARD.get()
    if heard is not None:
        heard.append(what)
