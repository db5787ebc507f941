"""Bars of trades by hand."""

import pytest

from lockstep.live.gateway.streams.bars import KEPT, SECOND_NS, BarBuilder, Built


def test_trades_become_bars_and_a_bar_closes_when_its_time_is_up():
    builder = BarBuilder("5s")
    for at, price, size in ((12, 10.0, 1), (13, 12.0, 2), (14, 9.0, 3), (20, 11.0, 4)):
        builder.trade(at * SECOND_NS, price, size)
    assert builder.take_closed() == [Built(10 * SECOND_NS, 10.0, 12.0, 9.0, 9.0, 6)]
    assert builder.bar == Built(20 * SECOND_NS, 11.0, 11.0, 11.0, 11.0, 4)
    builder.pass_time(24 * SECOND_NS)
    assert builder.bar is not None
    builder.pass_time(25 * SECOND_NS)
    assert [bar.start for bar in builder.take_closed()] == [20 * SECOND_NS]
    assert not builder.bar


def test_a_trade_that_comes_late_counts_to_the_bar_that_is_being_built():
    builder = BarBuilder("1s")
    builder.trade(5 * SECOND_NS, 10.0, 1)
    builder.trade(4 * SECOND_NS, 8.0, 1)
    assert builder.bar == Built(5 * SECOND_NS, 10.0, 10.0, 8.0, 8.0, 2)


def test_only_the_latest_are_kept():
    builder = BarBuilder("1s")
    for at in range(KEPT + 10):
        builder.trade(at * SECOND_NS, 1.0, 1)
    assert len(builder.history) == KEPT
    assert builder.history[0].start == 9 * SECOND_NS


@pytest.mark.parametrize("finer", ["1s", "15s", "1m"])
def test_coarser_bars_begin_with_what_finer_ones_know(finer: str) -> None:
    told, known = BarBuilder("5m"), BarBuilder(finer)
    for k in range(400):
        price = 100.0 + (k * 37 % 101) / 100
        for each in (told, known):
            each.trade(k * 2 * SECOND_NS, price, 1.0 + k % 3)
    begun = BarBuilder("5m")
    begun.begin_with(known)
    assert len(begun.history) == 2
    assert begun.history == told.history
    assert begun.bar == told.bar
    assert not begun.closed, "nobody is told of the past as if it happened now"
