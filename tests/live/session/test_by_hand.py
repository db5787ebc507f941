"""Orders by hand: through the risk check into lanes of their own, by ids that are used once."""

import asyncio
import dataclasses
import functools
import shutil

import pytest
from tests.live.session.played import MS, SHARE, Played, contents, lane, ns, opened, quotes, ran, rows_of

from lockstep.data.recordings.files import ARCHIVE
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.errors import CommandError, DuplicateOrderError, OrderError, OrderNotOpenError, SessionError
from lockstep.live.session import by_hand
from lockstep.live.session.allocations import allocated
from lockstep.live.session.asked import lanes_of
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.view_types import OrderView, PreviewView
from lockstep.live.session.views import view_of
from lockstep.live.storage.compaction import compact
from lockstep.strategies.over_ticks.by_hand import CANCEL, REPLACE, SUBMIT
from lockstep.vector.parity.prove import prove

OTHER = dataclasses.replace(SHARE, symbol="ELSE")
START = ns(2026, 11, 23, 15)


def order(name, side="buy", quantity=10, **more):
    return {"clientOrderId": name, "symbol": "ACME", "side": side, "quantity": quantity, **more}


def nothing(_):
    pass


def steps(*acts):
    """Quotes of 99.90 to 100.10 each 20 ms, and something done after each; in a list one thing right after another."""
    script = quotes(START, 9990, 10010)
    for k, act in enumerate(acts, 1):
        script += [*(act if isinstance(act, list) else [act]), *quotes(START + 20 * k * MS, 9990, 10010)]
    return script


class Told:
    """Gives commands about orders, and keeps what is answered."""

    def __init__(self):
        self.answers = []

    def __call__(self, kind, content):
        return lambda host: self.answers.append(host.trade(kind, content))

    def refused(self, error, says, kind, content):
        def act(host):
            with pytest.raises(error, match=says):
                host.trade(kind, content)

        return act


@pytest.fixture
def told():
    return Told()


def test_an_order_by_hand_trades_and_the_session_is_the_batch(tmp_path, told):
    script = steps(told(SUBMIT, order("a")), told(SUBMIT, order("b", "sell", 4, type="limit", limitPrice=100.05)))
    host = ran(tmp_path / "s", script, lane("manual"), limits={})
    first, second = told.answers
    assert (first.order.state, first.order.order_id, first.order.client_order_id) == ("pending_new", "0-1", "a")
    assert (second.order.limit_price, second.order.quantity, second.refusal) == (100.05, 4.0, None)
    view = view_of(host.core)
    assert [(fill.client_order_id, fill.price, fill.quantity) for fill in view.fills] == [("a", 100.1, 10.0)]
    (fill,) = view.fills
    assert fill.arrival_mid == 100.0
    assert fill.slippage_bps == pytest.approx(10.0)  # 0.10 above 100.00
    (ended,) = [each for each in view.ended if each.client_order_id == "a"]
    assert (ended.state, ended.average_price, ended.filled_quantity) == ("filled", 100.1, 10.0)
    assert view.positions[0].units == 10.0
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences
    assert parity.rows == len(rows_of(tmp_path / "s", "intent", "fill", "order"))


