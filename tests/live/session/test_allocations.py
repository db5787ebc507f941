"""What each strategy trades with: by name, spread over its symbols, and all of it is the account's."""

import pytest
from tests.live.session import asking
from tests.live.session.played import MS, SHARE, lane, ns, quotes, ran

from lockstep.errors import SessionError
from lockstep.live.session.allocations import allocated
from lockstep.live.session.views import view_of

MAKER, TAKER = "simple_market_maker", "book_imbalance_taker"
ONE = (
    lane(MAKER, "Maker:A"),
    lane(MAKER, "Maker:B"),
    lane(TAKER, "Taker:A", cash=7.0),
    lane(TAKER, "Taker:B", cash=7.0),
)


@pytest.mark.parametrize(
    ("amounts", "cash"),
    [
        ({}, [1e6, 1e6, 7.0, 7.0]),
        ({"Maker": 100}, [50.0, 50.0, 7.0, 7.0]),
        ({"Maker": 100, "Maker:A": 30, "Taker:B": 9.5}, [30.0, 50.0, 7.0, 9.5]),
    ],
)
def test_a_strategy_s_cash_is_spread_over_its_symbols_and_a_lane_s_is_its_own(amounts, cash):
    assert [each.cash for each in allocated(ONE, amounts)] == cash


@pytest.mark.parametrize(
    ("amounts", "says"),
    [({"Nobody": 1}, "Maker, Taker, Maker:A"), ({"Maker": 0}, "above zero"), ({"Maker": "x"}, "above")],
)
def test_what_can_not_be_allocated_is_named(amounts, says):
    with pytest.raises(SessionError, match=says):
        allocated(ONE, amounts)


def test_an_account_is_worth_what_its_lanes_are_and_each_has_its_own_profit(tmp_path):
    start = ns(2026, 11, 23, 15)
    holder = f"{asking.__file__}:Holder"
    lanes = allocated([lane(holder, "long", first=10), lane(holder, "short", first=-4)], {"long": 5000, "short": 3000})
    script = [
        *quotes(start, 9990, 10010),
        *quotes(start + 20 * MS, 9990, 10010),
        *quotes(start + 40 * MS, 10090, 10110),
    ]
    view = view_of(ran(tmp_path / "s", script, *lanes, limits={"maxPositionSize": 100}).core)
    # 10 bought at 100.10 and 4 sold at 99.90 are worth 101 a share.
    assert {
        each.name: (held.units, round(each.profit or 0.0, 6))
        for each, held in zip(view.lanes, view.positions, strict=True)
    } == {
        "long": (10.0, 9.0), "short": (-4.0, -4.4),
    }  # fmt: skip
    assert sum(each.equity or 0.0 for each in view.lanes) == pytest.approx(8004.6)
    assert view.risk[0].equity == pytest.approx(8004.6)
    assert SHARE.symbol in {each.symbol for each in view.lanes}
