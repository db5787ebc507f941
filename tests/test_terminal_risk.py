"""What a session may still do, its orders and latencies, in the terminal."""

import io
import math

from rich.console import Console

from lockstep.live.session.latencies import LatencyView, Quantiles
from lockstep.live.session.utilisation import RiskView, Use
from lockstep.live.session.views import LaneView, OrderView, SessionView
from lockstep.terminal_risk import bar
from lockstep.terminal_session import drawn

LANE = LaneView("maker", "ACME", -3.0, 10.5, 99_900.0, -100.0, 12, 7, 20, "")
USES = (
    Use("maxDrawdown", "", 0.1, 0.00001), Use("maxPositionSize", "ACME", 4.0, 3.0), Use("maxOpenOrders", "", 0.0, 2.0),
    Use("maxLeverage", "", 2.0, math.nan),
)  # fmt: skip
RISK = RiskView("", "reducing", "max_daily_loss", False, 99_900.0, USES, {"ACME": "close_only"})
ORDERS = tuple(
    OrderView("maker", 20 - k, "buy", 2.0, math.nan if k == 1 else 10.25, "limit", "resting", k == 0) for k in range(8)
)
VIEW = SessionView(
    "paper",
    0,
    5,
    (LANE,),
    (RISK,),
    (),
    ORDERS,
    LatencyView(Quantiles(3, 12.4, 1500.0), Quantiles(0, math.nan, math.nan)),
)


def printed(view, width=120):
    out = io.StringIO()
    Console(width=width, file=out).print(drawn("runs/first", view, 1.0, width))
    return out.getvalue()


def test_limits_are_shown_with_how_much_of_them_is_used_the_fullest_first():
    lines = printed(VIEW).splitlines()
    limits = [line.split() for line in lines if " max" in line and "of" in line]
    assert [words[1] for words in limits] == ["maxOpenOrders", "maxLeverage", "maxPositionSize", "maxDrawdown"]
    assert "75%" in limits[2]
    assert any("<0.01% of 10%" in line for line in lines)
    assert any("unknown of 2" in line for line in lines)


def test_state_restrictions_orders_and_latencies_are_told():
    text = printed(VIEW)
    for words in ("reducing (max daily loss)", "ACME is close only", "#20", "at 10.25", "answer awaited",
                  "at the market", "and 4 more", "p50 12 µs  p99 1.5 ms", "none in the last minute"):  # fmt: skip
        assert words in text


def test_the_kill_switch_stands_before_all_states():
    killed = VIEW._replace(risk=(RISK._replace(killed=True),))
    assert "KILLED" in printed(killed)
    assert "reducing" not in printed(killed)


def test_nothing_is_cut_off_in_a_narrow_terminal_and_a_session_without_limits_shows_none():
    assert max(map(len, printed(VIEW, 80).splitlines())) <= 80
    assert "limits" not in printed(VIEW._replace(risk=(RISK._replace(limits=()),), latency=None, orders=()))


def test_a_bar_is_full_at_its_limit_and_shows_anything_above_nothing():
    assert bar(Use("a", "", 10.0, 10.0), 20).plain == "━" * 20
    assert bar(Use("a", "", 10.0, 25.0), 20).plain == "━" * 20
    assert bar(Use("a", "", 10.0, 0.01), 20).plain == "━" + "┄" * 19
    assert bar(Use("a", "", 10.0, 0.0), 4).plain == "┄" * 4