def test_an_order_works_is_replaced_and_canceled_by_either_of_its_names(tmp_path, told):
    script = steps(
        told(SUBMIT, order("a", type="limit", limitPrice=99.5, postOnly=True, timeInForce="day")),
        [told(REPLACE, {"clientOrderId": "a", "limitPrice": 99.6, "quantity": 7}),
         told.refused(CommandError, "is awaited", REPLACE, {"orderId": "0-1", "quantity": 8})],
        told(CANCEL, {"orderId": "0-1"}),
        told(SUBMIT, order("b", type="stop_limit", stopPrice=101.0, limitPrice=101.2)),
        told(REPLACE, {"clientOrderId": "b", "stopPrice": 101.1}),
        told(CANCEL, {"clientOrderId": "b"}),
    )  # fmt: skip
    host = ran(tmp_path / "s", script, lane("manual"), limits={})
    states = [answer.order.state for answer in told.answers]
    assert states == [
        "pending_new",
        "pending_replace",
        "pending_cancel",
        "pending_new",
        "pending_replace",
        "pending_cancel",
    ]
    first, second = (next(one for one in host.core.recent.ended if one.client_order_id == name) for name in "ab")
    assert (first.state, first.limit_price, first.quantity, first.time_in_force) == ("canceled", 99.6, 7.0, "day")
    assert (first.post_only, first.why) == (True, "requested")
    assert (second.state, second.stop_price, second.limit_price) == ("canceled", 101.1, 101.2)
    replaced = [row for row in contents(tmp_path / "s", "intent") if row["action"] == "replace"]
    assert [(row["price"], row["stop"], row["quantity"]) for row in replaced] == [
        (99.6, None, 7.0),
        (101.2, 101.1, 10.0),
    ]
    assert host.core.recent.counts["one"].canceled == 2
    assert prove(tmp_path / "s").equal


def test_what_limits_refuse_never_leaves_and_is_told_with_its_numbers(tmp_path, told):
    script = steps(
        told(SUBMIT, order("a", quantity=11)),
        told(SUBMIT, order("b", type="limit", limitPrice=99.0)),
        told(REPLACE, {"clientOrderId": "b", "quantity": 12}),
        told(SUBMIT, order("c", side="sell", quantity=1, reduceOnly=True)),
    )
    host = ran(tmp_path / "s", script, lane("manual"), limits={"maxOrderSize": 10})
    size, resting, larger, reducing = told.answers
    assert (size.order.state, size.refusal.name, size.refusal.code) == ("rejected", "max_order_size", 401)
    assert (size.refusal.limit, size.refusal.attempted) == (10.0, 11.0)
    assert "maxOrderSize is 10" in size.refusal.message
    assert (resting.refusal, larger.refusal.name, larger.order.quantity) == (None, "max_order_size", 10.0)
    assert larger.order.state == "new"
    assert reducing.refusal.name == "reduce_only_would_increase"
    counts = host.core.recent.counts["one"]
    assert (counts.sent, counts.refused) == (1, 2)
    assert [row["order"] for row in contents(tmp_path / "s", "intent")] == [2]
    lane_view = view_of(host.core).lanes[0]
    assert (lane_view.sent, lane_view.refused, lane_view.by_hand) == (1, 2, True)
    assert prove(tmp_path / "s").equal


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (order("x", quantity=-1), OrderError, "above zero"),
        (order("x", quantity=0.5), OrderError, "whole lots"),
        (order("x", type="limit"), OrderError, "needs its limit price"),
        (order("x", type="limit", limitPrice=99.001), OrderError, "multiple of the tick"),
        (order("x", limitPrice=99.0), OrderError, "has no limit price"),
        (order("x", postOnly=True), OrderError, "post_only is for limit"),
        (order("x", when=1), CommandError, "unknown field `when`"),
        (order("x", side="long"), CommandError, "Invalid enum value"),
        (order(""), CommandError, "1 to 64 printable"),
        (order("é"), CommandError, "1 to 64 printable"),
        ({**order("x"), "symbol": "ELSE"}, CommandError, "are for ACME, found 'ELSE'"),
    ],
)
def test_what_is_no_order_is_refused_and_its_id_stays_free(tmp_path, told, content, error, says):
    script = steps(told.refused(error, says, SUBMIT, content), told(SUBMIT, order("x")))
    ran(tmp_path / "s", script, lane("manual"))
    assert [row["order"]["clientOrderId"] for row in contents(tmp_path / "s", SUBMIT)] == ["x"]


