"""What an operator should hear of at once, whoever looks at a screen: found in journals and in how sessions end."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from secrets import token_hex
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
import structlog
from prometheus_client.core import Metric

from lockstep.data.recordings.journal_rows import Row
from lockstep.live.gateway.monitoring.exposition import Labels, counter
from lockstep.live.gateway.monitoring.watched import Watched
from lockstep.live.session.request import ENDED

Event = Literal[
    "kill_switch",
    "halt",
    "daily_loss",
    "parity_difference",
    "journal_failed",
    "feed_stale",
    "session_died",
    "disk_room",
]
EVENTS: Final[tuple[Event, ...]] = get_args(Event)
KEPT = 200
AGAIN_NS = 60_000_000_000
"""The same of the same session and symbol is told at most once in this time, but for what somebody has done."""
_log = structlog.get_logger("lockstep.gateway.alerts")


class Alert(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Something that was found."""

    id: str
    event: Event
    severity: Literal["warning", "critical"]
    title: str
    detail: str
    session_id: str
    symbol: str = ""
    time_ns: int
    """By the session's clock where a row of its journal says it, else by the gateway's."""
    row: int = 0
    """Of the session's journal, 0 where none says it."""
    before: int = 0
    """How often the same was found since it was told last."""


class Found(NamedTuple):
    """What a row says."""

    event: Event
    severity: Literal["warning", "critical"]
    title: str
    detail: str


class Alerts:
    """The alerts of one gateway. ``seen`` is called with each."""

    def __init__(
        self, seen: Callable[[Alert], None] = lambda _: None, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self.latest: deque[Alert] = deque(maxlen=KEPT)
        """The newest first."""
        self.seen = seen
        self._now_ns = now_ns
        self._counts: Counter[Labels] = Counter()
        self._told: dict[tuple[str, str, str, str], tuple[int, int]] = {}
        """When something was told last, and how often it was found since."""
        self._stood: dict[str, tuple[str, int]] = {}

    def hear(self, session: str, rows: Iterable[Row]) -> None:
        """Take rows of a session's journal in."""
        for row in rows:
            found = found_in(row)
            if found is not None:
                self._tell(found, session, row.symbol or row.strategy, row.time_ns, row.seq)

    def look(self, sessions: Iterable[Watched]) -> None:
        """See whether a session's process has died, or could not go on."""
        for session in sessions:
            state, restarts = self._stood.get(session.id, ("", session.restarts))
            self._stood[session.id] = session.state, session.restarts
            if session.restarts > restarts:
                found = Found(
                    "session_died", "critical", "A session's process died", session.trouble or "it is begun again"
                )
                self._tell(found, session.id, "", self._now_ns(), 0)
            elif session.state == "failed" and state not in ("", "failed"):
                self._tell(_end_of(session), session.id, "", self._now_ns(), 0)

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        counts: dict[Labels, float] = {(event,): float(self._counts[event,]) for event in EVENTS}
        yield counter("alerts_total", "Alerts that were told.", ("event",), counts)

    def _tell(self, found: Found, session: str, symbol: str, time_ns: int, row: int) -> None:
        key, now_ns = (found.event, session, symbol, found.title), self._now_ns()
        last, since = self._told.get(key, (0, 0))
        if found.event != "kill_switch" and now_ns - last < AGAIN_NS:
            self._told[key] = last, since + 1
            return
        self._told[key] = now_ns, 0
        alert = Alert(id=f"alert-{token_hex(8)}", session_id=session, symbol=symbol, time_ns=time_ns, row=row,
                      before=since, **found._asdict())  # fmt: skip
        self.latest.appendleft(alert)
        self._counts[found.event,] += 1
        _log.warning("alert", alert=found.event, title=found.title, detail=found.detail, session=session, row=row)
        self.seen(alert)


def found_in(row: Row) -> Found | None:
    """Return what an operator should hear of a row, None where that is nothing."""
    maker = _OF.get(row.kind)
    return None if maker is None else maker(row, row.content())


def _kill(_: Row, content: dict[str, Any]) -> Found:
    closes = "nothing but cancels and what closes positions" if content.get("flatten") else "nothing but cancels"
    return Found(
        "kill_switch", "critical", "The kill switch is on", f"{_why(content)}: {closes} leaves until it is released"
    )


def _halted(_: Row, content: dict[str, Any]) -> Found:
    return Found("halt", "critical", "Trading was halted", _why(content))


def _state(_: Row, content: dict[str, Any]) -> Found | None:
    if content.get("state") == "active":
        return None
    return Found("halt", "warning", f"Trading is {content.get('state')}", _why(content))


def _risk_state(_: Row, content: dict[str, Any]) -> Found | None:
    state, reason = content["state"], content["reason"]
    if state == "active":
        return None
    if reason == "passed":  # no limit stands behind it: strategies send nothing while their positions are closed
        return Found("halt", "warning", "Positions are being closed", f"trading is {state} until that is done")
    detail = f"equity {content['equity']:g}, {content['day_start_equity']:g} when the day began: trading is {state}"
    if reason == "max_daily_loss":
        return Found("daily_loss", "critical", "The day's loss has reached maxDailyLoss", detail)
    return Found("halt", "critical", f"Trading is {state}: {reason}", detail)


def _strategy(row: Row, content: dict[str, Any]) -> Found:
    return Found("halt", "warning", f"Strategy {row.strategy} goes on no more", _why(content))


def _proof(_: Row, content: dict[str, Any]) -> Found | None:
    if content["equal"]:
        return None
    if content["equal"] is None:
        return Found("parity_difference", "warning", "A day could not be proven", str(content.get("why", "")))
    return Found(
        "parity_difference", "critical", "The batch does not come to what was traded", str(content.get("why", ""))
    )


def _stale(row: Row, content: dict[str, Any]) -> Found:
    return Found(
        "feed_stale", "warning", "No market data received", f"nothing of {row.symbol} for {content['seconds']:g} s"
    )


def _away(_: Row, content: dict[str, Any]) -> Found:
    return Found("feed_stale", "warning", "A feed is not heard", _why(content))


def _disk(_: Row, content: dict[str, Any]) -> Found | None:
    if content["room"] == "enough":
        return None
    return Found(
        "disk_room", "critical" if content["room"] == "none" else "warning", "The disk gets full", _why(content)
    )


_OF: dict[str, Callable[[Row, dict[str, Any]], Found | None]] = {
    "kill": _kill, "trading_halted": _halted, "trading_state": _state, "risk_state": _risk_state,
    "strategy_halted": _strategy, "strategy_stalled": _strategy, "proof": _proof, "feed_stale": _stale,
    "feed_disconnected": _away, "disk": _disk, "venue_lost": _away,
}  # fmt: skip


def _why(content: dict[str, Any]) -> str:
    return str(content.get("why") or content.get("error") or "no reason was given")


def _end_of(session: Watched) -> Found:
    """Return why a session that was not to end has ended."""
    try:
        told = msgspec.json.decode((session.folder / ENDED).read_bytes(), type=dict[str, dict[str, Any]])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        told = {}
    error, parity = told.get("error", {}), told.get("parity", {})
    if error.get("type") == "JournalError":
        return Found("journal_failed", "critical", "A session's journal has failed", str(error.get("message", "")))
    if parity.get("equal") is False:
        return Found("parity_difference", "critical", "The batch does not come to what was traded", session.trouble)
    return Found("session_died", "critical", "A session goes on no more", session.trouble)
