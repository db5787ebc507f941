"""Trailing stops by hand: where they stand, that they are replaced, and that a restart and the batch agree."""

import asyncio

import pytest
from tests.live.session.played import MS, best, contents, lane, ns, opened, quotes, ran

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.story import story_of
from lockstep.errors import CommandError, OrderError
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.live.session.views import view_of
from lockstep.strategies.over_ticks.by_hand import REPLACE, SUBMIT
from lockstep.vector.parity.prove import prove

START = ns(2026, 11, 23, 15)


def order(name, **more):
    asked = {"clientOrderId": name, "symbol": "ACME", "side": "sell", "quantity": 10, "type": "trailing_stop"}
    return asked | more


def trade(at_ns, tick):
    record = best(at_ns, 1, tick, 1)
    record["kind"], record["flags"] = EventKind.TRADE, EventFlag.LAST
    return record


def script(*steps):
    """Quotes of 99.90 to 100.10, then each 20 ms a trade at a tick or something done; each is heard by the next."""
    made = quotes(START, 9990, 10010)
    for k, step in enumerate(steps, 1):
        at_ns = START + 20 * k * MS
        made += [step] if callable(step) else [trade(at_ns, step)]
        made += quotes(at_ns + 10 * MS, 9990, 10010)
    return made


class Told:
    """Gives commands, keeps answers, and looks at the orders that are open."""

    def __init__(self):
        self.answers, self.seen = [], []

    def gives(self, kind, content):
        return lambda host: self.answers.append(host.trade(kind, content))

    def looks(self, host):
        self.seen.append([(one.stop_price, one.trail, one.state) for one in view_of(host.core).orders])


@pytest.fixture
def told():
    return Told()


def test_it_stands_behind_the_best_trade_and_its_trigger_is_shown(tmp_path, told):
    folder = tmp_path / "s"
    host = ran(folder, script(
        10000, told.gives(SUBMIT, order("t", trail={"amount": 0.1})), told.looks, 10020, told.looks, 10012, told.looks,
        10010, told.looks,
    ), lane("manual"), limits={"maxOrderSize": 10})  # fmt: skip
    amount = {"amount": 0.1}
    assert (told.answers[0].order.trail, told.answers[0].order.stop_price) == (amount, None)
    assert told.seen == [
        [(99.9, amount, "new")],  # behind 100.00
        [(100.1, amount, "new")],  # behind 100.20
        [(100.1, amount, "new")],
        [],
    ]
    (ended,) = view_of(host.core).ended
    assert (ended.state, ended.type, ended.average_price) == ("filled", "trailing_stop", 99.9)
    assert (ended.stop_price, ended.trail) == (100.1, amount)
    (intent,) = contents(folder, "intent")
    assert (intent["type"], intent["stop"], intent["trail"]) == ("trailing_stop", None, amount)
    with Recording(folder) as recording:
        assert story_of(recording, "one", 1)[0].what == "sent: sell 10 0.1 behind trailing_stop gtc"
    (row,) = contents(folder, "order")
    assert (row["stop"], row["trail"]) == (100.1, amount)
    parity = prove(folder)
    assert parity.equal, parity.differences


@pytest.mark.parametrize("snapshots", [0, 3])
def test_a_session_that_died_goes_on_with_its_trailing_stops(tmp_path, told, snapshots):
    folder, mine = tmp_path / "s", lane("manual")
    share = order("t", trail={"percent": 0.01}, quantity=4)
    before = script(
        10000, told.gives(SUBMIT, share), 10100, told.gives(REPLACE, {"clientOrderId": "t", "trail": {"amount": 2.0}}),
        10050,
    )  # fmt: skip
    host = opened(folder, before, mine, snapshots=snapshots)
    asyncio.run(host.run())
    told.looks(host)
    # Behind 101.00, which is not seen any more after the restart: 2.00, that is 99.00.
    after = [trade(START + 10**9, 9901), trade(START + 2 * 10**9, 9900), *quotes(START + 3 * 10**9, 9990, 10010)]
    again = opened(folder, [*before, *after], mine, snapshots=snapshots)
    told.looks(again)
    assert told.seen[0] == told.seen[1] == [(99.0, {"amount": 2.0}, "new")]
    assert again.trade(SUBMIT, share).repeated
    asyncio.run(again.run())
    (ended,) = view_of(again.core).ended
    assert (ended.client_order_id, ended.state, ended.stop_price) == ("t", "filled", 99.0)
    assert [row["time_ns"] for row in contents(folder, "fill")] == [START + 2 * 10**9]
    assert prove(folder).equal


