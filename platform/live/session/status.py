"""How a session stands, for other processes: plain values that JSON can hold."""

import math
from pathlib import Path
from typing import Any

from lockstep.live.session.core import Core
from lockstep.live.session.latencies import Latencies, LatencyView, Quantiles
from lockstep.live.session.utilisation import RiskView, Use
from lockstep.live.session.views import LaneView, OrderView, SessionView, view_of
from lockstep.live.storage.journal import Journal


def status_of(core: Core, journal: Journal, folder: Path, latencies: Latencies | None = None) -> dict[str, Any]:
    """Return the view of a session, its kill switch, and how far its journal is durable; null for what is not known."""
    return {
        "id": core.terms.id, "folder": str(folder), "killed": core.controls.killed,
        "journal": {"given": journal.given, "durable": journal.durable, "failure": journal.failure},
        "view": plain(view_of(core, latencies)),
    }  # fmt: skip


def plain(value: Any) -> Any:
    """Return a view as values of JSON."""
    if hasattr(value, "_asdict"):
        return {name: plain(each) for name, each in value._asdict().items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def view_in(status: dict[str, Any]) -> SessionView:
    """Return the view that a status holds."""
    view = dict(status["view"])
    lanes = tuple(LaneView(**_numbers(lane)) for lane in view.pop("lanes"))
    risk = tuple(_risk(each) for each in view.pop("risk"))
    orders = tuple(OrderView(**_numbers(order)) for order in view.pop("orders"))
    took = view.pop("latency")
    latency = None if took is None else LatencyView(*(Quantiles(**_numbers(each)) for each in took.values()))
    feed = tuple(view.pop("feed"))
    return SessionView(**view, lanes=lanes, risk=risk, feed=feed, orders=orders, latency=latency)


def _risk(told: dict[str, Any]) -> RiskView:
    limits = tuple(Use(**_numbers(use)) for use in told["limits"])
    return RiskView(**_numbers({**told, "limits": limits}))


def _numbers(told: dict[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in told.items()}
