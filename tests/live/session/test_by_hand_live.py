"""Orders by hand leave for a venue as all others do, and the venue's log is the witness."""

import asyncio
from typing import Any

import pytest
from tests.live.session.outside import ACCOUNT, Place, trade
from tests.live.session.test_outside import agrees

from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError
from lockstep.live.session.view_types import OrderAnswer
from lockstep.strategies.over_ticks.by_hand import CANCEL, REPLACE, SUBMIT


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(2_000, "L2", seed=3)


def test_orders_by_hand_trade_are_replaced_and_canceled_at_the_venue(ticks, tmp_path):
    host: list[Any] = []
    answers: list[OrderAnswer] = []
    lot, tick = ticks.instrument.lot, ticks.instrument.tick

    def order(name, away, **more):
        best = host[0].core.lanes["lane0"].frame.book.best(0)[0]
        return {"clientOrderId": name, "symbol": ticks.symbol, "side": "buy", "quantity": 3 * lot, "type": "limit",
                "limitPrice": (best - away) * tick, **more}  # fmt: skip

    def follows(name):
        return {**order(name, 0, type="trailing_stop", limitPrice=None), "trail": {"amount": 5 * tick}}

    # After each third batch of 40 events somebody trades with an order that rests: "far" is over by then.
    steps = [
        (200, lambda: (SUBMIT, order("near", 0))),
        (400, lambda: (SUBMIT, order("far", 100))),
        (440, lambda: (REPLACE, {"clientOrderId": "far", "quantity": 2 * lot})),
        (480, lambda: (CANCEL, {"clientOrderId": "far"})),
        (900, lambda: (SUBMIT, order("large", 0, quantity=60 * lot))),
    ]

    refused: list[bool] = []

    def seen(core):
        if not refused and core.market_taken >= 300:
            with pytest.raises(CommandError, match="the venue has no trailing stops"):
                host[0].trade(SUBMIT, follows("follows"), {"uid": 1, "pid": 2})
            refused.append(True)
        while steps and core.market_taken >= steps[0][0]:
            kind, content = steps.pop(0)[1]()
            answers.append(host[0].trade(kind, content, {"uid": 1, "pid": 2}))

    place = Place(ticks.instrument, tmp_path)
    limits = {"maxOrderSize": 50 * lot}
    asyncio.run(trade(tmp_path / "s", ticks, place, ("manual", {}), seen=seen, made=host.append, limits=limits))
    epoch, _ = agrees(tmp_path / "s", host[0], place, tmp_path)
    assert refused
    assert [answer.order.state for answer in answers] == [
        "pending_new", "pending_new", "pending_replace", "pending_cancel", "rejected",
    ]  # fmt: skip
    assert answers[-1].refusal is not None
    assert answers[-1].refusal.name == "max_order_size"
    # What was refused never left; ids at the venue end with those of orders here.
    assert set(epoch.accepted(ACCOUNT)) == {"s1-0-1", "s1-0-2"}
    ended = {one.client_order_id: one for one in host[0].core.recent.ended}
    assert (ended["near"].state, ended["near"].filled_quantity) == ("filled", 3 * lot)
    assert (ended["far"].state, ended["far"].quantity, ended["far"].filled_quantity) == ("canceled", 2 * lot, 0.0)
    assert host[0].core.recent.fills[-1].client_order_id == "near"
