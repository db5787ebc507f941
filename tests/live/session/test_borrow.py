"""What is short at the end of a day is charged for it, in a session as in a backtest over the same events."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.live.session.asking import Holder
from tests.live.session.played import LATE, MS, SHARE, contents, lane, ns, opened, quotes, ran

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.book.events import TickBlock
from lockstep.vector import backtest
from lockstep.vector.parity.prove import prove

HOLDER = f"{Path(__file__).with_name('asking.py')}:Holder"
DEAR = replace(SHARE, borrow_rate=0.365)
"""A thousandth of the value a day."""
NEW_YORK = replace(Instrument.us_equity(SHARE.symbol), borrow_rate=0.365)
START, CLOSE = ns(2026, 11, 23, 20), ns(2026, 11, 23, 21)
DAY = 86_400_000 * MS
# Two closes pass, at middles of 100 and of 110; the third is not reached.
SCRIPT = [
    *quotes(START, 9990, 10010), *quotes(START + 10 * MS, 9991, 10010), *quotes(CLOSE - MS, 9990, 10010),
    *quotes(CLOSE + MS, 10990, 11010), *quotes(CLOSE + DAY + MS, 11990, 12010),
    *quotes(CLOSE + DAY + 60 * MS, 11990, 12011),
]  # fmt: skip


def session(folder, quantity):
    return ran(folder, SCRIPT, lane(HOLDER, instrument=DEAR, first=quantity), instruments=[DEAR], limits={})


def test_a_short_position_pays_a_365th_of_its_rate_at_each_close(tmp_path):
    host = session(tmp_path / "s", -10)
    flows = contents(tmp_path / "s", "flow")
    # 10 short at 100 and at 110: 1.00 and 1.10.
    assert [(each["flow"], each["time_ns"], round(each["amount"], 9)) for each in flows] == [
        ("borrow", CLOSE, -1.0), ("borrow", CLOSE + DAY, -1.1),
    ]  # fmt: skip
    one = host.core.lanes["one"]
    assert one.cash == pytest.approx(1_000_000 + 999.0 - 2.1)
    assert one.strategy.cash == pytest.approx(one.cash)
    assert host.core.controls.accounts[0].rows["cash"][0] == pytest.approx(one.cash)
    again = opened(
        tmp_path / "s", SCRIPT, lane(HOLDER, instrument=DEAR, first=-10), instruments=[DEAR], limits={}
    )  # fmt: skip
    assert again.core.lanes["one"].state == one.state
    again._storage.close()
    assert prove(tmp_path / "s").equal


def test_over_a_weekend_a_short_position_pays_for_three_days(tmp_path):
    friday, monday = ns(2026, 11, 20, 21), ns(2026, 11, 23, 21)
    script = [*quotes(friday - 10_000 * MS, 9990, 10010), *quotes(friday - 9_000 * MS, 9991, 10010),
              *quotes(friday - MS, 9990, 10010), *quotes(friday + MS, 10990, 11010),
              *quotes(monday + 5 * MS, 10990, 11010)]  # fmt: skip
    held = lane(HOLDER, instrument=NEW_YORK, first=-10)
    ran(tmp_path / "s", script, held, instruments=[NEW_YORK], limits={})
    flows = contents(tmp_path / "s", "flow")
    # 10 short at 100 on Friday, for three days, and at 110 on Monday.
    assert [(each["time_ns"], round(each["amount"], 9)) for each in flows] == [(friday, -3.0), (monday, -1.1)]
    assert prove(tmp_path / "s").equal


def test_who_is_long_pays_nothing(tmp_path):
    session(tmp_path / "s", 10)
    assert contents(tmp_path / "s", "flow") == []


def test_a_backtest_over_the_same_events_is_charged_the_same(tmp_path):
    host = session(tmp_path / "s", -10)
    records = np.concatenate(SCRIPT)
    # A session gives each record a moment of its own.
    times = np.maximum.accumulate(records["received_ns"] - np.arange(len(records))) + np.arange(len(records))
    columns = {
        name: np.ascontiguousarray(records[name]) for name in TickBlock._fields if name in (records.dtype.names or ())
    }
    block = TickBlock(**{**columns, "time_ns": times, "received_ns": times})
    ticks = Ticks.from_blocks(block, DEAR, level="L1")
    result = backtest(ticks, Holder(first=-10), cash=1e6, ticks=LATE)
    assert result.records["flows"]["amount"].round(9).tolist() == [-1.0, -1.1]
    assert result.records["flows"]["cash"][-1] == host.core.lanes["one"].cash
    parts = result.split()
    assert parts.financing == pytest.approx(-2.1)
    assert parts.total == pytest.approx(result.equity["equity"][-1] - 1e6)