def test_another_distance_counts_from_the_same_best_trade(tmp_path, told):
    host = ran(tmp_path / "s", script(
        10000, told.gives(SUBMIT, order("t", trail={"percent": 0.005})), 10200, told.looks,
        told.gives(REPLACE, {"clientOrderId": "t", "trail": {"percent": 0.01}}), told.looks,
        told.gives(REPLACE, {"clientOrderId": "t", "quantity": 3}), told.looks,
    ), lane("manual"))  # fmt: skip
    # 0.5 % of 102.00 are 0.51, 1 % 1.02.
    assert told.seen == [
        [(101.49, {"percent": 0.005}, "new")], [(100.98, {"percent": 0.01}, "new")],
        [(100.98, {"percent": 0.01}, "new")],
    ]  # fmt: skip
    assert view_of(host.core).orders[0].quantity == 3.0
    assert [row["trail"] for row in contents(tmp_path / "s", "intent")][1:3] == [{"percent": 0.01}, None]
    assert prove(tmp_path / "s").equal


def test_a_preview_judges_it_where_it_would_stand_behind_the_latest_trade_or_the_middle(tmp_path):
    seen = []

    def looks(host):
        asked = {key: value for key, value in order("x", trail={"amount": 0.5}).items() if key != "clientOrderId"}
        seen.append(host.preview(asked))

    ran(tmp_path / "s", script(looks, 10020, looks), lane("manual"), limits={"maxOrderSize": 100})
    assert [(one.price, one.quantity_now, one.refusal) for one in seen] == [(99.5, 0.0, None), (99.7, 0.0, None)]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"trail": None}, OrderError, "a trailing_stop needs its trail"),
        ({"type": "stop", "stopPrice": 99.0, "trail": {"amount": 0.5}}, OrderError, "trail belongs to trailing_stop"),
        ({"trail": {}}, OrderError, "an amount or a percent, one of them"),
        ({"trail": {"amount": 0.5, "percent": 0.01}}, OrderError, "an amount or a percent, one of them"),
        ({"trail": {"amount": 0.005}}, OrderError, "multiple of the tick 0.01"),
        ({"trail": {"percent": 1.0}}, OrderError, r"below 1 \(0.01 for 1 %\), found 1.0: for 1 % write"),
        ({"trail": {"percent": 2.5}}, OrderError, r"found 2.5: for 2.5 % write 0.025"),
        ({"trail": {"atr": 3.0}}, CommandError, "unknown field `atr`"),
        ({"trail": {"amount": 0.5}, "stopPrice": 99.0}, OrderError, "has no stop price"),
        ({"trail": {"amount": 0.5}, "timeInForce": "ioc"}, OrderError, "ioc is for market and limit orders"),
    ],
)
def test_what_is_no_trailing_stop_is_refused(tmp_path, changes, error, says):
    def act(host):
        with pytest.raises(error, match=says):
            host.trade(SUBMIT, order("t", **changes))

    ran(tmp_path / "s", script(10000, act), lane("manual"))


def test_what_is_no_change_of_one_is_refused(tmp_path, told):
    def refused(content, says):
        def act(host):
            with pytest.raises(OrderError, match=says):
                host.trade(REPLACE, content)

        return act

    stop = {"clientOrderId": "s", "symbol": "ACME", "side": "sell", "quantity": 1, "type": "stop", "stopPrice": 99.0}
    ran(tmp_path / "s", script(
        10000, told.gives(SUBMIT, order("t", trail={"amount": 0.1})), told.gives(SUBMIT, stop),
        refused({"clientOrderId": "t", "stopPrice": 99.5}, "follows the market: give its trail"),
        refused({"clientOrderId": "s", "trail": {"amount": 0.1}}, "is no trailing stop"),
    ), lane("manual"))  # fmt: skip


def test_limits_judge_it_where_it_would_stand(tmp_path, told):
    # At 100.00 with 0.50 behind, a thousand are worth their mark of 100.00: more than 90,000.
    ran(tmp_path / "s", script(
        10000, told.gives(SUBMIT, order("t", quantity=1000, trail={"amount": 0.5})),
        told.gives(SUBMIT, order("u", quantity=100, trail={"amount": 0.5})),
        told.gives(REPLACE, {"clientOrderId": "u", "quantity": 1000}),
        told.gives(REPLACE, {"clientOrderId": "u", "quantity": 200, "trail": {"amount": 0.2}}),
    ), lane("manual"), limits={"maxGrossExposure": 90_000})  # fmt: skip
    names = [answer.refusal and answer.refusal.name for answer in told.answers]
    assert names == ["max_gross_exposure", None, "max_gross_exposure", None]
    refused = told.answers[0].order
    assert (refused.state, refused.type, refused.trail) == ("rejected", "trailing_stop", {"amount": 0.5})
    assert prove(tmp_path / "s").equal
