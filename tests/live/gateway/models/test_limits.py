"""Which changes of limits let more through."""

import math

import pytest

from lockstep.kernels.risk.settings import RiskLimits
from lockstep.live.gateway.models.limits import LIMITS, raised


def test_it_knows_every_limit():
    assert set(LIMITS) == set(RiskLimits.unset())


@pytest.mark.parametrize(
    ("held", "change", "wider"),
    [
        ({"maxOrderSize": 5}, {"maxOrderSize": 6}, True),
        ({"maxOrderSize": 5}, {"maxOrderSize": 4}, False),
        ({"maxOrderSize": 5}, {"maxOrderSize": 5}, False),
        ({"maxOrderSize": 5}, {"maxOrderSize": None}, True),
        ({}, {"maxOrderSize": 5}, False),
        ({}, {"maxOrderSize": None}, False),
        ({"priceCollar": 0.02}, {"priceCollar": 0.03}, True),
        ({"duplicateWindow": 5}, {"duplicateWindow": 4}, True),
        ({"duplicateWindow": 5}, {"duplicateWindow": 6}, False),
        ({"duplicateWindow": 5}, {"duplicateWindow": None}, True),
        ({}, {"orderRateWindow": 0.5}, True),
        ({}, {"orderRateWindow": 2}, False),
        ({}, {"preventSelfTrade": False}, True),
        ({"preventSelfTrade": False}, {"preventSelfTrade": True}, False),
        ({"preventSelfTrade": False}, {"preventSelfTrade": None}, False),
        ({"allowShort": False}, {"allowShort": True}, True),
        ({"allowShort": False}, {"allowShort": None}, True),
        ({}, {"allowShort": False}, False),
        ({}, {"allowOutsideHours": True}, True),
        ({"allowOutsideHours": True}, {"allowOutsideHours": None}, False),
        ({"maxOrderSize": 5}, {"maxOrderSize": math.nan}, True),
        ({"duplicateWindow": 5}, {"duplicateWindow": math.nan}, True),
    ],
)
def test_more_is_let_through_by_higher_limits_shorter_windows_and_what_is_allowed(held, change, wider):
    assert raised(held, change) == (list(change) if wider else [])
