"""What an operator hears of: rows of journals and ends of sessions, each kind once, floods held back."""

import json

import pytest
from tests.live.gateway.monitoring.sessions import FakeSession

from lockstep.data.recordings.journal_rows import Row, encode
from lockstep.live.gateway.monitoring.alerts import AGAIN_NS, Alert, Alerts
from lockstep.live.session.request import ENDED


def a_row(kind, symbol="", strategy="", seq=3, **content):
    return Row(seq, 77, kind, strategy, symbol, 0, encode(content), b"")


RISK = {"account": 0, "equity": 94_000.0, "day_start_equity": 100_000.0}


@pytest.mark.parametrize(
    ("row", "event", "severity", "detail"),
    [
        (a_row("kill", why="enough", flatten=False), "kill_switch", "critical", "enough"),
        (a_row("trading_halted", why="positions differ"), "halt", "critical", "positions differ"),
        (a_row("trading_state", state="reducing", why="calm"), "halt", "warning", "calm"),
        (a_row("risk_state", state="reducing", reason="max_daily_loss", **RISK), "daily_loss", "critical", "94000"),
        (a_row("risk_state", state="halted", reason="max_drawdown", **RISK), "halt", "critical", "halted"),
        (a_row("risk_state", state="halted", reason="passed", **RISK), "halt", "warning", "halted until that is done"),
        (a_row("strategy_halted", strategy="maker:AAPL", error="ZeroDivisionError"), "halt", "warning", "ZeroDivision"),
        (a_row("proof", row=9, equal=False, why="fills differ"), "parity_difference", "critical", "fills differ"),
        (a_row("proof", row=9, equal=None, why="no memory"), "parity_difference", "warning", "no memory"),
        (a_row("feed_stale", symbol="AAPL", seconds=15.0), "feed_stale", "warning", "nothing of AAPL for 15 s"),
        (a_row("feed_disconnected", why="refused", again_in_s=1.0), "feed_stale", "warning", "refused"),
        (a_row("disk", room="none", free_bytes=1, why="the disk is full"), "disk_room", "critical", "full"),
    ],
)
def test_rows_that_are_told(row, event, severity, detail):
    alerts = Alerts(now_ns=lambda: AGAIN_NS)
    alerts.hear("desk", [row])
    (alert,) = alerts.latest
    assert (alert.event, alert.severity, alert.session_id, alert.row, alert.time_ns) == (event, severity, "desk", 3, 77)
    assert detail in alert.detail


@pytest.mark.parametrize("row", [
    a_row("intent", action="submit"), a_row("fill", order=1), a_row("trading_state", state="active"),
    a_row("risk_state", state="active", reason="passed", **RISK), a_row("proof", row=9, equal=True, why=""),
    a_row("disk", room="enough", free_bytes=1 << 40, why=""), a_row("release", why="looked into"), a_row("feed_fresh"),
])  # fmt: skip
def test_rows_that_are_not(row):
    alerts = Alerts()
    alerts.hear("desk", [row])
    assert not alerts.latest


def test_the_same_again_is_counted_and_told_a_minute_later_but_a_kill_always():
    now = [AGAIN_NS]
    seen: list[Alert] = []
    alerts = Alerts(seen.append, lambda: now[0])
    stale = a_row("feed_stale", symbol="AAPL", seconds=15.0)
    alerts.hear("desk", [stale, stale, stale, a_row("feed_stale", symbol="MSFT", seconds=15.0)])
    alerts.hear("other", [stale])
    assert [(each.session_id, each.symbol, each.before) for each in seen] == [
        ("desk", "AAPL", 0), ("desk", "MSFT", 0), ("other", "AAPL", 0),
    ]  # fmt: skip
    now[0] += AGAIN_NS
    alerts.hear("desk", [stale])
    assert (seen[-1].symbol, seen[-1].before) == ("AAPL", 2)
    alerts.hear("desk", [a_row("kill", why="one"), a_row("kill", why="two")])
    assert [each.event for each in seen[-2:]] == ["kill_switch", "kill_switch"]


@pytest.mark.parametrize(
    ("ended", "event"),
    [
        ({"error": {"type": "JournalError", "message": "no space left"}}, "journal_failed"),
        ({"error": {"type": "SessionError", "message": "no feed"}}, "session_died"),
        ({"parity": {"equal": False}}, "parity_difference"),
        (None, "session_died"),
    ],
)
def test_sessions_that_end_as_they_should_not(tmp_path, ended, event):
    alerts, session = Alerts(), FakeSession(tmp_path)
    alerts.look([session])
    assert not alerts.latest
    if ended is not None:
        (tmp_path / ENDED).write_text(json.dumps(ended))
    session.state, session.trouble = "failed", "it went wrong"
    for _ in range(3):
        alerts.look([session])
    (alert,) = alerts.latest
    assert (alert.event, alert.severity, alert.session_id) == (event, "critical", session.id)


def test_a_process_that_died_is_told_though_it_is_begun_again(tmp_path):
    alerts, session = Alerts(), FakeSession(tmp_path)
    session.restarts = 4  # before we looked
    alerts.look([session])
    session.restarts, session.trouble = 5, "its process died"
    alerts.look([session])
    alerts.look([session])
    assert [(each.event, each.detail) for each in alerts.latest] == [("session_died", "its process died")]


def test_a_session_that_ends_in_order_is_no_alert(tmp_path):
    alerts, session = Alerts(), FakeSession(tmp_path)
    alerts.look([session])
    session.state = "ended"
    alerts.look([session])
    assert not alerts.latest