def test_orders_that_nobody_has_and_those_of_others_are_not_replaced(tmp_path, told):
    maker = lane("simple_market_maker", "maker", interval_ms=1, away=5)
    script = steps(
        lambda host: None,
        told.refused(CommandError, "sees to its orders itself", REPLACE, {"orderId": "1-1", "quantity": 3}),
        told.refused(CommandError, "no order is known as 'y'", CANCEL, {"clientOrderId": "y"}),
        told.refused(CommandError, "no order is known as '7-1'", CANCEL, {"orderId": "7-1"}),
        told.refused(CommandError, "is over, or never was", CANCEL, {"orderId": "0-9"}),
        told.refused(CommandError, "name the order by one of", CANCEL, {}),
        told(CANCEL, {"orderId": "1-1"}),
    )
    ran(tmp_path / "s", script, lane("manual"), maker)
    assert told.answers[0].order.state == "pending_cancel"
    assert prove(tmp_path / "s").equal


def test_without_a_strategy_for_them_there_are_no_orders_by_hand(tmp_path, told):
    script = steps(told.refused(CommandError, "--strategy manual", SUBMIT, order("a")))
    ran(tmp_path / "s", script, lane("simple_market_maker"))


def test_an_id_is_used_once_and_the_same_order_is_told_of_again(tmp_path, told):
    folder, mine = tmp_path / "s", lane("manual")
    limits = {"maxOrderSize": 10}
    first = steps(
        told(SUBMIT, order("done")), told(SUBMIT, order("refused", quantity=11)),
        told(SUBMIT, order("open", type="limit", limitPrice=99.0)),
    )  # fmt: skip
    ran(folder, first, mine, limits=limits)
    done, refused, resting = told.answers
    again = [
        told(SUBMIT, order("done")), told(SUBMIT, order("refused", quantity=11)),
        told(SUBMIT, order("open", type="limit", limitPrice=99.0)),
        told.refused(DuplicateOrderError, "row .* of the journal", SUBMIT, order("done", quantity=9)),
        told.refused(DuplicateOrderError, "is used once", SUBMIT, order("refused")),
    ]  # fmt: skip
    host = opened(folder, [*first, *again, *quotes(START + 200 * MS, 9990, 10010)], mine, limits=limits)
    assert host.recovered > 0
    asyncio.run(host.run())
    told_again = told.answers[3:]
    assert [each.repeated for each in told_again] == [True] * 3
    assert [each.row for each in told_again] == [done.row, refused.row, resting.row]
    assert (told_again[0].order.state, told_again[0].order.average_price) == ("filled", 100.1)
    assert (told_again[1].order.state, told_again[1].refusal) == ("rejected", refused.refusal)
    assert (told_again[2].order.state, told_again[2].order.limit_price) == ("new", 99.0)
    assert len(rows_of(folder, SUBMIT)) == 3
    with Recording(folder) as recording:
        assert verify(recording) == []
    assert prove(folder).equal


@pytest.mark.parametrize("snapshots", [0, 5])
def test_orders_that_were_over_long_ago_are_told_by_the_journal_as_they_ended(tmp_path, told, monkeypatch, snapshots):
    monkeypatch.setattr(by_hand, "KEPT", 1)
    given = [
        order("filled"), order("refused", quantity=11), order("sold", "sell", 4, type="limit", limitPrice=99.8),
        order("now", type="limit", limitPrice=99.0, timeInForce="ioc", tags=("a", "b")),
        order("stop", type="stop_limit", stopPrice=101.0, limitPrice=101.2, timeInForce="day"),
        order("trailing", "sell", 1, type="trailing_stop", trail={"percent": 0.01}, reduceOnly=True),
        order("limit", type="limit", limitPrice=99.5, postOnly=True), order("open", type="limit", limitPrice=99.0),
    ]  # fmt: skip
    canceled = ("stop", "trailing", "limit")
    first = steps(
        *(told(SUBMIT, each) for each in given),
        told(REPLACE, {"clientOrderId": "limit", "limitPrice": 99.6, "quantity": 7}), nothing,
        *(told(CANCEL, {"clientOrderId": name}) for name in canceled), nothing,
    )  # fmt: skip
    folder, mine = tmp_path / "s", lane("manual")
    host = opened(folder, first, mine, limits={"maxOrderSize": 10}, snapshots=snapshots)
    asyncio.run(host.run())
    ended = {each.client_order_id: each for each in view_of(host.core).ended}
    assert {name: each.state for name, each in ended.items()} == {
        "filled": "filled", "refused": "rejected", "sold": "filled", "now": "canceled",
        **dict.fromkeys(canceled, "canceled"),
    }  # fmt: skip
    seen: list[OrderView] = []
    again = [
        *(told(SUBMIT, each) for each in given),
        told.refused(DuplicateOrderError, "row .* of the journal", SUBMIT, order("filled", quantity=9)),
        told.refused(OrderNotOpenError, "order 1 of one is over", CANCEL, {"clientOrderId": "filled"}),
        lambda back: seen.extend(back.order({"clientOrderId": each["clientOrderId"]}) for each in given),
    ]
    told.answers.clear()
    back = opened(
        folder, [*first, *again, *quotes(START + 900 * MS, 9990, 10010)], mine, limits={"maxOrderSize": 10},
        snapshots=snapshots,
    )  # fmt: skip
    asyncio.run(back.run())
    assert all(each.repeated for each in told.answers)
    assert [each.order for each in told.answers[:-1]] == [ended[each["clientOrderId"]] for each in given[:-1]]
    assert [each.refusal for each in told.answers[:2]] == [None, ended["refused"].refusal]
    assert seen == [each.order for each in told.answers]
    assert seen[-1].state == "new"


