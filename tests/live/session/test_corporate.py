"""Splits and dividends on a running session, by hand: positions, cash, orders, what strategies hear, and the proof."""

import asyncio
from pathlib import Path

import pytest
from tests.live.session.played import MS, SHARE, contents, lane, ns, opened, quotes, ran, rows_of

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.state import state_of
from lockstep.errors import CommandError
from lockstep.vector.parity.prove import prove

BUYER = f"{Path(__file__).with_name('asking.py')}:Buyer"
T = ns(2026, 11, 23, 15)
BOOK = quotes(T, 9990, 10010)
"""The middle is 100."""


def later(milliseconds, bid=9990, ask=10010):
    return quotes(T + milliseconds * MS, bid, ask)


def command(**content):
    return lambda host: host.command("corporate_action", {"symbol": "ACME", **content})


def equity_of(host, name="one"):
    one = host.core.lanes[name]
    return one.cash + one.position * one.middle


def test_a_split_of_three_for_two_by_hand(tmp_path):
    before = []
    script = [*BOOK, *later(10, 9991), *later(20), *later(30, 9991), *later(40),
              lambda host: before.append((equity_of(host), host.core.lanes["one"].cash)),
              command(kind="split", ratio="3:2"),
              *later(50, 6660, 6680), *later(60, 6661, 6680)]  # fmt: skip
    host = ran(tmp_path / "s", script, lane(BUYER, first=7))
    one = host.core.lanes["one"]
    # Bought 7 at the ask of 100.10; 7 shares become 10.5: ten, and half a share at 100 / 1.5 = 66.666...
    assert before == [(pytest.approx(1_000_000 - 0.70), pytest.approx(1_000_000 - 700.70))]
    assert one.position == 10
    assert one.cash == pytest.approx(1_000_000 - 700.70 + 100 / 3, abs=1e-9)
    # A share cost 100.10 and costs 66.73333 now; what was paid for the half is 1/30 short of half of that.
    assert one.frame.holding["average_cost"][0] == pytest.approx(100.10 / 1.5)
    assert one.frame.account["realised"][0] == pytest.approx(0.5 * (100 / 1.5 - 100.10 / 1.5))
    flow = contents(tmp_path / "s", "flow")
    assert [(each["flow"], each["position"]) for each in flow] == [("split", 10.0)]
    assert flow[0]["amount"] == pytest.approx(100 / 3)
    # At the same price the account is worth what it was: ten shares at 66.666... and the cash.
    assert one.cash + 10 * 100 / 1.5 == pytest.approx(before[0][0], abs=1e-9)
    assert prove(tmp_path / "s").equal


def test_orders_in_old_units_end_and_the_strategy_is_told_in_order(tmp_path):
    script = [*BOOK, *later(10, 9991), *later(20), *later(30, 9991),
              # The first of these is still on its way when units change, as is the report of what it did before.
              command(kind="split", ratio=2), *later(50, 4995, 5005)]  # fmt: skip
    host = ran(tmp_path / "s", script, lane(BUYER, first=4))
    ended = contents(tmp_path / "s", "order")
    assert [(each["state"], each["why"]) for each in ended[1:]] == [("canceled", "restated"), ("canceled", "restated")]
    assert host.core.lanes["one"].strategy.desk.open_tags == ()
    fill, action = host.core.lanes["one"].strategy.heard
    assert (fill.quantity, fill.position) == (4.0, 4.0)
    assert (action.kind, action.value, action.paid, action.position) == ("split", 2.0, 0.0, 8.0)
    assert host.core.lanes["one"].frame.run["position"][0] == 8
    assert prove(tmp_path / "s").equal


def test_a_request_and_a_fill_on_their_way_when_units_change(tmp_path):
    # Sent at 0, at the exchange at 2 ms, heard at 3 ms: units change before the request is there, or before the report.
    for at, kept in ((1, 0.0), (2.5, 8.0)):
        folder = tmp_path / str(at)
        script = [*BOOK, *quotes(T + int(at * MS), 9990, 10010, 900), command(kind="split", ratio=2),
                  *later(50, 4995, 5005)]  # fmt: skip
        host = ran(folder, script, lane(BUYER, first=4))
        one = host.core.lanes["one"]
        assert one.position == kept
        assert one.strategy.desk.position("ACME") == kept
        assert one.strategy.desk.cash == pytest.approx(one.cash)
        assert prove(folder).equal


def test_the_books_are_empty_until_the_feed_tells_of_new_prices(tmp_path):
    seen = []
    script = [*BOOK, *later(10), command(kind="split", ratio=2),
              lambda host: seen.append(host.core.lanes["one"].frame.book.best(0)),
              *later(50, 4995, 5005),
              lambda host: seen.append(host.core.lanes["one"].frame.book.best(0))]  # fmt: skip
    ran(tmp_path / "s", script, lane(BUYER))
    assert seen[0] is None
    assert seen[1][0] == 4995
    assert contents(tmp_path / "s", "event_refused") == []


