"""Nobody is accused who looks back only: every shipped strategy, and columns as people compute them."""

from typing import Any

import pytest
from tests.strategies.cases import CASES, symbols_of
from tests.vector.causality.clean import ALONE, FUNCTIONS
from tests.vector.causality.markets import clocks, daily, gappy, sessions, still

from lockstep.data import Bars
from lockstep.strategies import BuyAndHold, Strategy
from lockstep.vector.causality import verify

CUTS = 24


def first(bars: Bars, count: int) -> Bars:
    return Bars(bars.histories[:count], bars.interval, bars.dataset, bars.source, bars.adjust)


def test_there_are_thirty() -> None:
    assert len(CASES) + len(FUNCTIONS) + len(ALONE) >= 30 + len(CASES)


@pytest.mark.parametrize("strategy", CASES, ids=repr)
def test_shipped_strategies(strategy: Strategy) -> None:
    count = symbols_of(strategy)
    for bars in (daily(symbols=3), gappy()):
        found = verify(strategy, first(bars, count), cuts=CUTS)
        assert found.passed, str(found)
        assert found.failed == 0


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("market", [gappy, clocks], ids=lambda market: market.__name__)
def test_functions(function: Any, market: Any) -> None:
    found = verify(function, market(), cuts=CUTS)
    assert found.passed, str(found)


@pytest.mark.parametrize("function", ALONE, ids=lambda function: function.__name__)
@pytest.mark.parametrize("market", [daily, sessions, still], ids=lambda market: market.__name__)
def test_functions_of_one_symbol(function: Any, market: Any) -> None:
    found = verify(function, market(), cuts=CUTS)
    assert found.passed, str(found)


def test_what_reads_no_prices_is_named() -> None:
    assert any("the same whatever the prices are" in note for note in verify(BuyAndHold(), daily(), cuts=10).notes)