def test_an_order_that_came_too_late_is_told_by_the_journal(tmp_path, monkeypatch):
    monkeypatch.setattr(by_hand, "KEPT", 1)
    answers = []

    def late(host):
        now_ns = host.core.clock.last_ns
        for name in "ab":
            host.core.obey(host.core.order(SUBMIT, order(name), now_ns=now_ns), now_ns + 11_000_000_000)
        answers.append(host.trade(SUBMIT, order("a")))

    ran(tmp_path / "s", steps(late), lane("manual"))
    assert [(each.repeated, each.order.why, each.order.quantity) for each in answers] == [(True, "too_late", 10.0)]


def test_the_order_of_an_id_whose_rows_were_archived_and_moved_is_not_given_again(tmp_path, told, monkeypatch):
    monkeypatch.setattr(by_hand, "KEPT", 1)
    folder, script = tmp_path / "s", steps(told(SUBMIT, order("a")), told(SUBMIT, order("b")), nothing)
    asyncio.run(opened(folder, script, lane("manual")).run())
    assert compact(folder, 2) is not None  # a snapshot and the end
    shutil.rmtree(folder / ARCHIVE)
    later = told.refused(SessionError, "were archived and lie elsewhere", SUBMIT, order("a"))
    asyncio.run(opened(folder, [*script, later, *quotes(START + 900 * MS, 9990, 10010)], lane("manual")).run())
    assert len(told.answers) == 2


@pytest.mark.parametrize("snapshots", [0, 5])
def test_a_session_that_died_knows_its_orders_with_and_without_a_snapshot(tmp_path, told, snapshots):
    folder, mine = tmp_path / "s", lane("manual")
    script = steps(
        told(SUBMIT, order("a", type="limit", limitPrice=99.0)),
        told(SUBMIT, order("b")),
        told(SUBMIT, order("c")),
    )
    host = opened(folder, script, mine, snapshots=snapshots)
    asyncio.run(host.run())
    stood = view_of(host.core)
    again = opened(folder, script, mine, snapshots=snapshots)
    try:
        assert bool(again.again < again.recovered) == bool(snapshots)
        back = view_of(again.core)
        assert (back.orders, back.ended, back.fills) == (stood.orders, stood.ended, stood.fills)
        assert (back.lanes, back.positions) == (stood.lanes, stood.positions)
        assert again.trade(SUBMIT, order("b")).repeated
    finally:
        again._storage.close()


