"""Buy and hold."""

from tests.strategies.markets import along

from lockstep.strategies.buy_and_hold import BuyAndHold


def test_it_holds_from_the_first_bar_on() -> None:
    assert along(BuyAndHold(), 10, 5, 20) == [1, 1, 1]
