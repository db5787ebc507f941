"""Splits in the middle of runs: nothing is ordered after them, nothing is under way, and nobody is richer or poorer."""

import numpy as np
import pytest
from tests.kernels.ticks.test_advance import FEEDS, case
from tests.kernels.ticks.ticks_run import block_of, frame_of, slots_of

from lockstep.kernels.records import Flow
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.flows import pay
from lockstep.kernels.ticks.restate import end_all, hear_next, split
from lockstep.kernels.ticks.tables import OrderState

RATIOS = [(2, 1), (1, 10), (3, 2), (1001, 500), (1, 1_000_000)]


def part_way(feed, seed, share):
    events, script, settings = case(feed, seed)
    frame = frame_of(events, script, settings)
    block = block_of(events, slots_of(events))
    frame.give(block)
    if settings.apart:
        frame.give(block, seen=True)
    frame.advance(int(share * len(events)))
    return frame


def settled(frame):
    while not end_all(frame.run, int(frame.run["now_ns"][0])):
        frame.grow(Stop.RECORDS)
    while (left := hear_next(frame.run)) != 0:
        if left < 0:
            frame.grow(Stop.RECORDS)


def ledger_of(frame):
    """What the run began with: cash and cost of what is held, less profit realised, plus fees."""
    account, holding = frame.account[0], frame.holding[0]
    return account["cash"] + holding["quantity"] * holding["average_cost"] - account["realised"] + account["fees"]


def mark_of(frame):
    """The middle of the book by its levels, in ticks."""
    bid, ask = frame.book.best(0), frame.book.best(1)
    prices = [each[0] for each in (bid, ask) if each]
    return sum(prices) / len(prices) if prices else float("nan")


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_split_ends_all_orders_and_changes_no_ones_worth(feed, seed, share):
    for new, old in RATIOS:
        frame = part_way(feed, seed, share)
        run, account = frame.run[0], frame.account[0]
        settled(frame)
        start = ledger_of(frame)
        was, mark = int(run["exchange_position"]), mark_of(frame)
        unit = run["tick_size"] * run["multiplier"] * run["lot_size"]
        assert run["position"] == was
        before = account["cash"] + (was * mark * unit if was else 0.0)
        assert split(frame.run, new, old)
        held, ratio = int(run["exchange_position"]), new / old
        # So many whole lots as there are in it, towards zero.
        assert held == (abs(was) * new // old) * np.sign(was)
        assert run["position"] == held
        after = account["cash"] + (held * mark / ratio * unit if held else 0.0)
        assert after == pytest.approx(before, rel=1e-12)
        assert frame.holding["quantity"][0] == held * run["lot_size"]
        assert ledger_of(frame) == pytest.approx(start, rel=1e-9, abs=1e-6)
        assert not np.isin(frame.own["state"], (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)).any()
        assert run["request_count"] == run["resting_count"] == run["waiting_count"] == 0
        assert frame.book.best(0) is None
        assert frame.book.best(1) is None
        assert not frame.book.levels["taken"].any()
        flow = frame.written("flows")[0]
        assert (flow["kind"], flow["position"], flow["cash"]) == (Flow.SPLIT, held, account["cash"])


@pytest.mark.parametrize("seed", range(3))
def test_a_dividend_is_cash_and_nothing_else(seed):
    frame = part_way("L2", seed, 0.5)
    run, account = frame.run[0], frame.account[0].copy()
    own, book = frame.own.copy(), frame.book.digest
    assert pay(frame.run, Flow.DIVIDEND, 0.25, int(run["now_ns"]))
    paid = int(run["exchange_position"]) * run["lot_size"] * run["multiplier"] * 0.25
    assert frame.account["cash"][0] == account["cash"] + paid
    assert run["financing"] == paid
    assert frame.account["realised"][0] == account["realised"]
    assert (frame.own == own).all()
    assert frame.book.digest == book