@pytest.mark.parametrize(("later_ns", "sent"), [(10_000_000_000, True), (10_000_000_001, False)])
def test_an_order_whose_session_died_before_it_held_is_sent_soon_after_and_never_late(tmp_path, later_ns, sent):
    answers = []

    def late(host):
        now_ns = host.core.clock.last_ns
        seq = host.core.order(SUBMIT, order("a"), now_ns=now_ns)  # the journal has it; it holds so much later
        host.core.obey(seq, now_ns + later_ns)
        answers.append(host.trade(SUBMIT, order("a")))

    ran(tmp_path / "s", steps(late), lane("manual"))
    (answer,) = answers
    assert answer.repeated
    assert (answer.order.state, answer.order.why) == (("pending_new", "") if sent else ("rejected", "too_late"))
    assert [row["order"] for row in contents(tmp_path / "s", "intent")] == ([1] if sent else [])
    assert prove(tmp_path / "s").equal


def test_an_order_that_was_journaled_alone_is_given_when_the_session_comes_back(tmp_path):
    def dies(host):
        host.core.order(SUBMIT, order("a"), now_ns=host.core.clock.last_ns)
        host.stop()

    ran(tmp_path / "s", steps(dies), lane("manual"))
    host = opened(tmp_path / "s", steps(dies), lane("manual"))
    answer = host.trade(SUBMIT, order("a"))
    host._storage.close()
    assert (answer.repeated, answer.order.state) == (True, "pending_new")
    assert [row["order"] for row in contents(tmp_path / "s", "intent")] == [1]


def test_several_strategies_and_orders_by_hand_share_an_account(tmp_path, told):
    maker = lane("simple_market_maker", "maker", interval_ms=1, lots=2)
    script = steps(
        *(told(SUBMIT, order(f"{k}", quantity=10 + k, type="limit", limitPrice=round(99.8 + k / 100, 2)))
          for k in range(12)),
    )  # fmt: skip
    limits = {"maxPositionSize": 30, "preventSelfTrade": False}
    host = ran(tmp_path / "s", script, maker, lane("manual"), limits=limits)
    refused = {each.refusal.name for each in told.answers if each.refusal}
    assert refused == {"max_position_size"}
    # What the maker has open counts: 10 and 11 by hand alone are 21, and its orders take the rest of 30.
    assert [each.refusal is None for each in told.answers[:2]] == [True, True]
    assert {each.order.lane for each in told.answers} == {"one"}
    assert 0.0 < (view_of(host.core).risk[0].limits[0].used or 0.0) <= 30.0
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences


