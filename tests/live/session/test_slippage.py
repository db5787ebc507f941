"""Slippage by hand: a quarter more than a price of 100 is 25 basis points."""

import pytest

from lockstep.live.session.slippage import slippage_bps


@pytest.mark.parametrize(
    ("side", "price", "middle", "worse"),
    [
        ("buy", 100.25, 100.0, 25.0),
        ("buy", 99.75, 100.0, -25.0),
        ("sell", 99.75, 100.0, 25.0),
        ("sell", 100.25, 100.0, -25.0),
        ("buy", -1.5, -2.0, 2500.0),  # where the buyer is paid, he is paid less
        ("buy", 100.0, None, None),
        ("buy", 1.0, 0.0, None),
    ],
)
def test_it_is_what_a_trade_is_worse_than_the_middle(
    side: str, price: float, middle: float | None, worse: float | None
) -> None:
    assert slippage_bps(side, price, middle) == worse
