"""What a session may still do, its orders and latencies, in the terminal."""

import io

from msgspec.structs import replace
from rich.console import Console
from tests.live.session.shown import a_lane, a_session, an_order

from lockstep.live.session.view_types import LatencyView, QuantilesView, RiskView, UseView
from lockstep.terminal_risk import bar
from lockstep.terminal_session import drawn


def use(key, limit, used, where=""):
    return UseView(key=key, limit=limit, used=used, where=where)


USES = (
    use("maxDrawdown", 0.1, 0.00001), use("maxPositionSize", 4.0, 3.0, "ACME"), use("maxOpenOrders", 0.0, 2.0),
    use("maxLeverage", 2.0, None), UseView(key="maxOrderSize", limit=7.0, of_each_order=True),
)  # fmt: skip
RISK = RiskView(
    lane="", state="reducing", reason="max_daily_loss", killed=False, equity=99_900.0, limits=USES, rules={},
    restricted={"ACME": "close_only"},
)  # fmt: skip
ORDERS = tuple(
    an_order(order=20 - k, limit_price=None if k == 1 else 10.25, state="pending_cancel" if k == 0 else "new")
    for k in range(8)
)
VIEW = a_session(
    taken=5, lanes=(a_lane(open_orders=12),), risk=(RISK,), orders=ORDERS,
    latency=LatencyView(
        decision=QuantilesView(measured=3, p50=12.4, p99=1500.0), durable=QuantilesView(measured=0)
    ),
)  # fmt: skip


def printed(view, width=120):
    out = io.StringIO()
    Console(width=width, file=out).print(drawn("runs/first", view, 1.0, width))
    return out.getvalue()


def test_limits_are_shown_with_how_much_of_them_is_used_the_fullest_first():
    lines = printed(VIEW).splitlines()
    limits = [line.split() for line in lines if " max" in line and "of" in line]
    assert [words[1] for words in limits] == ["maxOpenOrders", "maxLeverage", "maxPositionSize", "maxDrawdown"]
    assert lines.index(next(line for line in lines if "each order" in line)) > max(
        k for k, line in enumerate(lines) if "maxDrawdown" in line
    )
    assert "75%" in limits[2]
    assert any("<0.01% of 10%" in line for line in lines)
    assert any("unknown of 2" in line for line in lines)


def test_state_restrictions_orders_and_latencies_are_told():
    text = printed(VIEW)
    for words in ("reducing (max daily loss)", "ACME is close only", "#20", "at 10.25", "pending cancel",
                  "at the market", "and 4 more", "p50 12 µs  p99 1.5 ms", "none in the last minute"):  # fmt: skip
        assert words in text


def test_the_kill_switch_stands_before_all_states():
    killed = replace(VIEW, risk=(replace(RISK, killed=True),))
    assert "KILLED" in printed(killed)
    assert "reducing" not in printed(killed)


def test_nothing_is_cut_off_in_a_narrow_terminal_and_a_session_without_limits_shows_none():
    assert max(map(len, printed(VIEW, 80).splitlines())) <= 80
    assert "limits" not in printed(replace(VIEW, risk=(replace(RISK, limits=()),), latency=None, orders=()))


def test_a_bar_is_full_at_its_limit_and_shows_anything_above_nothing():
    assert bar(use("a", 10.0, 10.0), 20).plain == "━" * 20
    assert bar(use("a", 10.0, 25.0), 20).plain == "━" * 20
    assert bar(use("a", 10.0, 0.01), 20).plain == "━" + "┄" * 19
    assert bar(use("a", 10.0, 0.0), 4).plain == "┄" * 4