def test_a_preview_says_what_would_come_of_an_order_and_changes_nothing(tmp_path, told):
    seen: list[PreviewView] = []

    def looks(host):
        before = host.core.lanes["one"].fingerprint, host.core.controls.risk_accounts.tobytes()
        seen.extend(host.preview(each) for each in (
            _unnamed(order("x", quantity=10)), _unnamed(order("x", quantity=1500)),
            _unnamed(order("x", "sell", 10, type="limit", limitPrice=100.5)),
            _unnamed(order("x", type="limit", limitPrice=100.2, quantity=1500)),
            _unnamed(order("x", type="stop", stopPrice=101.0)),
        ))  # fmt: skip
        assert (host.core.lanes["one"].fingerprint, host.core.controls.risk_accounts.tobytes()) == before

    execution = TickExecution(Latency(submit=2 * MS, report=MS), maker_fee=-1e-4, taker_fee=1e-3)
    limits = {"maxOrderSize": 1000, "maxGrossExposure": 50_000}
    ran(tmp_path / "s", steps(looks), lane("manual", execution=execution), limits=limits)
    plain, large, resting, sweeping, stop = seen
    # Ten at the ask of 100.10, a thousand of which are there.
    assert (plain.refusal, plain.price, plain.quantity_now, plain.position) == (None, 100.1, 10.0, 10.0)
    assert [plain.notional, plain.fees, plain.lane_cash] == pytest.approx([1001.0, 1.001, 1e6 - 1001.0 - 1.001])
    assert (plain.account_cash, plain.lane) == (plain.lane_cash, "one")
    assert large.refusal is not None
    assert (large.refusal.name, large.quantity_now, large.price) == ("max_order_size", 1000.0, 100.1)
    assert [resting.price, resting.quantity_now, resting.fees] == pytest.approx([100.5, 0.0, -0.1005])
    # A thousand at 100.10, and 500 are left to rest at 100.20.
    assert sweeping.price == pytest.approx((1000 * 100.1 + 500 * 100.2) / 1500)
    assert [stop.price, stop.quantity_now, stop.fees] == pytest.approx([101.0, 0.0, 1.01])
    assert rows_of(tmp_path / "s", "intent", "risk", SUBMIT) == []


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize(
    ("limits", "bound"),
    [
        ({"maxOrderSize": 1000, "maxGrossExposure": 50_000}, "maxGrossExposure"),
        ({"maxOrderSize": 300, "maxGrossExposure": 50_000}, "maxOrderSize"),
        ({"maxPositionSize": 120, "maxOrderSize": 300}, "maxPositionSize"),
        ({"maxSymbolExposure": 7000, "maxGrossExposure": 50_000}, "maxSymbolExposure"),
        ({"maxOrderNotional": 6000, "maxSymbolExposure": 50_000}, "maxOrderNotional"),
        ({"maxLeverage": 0.02, "maxPositionSize": 1000}, "maxLeverage"),
        ({"maxConcentration": 0.01, "maxLeverage": 2.0}, "maxConcentration"),
        ({"maxOpenOrders": 1, "maxOrderSize": 20}, "maxOpenOrders"),
    ],
)
def test_a_preview_names_the_largest_order_that_passes_and_what_a_larger_one_breaks(
    tmp_path, told, limits, bound, side
):
    seen: list[PreviewView] = []

    def looks(host):
        of = functools.partial(order, "x", side, type="limit", limitPrice=99.0 if side == "buy" else 101.0)
        seen.append(host.preview(_unnamed(of(quantity=1))))
        most = seen[0].max_quantity
        assert most is not None
        seen.extend(host.preview(_unnamed(of(quantity=quantity))) for quantity in (most or 1, most + 1))

    # Ten are held and twenty more are to be bought: what stands already counts on its side.
    script = steps(told(SUBMIT, order("a", quantity=10)), nothing, nothing,
                   told(SUBMIT, order("b", quantity=20, type="limit", limitPrice=99.5)), nothing, looks)  # fmt: skip
    ran(tmp_path / "s", script, lane("manual"), limits=limits)
    assert all(each.refusal is None for each in told.answers)
    first, largest, larger = seen
    assert first.bound_by == bound
    assert (largest.refusal is None) == bool(first.max_quantity)
    assert larger.refusal is not None
    assert _camel(larger.refusal.name) == bound
    assert first.max_quantity is not None
    assert first.buying_power == pytest.approx(first.max_quantity * 100.0)


def test_a_preview_without_limits_is_bound_by_nothing_and_under_the_kill_switch_by_that(tmp_path, told):
    seen: list[PreviewView] = []

    def looks(host):
        seen.append(host.preview(_unnamed(order("x", quantity=10))))

    def kills(host):
        host.command("kill", {"why": "test"})

    ran(tmp_path / "s", steps(looks, kills, nothing, looks), lane("manual"))
    free, killed = seen
    assert (free.max_quantity, free.buying_power, free.bound_by) == (None, None, None)
    assert (killed.max_quantity, killed.buying_power, killed.bound_by) == (0.0, 0.0, "killSwitch")


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _unnamed(content):
    return {key: value for key, value in content.items() if key != "clientOrderId"}


def test_orders_by_hand_have_what_the_account_has(tmp_path):
    source = Played([], SHARE, OTHER)
    beside = allocated(lanes_of(source, ["manual", "simple_market_maker"], {"lots": 3}, {}, 1000.0), {})
    assert {each.name: each.cash for each in beside} == {
        "Manual:ACME": 0.0, "Manual:ELSE": 0.0, "SimpleMarketMaker:ACME": 1000.0, "SimpleMarketMaker:ELSE": 1000.0,
    }  # fmt: skip
    alone = allocated(lanes_of(source, ["manual"], {}, {}, 1000.0), {})
    assert [each.cash for each in alone] == [500.0, 500.0]
    assert [each.cash for each in allocated(beside, {"Manual": 300})][:2] == [150.0, 150.0]
    assert session_terms("paper", source, alone, now_ns=1, id="one").limits == {}