def test_a_dividend_is_paid_to_who_is_long_and_by_who_is_short(tmp_path):
    lanes = (lane(BUYER, "long", first=10), lane(BUYER, "short", first=-4))
    script = [*BOOK, *later(10, 9991), *later(20), command(kind="dividend", amount=0.25), *later(30)]
    host = ran(tmp_path / "s", script, *lanes, limits={"maxPositionSize": 100})
    # 10 bought at 100.10 and paid 2.50; 4 sold at 99.90 and 1.00 to be paid.
    assert host.core.lanes["long"].cash == pytest.approx(1_000_000 - 1001.0 + 2.5)
    assert host.core.lanes["short"].cash == pytest.approx(1_000_000 + 399.6 - 1.0)
    assert [float(each.frame.run["financing"][0]) for each in host.core.lanes.values()] == [2.5, -1.0]
    # Orders stay, and what is realised is what trades made.
    assert all(each.frame.account["realised"][0] == 0.0 for each in host.core.lanes.values())
    assert host.core.lanes["long"].strategy.desk.open_tags != ()
    assert prove(tmp_path / "s").equal


def test_lanes_of_one_account_are_split_together_and_the_risk_records_follow(tmp_path):
    lanes = (lane(BUYER, "long", first=10), lane(BUYER, "short", first=-4))
    script = [*BOOK, *later(10, 9991), *later(20), *later(30), command(kind="split", ratio=2)]
    host = ran(tmp_path / "s", script, *lanes, limits={"maxPositionSize": 100})
    symbol = host.core.controls.accounts[0].symbols[0]
    assert symbol["position"] == 12
    assert symbol["mark"] == 50.0
    assert symbol["exposure"] == 600.0
    assert (symbol["buy_orders"], symbol["sell_orders"], symbol["buying"], symbol["selling"]) == (0, 0, 0, 0)
    assert host.core.controls.accounts[0].account["gross"][0] == 600.0
    assert prove(tmp_path / "s").equal


def test_what_is_announced_takes_effect_on_its_day_before_its_first_event(tmp_path):
    tomorrow = ns(2026, 11, 24, 14, 30)
    script = [*BOOK, command(kind="split", ratio=2, effective="2026-11-24"), *later(10, 9991), *later(20),
              *quotes(tomorrow, 4995, 5005), *quotes(tomorrow + MS, 4995, 5006)]  # fmt: skip
    host = ran(tmp_path / "s", script, lane(BUYER, first=4))
    (flow,) = contents(tmp_path / "s", "flow")
    assert flow["time_ns"] == ns(2026, 11, 24, 5)  # midnight in New York
    assert host.core.lanes["one"].position == 8
    assert prove(tmp_path / "s").equal


def test_a_restart_keeps_what_is_announced_and_repeats_what_has_happened(tmp_path):
    tomorrow = ns(2026, 11, 24, 14, 30)
    stop = lambda host: host.stop()  # noqa: E731
    rest = [*quotes(tomorrow, 4995, 5005), command(kind="dividend", amount=0.5), *quotes(tomorrow + MS, 4995, 5006)]
    announced = command(kind="split", ratio=2, effective="next_open")
    first = [*BOOK, *later(10, 9991), *later(20)]
    ran(tmp_path / "s", [*first, announced, stop, *later(30), *rest], lane(BUYER, first=4))
    again = opened(tmp_path / "s", [*first, *later(30), *rest], lane(BUYER, first=4))
    assert len(again.core.announced) == 1
    asyncio.run(again.run())
    flows = contents(tmp_path / "s", "flow")
    assert [(each["flow"], each["position"], each["amount"]) for each in flows] == [
        ("split", 8.0, 0.0), ("dividend", 8.0, 4.0),
    ]  # fmt: skip
    once_more = opened(tmp_path / "s", [], lane(BUYER, first=4))
    assert once_more.core.lanes["one"].state == again.core.lanes["one"].state
    asyncio.run(once_more.run())
    assert prove(tmp_path / "s").equal
    with Recording(tmp_path / "s") as recording:
        state = state_of(recording)
    assert state.positions == {("one", "ACME"): 8.0}
    assert state.cash["one"] == again.core.lanes["one"].cash


def walk(steps, start, bid, ask):
    """Quotes every 20 ms that move by some ticks, now with more to buy and now with more to sell."""
    sizes = ((500, 50), (50, 500))
    each = (quotes(start + 20 * k * MS, bid + k % 7, ask + k % 5, *sizes[k // 4 % 2]) for k in range(steps))
    return [record for both in each for record in both]


@pytest.mark.parametrize("strategy", ["simple_market_maker", "book_imbalance_taker"])
def test_compiled_strategies_go_on_in_new_units(strategy, tmp_path):
    old, new = walk(100, T, 9985, 10015), walk(200, T + 3000 * MS, 4990, 5010)
    ran(tmp_path / "s", [*old, command(kind="split", ratio=2), *new], lane(strategy))
    split = rows_of(tmp_path / "s", "flow")[0]
    assert [row for row in rows_of(tmp_path / "s", "intent") if row.seq > split.seq]
    assert prove(tmp_path / "s").equal


def test_an_action_that_can_not_be_changes_nothing(tmp_path):
    host = opened(tmp_path / "s", [], lane(BUYER))
    try:
        with pytest.raises(CommandError, match="ratio must be"):
            host.command("corporate_action", {"symbol": SHARE.symbol, "kind": "split", "ratio": 0})
        assert host.core.commands == {}
    finally:
        host._storage.close()
