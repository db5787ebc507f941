"""Cross-sectional momentum, by hand."""

import numpy as np
import pytest
from tests.strategies.markets import block_of, same, targets

from lockstep.errors import ParameterError, StrategyError
from lockstep.strategies.cross_sectional_momentum import CrossSectionalMomentum
from lockstep.strategies.over_bars.signals import NumbaSignals

NAN = np.nan


def test_by_hand() -> None:
    closes = [
        [10, 10, 12, 12, 12, 12],  # +20 % after two rows, then 0 % over rows 2 to 4
        [10, 10, 11, 11, 15, 15],  # +10 %, then +36 %
        [10, 10, 9, 9, 9, 9],  # -10 %, then 0 %
    ]
    strategy = CrossSectionalMomentum(lookback=2, skip=0, top=1, rebalance=2)
    assert same(
        targets(strategy, block_of(closes)),
        [[NAN, NAN, 1, NAN, 0, NAN], [NAN, NAN, 0, NAN, 1, NAN], [NAN, NAN, 0, NAN, 0, NAN]],
    )
    # Half of the capital on each side. At row 4 the first and the last tie at 0 %: the later one is the worst.
    both = CrossSectionalMomentum(lookback=2, skip=0, top=1, rebalance=2, short=True)
    assert same(
        targets(both, block_of(closes)),
        [[NAN, NAN, 0.5, NAN, 0, NAN], [NAN, NAN, 0, NAN, 0.5, NAN], [NAN, NAN, -0.5, NAN, -0.5, NAN]],
    )


def test_the_latest_rows_are_skipped() -> None:
    closes = [[10, 11, 10], [10, 10, 20]]
    strategy = CrossSectionalMomentum(lookback=2, skip=1, top=1, rebalance=1)
    assert targets(strategy, block_of(closes))[:, 2].tolist() == [1, 0], "from row 0 to row 1 only the first rose"


def test_equal_returns_rank_by_the_order_of_the_symbols() -> None:
    strategy = CrossSectionalMomentum(lookback=1, skip=0, top=2, rebalance=1)
    assert targets(strategy, block_of(np.full((4, 3), 7.0)))[:, 1].tolist() == [0.5, 0.5, 0, 0]


def test_a_symbol_without_enough_history_is_not_ranked_and_its_share_stays_in_cash() -> None:
    closes = [[10, 11, 12, 13], [10, 10, 99, 99], [10, 10, 10, 10]]
    present = np.array([[1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]], np.bool_)
    strategy = CrossSectionalMomentum(lookback=2, skip=0, top=2, rebalance=1)
    assert targets(strategy, block_of(closes, present))[:, 3].tolist() == [0.5, 0, 0]


def test_a_symbol_without_a_bar_keeps_its_latest_close_until_it_is_too_old() -> None:
    closes = [[10, 20, 99, 99, 99, 99], [10, 10, 10, 10, 10, 10]]
    present = np.array([[1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], np.bool_)
    strategy = CrossSectionalMomentum(lookback=3, skip=0, top=1, rebalance=1)
    found = targets(strategy, block_of(closes, present))
    # Row 3: from 10 to 20, two rows old. Row 4: no bar for three rows, so it is not ranked.
    assert found[:, 3].tolist() == [1, 0]
    assert found[:, 4].tolist() == [0, 1]


def test_too_few_symbols_are_refused() -> None:
    with pytest.raises(StrategyError, match="top=2 and short needs at least 4 symbols, found 3: lower top or add"):
        NumbaSignals(CrossSectionalMomentum(top=2, short=True), 3)


def test_the_return_must_not_end_before_it_starts() -> None:
    with pytest.raises(ParameterError, match="skip must be below lookback"):
        CrossSectionalMomentum(lookback=5, skip=5)
