"""How sessions stand, as figures: profit, positions, orders, limits, the age of quotes, the journal."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import Metric

from lockstep.live.gateway.monitoring.exposition import Labels, counter, gauge, histogram
from lockstep.live.gateway.monitoring.symbols import Symbols
from lockstep.live.gateway.monitoring.watched import Watched
from lockstep.live.session.tally import CLASSES, Tally
from lockstep.live.session.view_types import LaneView, QuantilesView, StatusView

Statuses = Mapping[str, StatusView]
"""By session; those that could not be asked are not there."""
STATES = ("active", "reducing", "halted")
LANES = 200
"""Strategies of a session that have figures of their own."""
_LANE = ("session", "strategy")
_Family = Iterator[Metric]


def families(sessions: Iterable[Watched], statuses: Statuses, symbols: Symbols) -> _Family:
    """Give the figures."""
    yield from _of_processes(tuple(sessions))
    yield from _of_sessions(statuses)
    yield from _of_lanes(statuses)
    yield from _of_positions(statuses, symbols)
    yield from _of_limits(statuses, symbols)
    yield from _of_market(statuses, symbols)
    yield from _of_journals(statuses)


def _of_processes(sessions: tuple[Watched, ...]) -> _Family:
    yield gauge("session_info", "What a session is.", ("session", "mode", "source"),
                {(each.id, each.mode, each.source): 1.0 for each in sessions})  # fmt: skip
    yield gauge("session_running", "1 while a session's process answers.", ("session",),
                {(each.id,): float(each.state == "running") for each in sessions})  # fmt: skip
    yield counter("session_restarts_total", "Times that a session's process died and was begun again.", ("session",),
                  {(each.id,): float(each.restarts) for each in sessions})  # fmt: skip


def _of_sessions(statuses: Statuses) -> _Family:
    views = {name: status.session for name, status in statuses.items()}
    yield gauge("kill_switch", "1 while the kill switch is on.", ("session",),
                {(name,): float(view.killed) for name, view in views.items()})  # fmt: skip
    yield gauge(
        "trading_state",
        "1 for the state that holds.",
        ("session", "state"),
        {(name, state): float(view.state == state) for name, view in views.items() for state in STATES},
    )
    for field, told in (
        ("equity", "Cash and positions"),
        ("cash", "Cash"),
        ("profit", "Profit since the mode began"),
        ("day_profit", "Profit since the day of the risk limits began"),
        ("fees", "Fees paid"),
    ):
        yield gauge(
            f"account_{field}",
            f"{told}, in account currency.",
            ("session", "currency"),
            {(name, view.account.currency): getattr(view.account, field) for name, view in views.items()},
        )
    yield counter("session_records_total", "Records of a session's tape.", ("session",),
                  {(name,): float(view.taken) for name, view in views.items()})  # fmt: skip


def _of_lanes(statuses: Statuses) -> _Family:
    lanes = {(name, lane.name): lane for name, status in statuses.items() for lane in status.session.lanes[:LANES]}
    yield gauge("strategy_profit", "Profit since the mode began, in account currency.", _LANE,
                {labels: lane.profit for labels, lane in lanes.items()})  # fmt: skip
    yield gauge("strategy_equity", "Cash and positions, in account currency.", _LANE,
                {labels: lane.equity for labels, lane in lanes.items()})  # fmt: skip
    yield gauge("strategy_open_orders", "Orders that work.", _LANE,
                {labels: float(lane.open_orders) for labels, lane in lanes.items()})  # fmt: skip
    yield gauge("strategy_halted", "1 for a strategy that goes on no more.", _LANE,
                {labels: float(bool(lane.halted)) for labels, lane in lanes.items()})  # fmt: skip
    yield counter("strategy_orders_total", "Orders since the mode began, by what became of them.", (*_LANE, "outcome"),
                  dict(_outcomes(lanes)))  # fmt: skip
    yield counter("strategy_fills_total", "Fills since the mode began.", _LANE,
                  {labels: float(lane.fills) for labels, lane in lanes.items()})  # fmt: skip


def _outcomes(lanes: Mapping[tuple[str, str], LaneView]) -> Iterator[tuple[Labels, float]]:
    for labels, lane in lanes.items():
        for outcome in ("sent", "refused", "rejected", "canceled"):
            yield (*labels, outcome), float(getattr(lane, outcome))


def _of_positions(statuses: Statuses, symbols: Symbols) -> _Family:
    units: dict[Labels, float] = {}
    value: dict[Labels, float] = {}
    for name, status in statuses.items():
        for each in status.session.positions:
            labels = (name, symbols.label(each.symbol))
            units[labels] = units.get(labels, 0.0) + each.units
            value[labels] = value.get(labels, 0.0) + (each.value or 0.0)
    yield gauge("position_units", "Units held of a symbol by all strategies together.", ("session", "symbol"), units)
    yield gauge("position_value", "Value of these, in account currency.", ("session", "symbol"), value)


def _of_limits(statuses: Statuses, symbols: Symbols) -> _Family:
    """The most that is used of a limit, where several symbols have one label."""
    names = ("session", "strategy", "limit", "symbol")
    used: dict[Labels, float] = {}
    limits: dict[Labels, float] = {}
    for name, status in statuses.items():
        for account in status.session.risk:
            for use in account.limits:
                if use.of_each_order:
                    continue
                labels = (name, account.lane, use.key, symbols.label(use.where) if use.where else "")
                limits[labels] = use.limit
                if use.used is not None and use.limit > 0.0:
                    used[labels] = max(use.used / use.limit, used.get(labels, 0.0))
    yield gauge("risk_limit_utilisation_ratio", "Share of a limit that is used; strategy is empty for the account.",
                names, used)  # fmt: skip
    yield gauge("risk_limit", "A limit that is set, in its own units.", names, limits)


def _of_market(statuses: Statuses, symbols: Symbols) -> _Family:
    ages: dict[Labels, float] = {}
    for name, status in statuses.items():
        for quote in status.session.quotes:
            if quote.age_seconds is not None:
                labels = (name, symbols.label(quote.symbol))
                ages[labels] = max(quote.age_seconds, ages.get(labels, 0.0))
    yield gauge("market_data_age_seconds", "Since something was heard of a symbol, by the session's clock.",
                ("session", "symbol"), ages)  # fmt: skip


def _of_journals(statuses: Statuses) -> _Family:
    yield gauge("journal_failed", "1 once a journal can't be written.", ("session",),
                {(name,): float(bool(each.journal.failure)) for name, each in statuses.items()})  # fmt: skip
    yield counter("journal_rows_total", "Rows that are durable.", ("session",),
                  {(name,): float(each.journal.durable) for name, each in statuses.items()})  # fmt: skip
    yield gauge(
        "journal_waiting_rows",
        "Rows that are not durable yet.",
        ("session",),
        {(name,): float(each.journal.given - each.journal.durable) for name, each in statuses.items()},
    )
    took = {name: each.session.latency for name, each in statuses.items() if each.session.latency is not None}
    yield histogram("journal_commit_seconds", "From handing rows to the journal to their being durable.", ("session",),
                    {(name,): _tally(each.durable) for name, each in took.items()})  # fmt: skip
    yield histogram("decision_seconds", "From an event's turn to the journal having what was decided upon it.",
                    ("session",), {(name,): _tally(each.decision) for name, each in took.items()})  # fmt: skip


def _tally(view: QuantilesView) -> Tally:
    found = Tally()
    found.add(view.counts or (0,) * CLASSES, view.seconds)
    return found
