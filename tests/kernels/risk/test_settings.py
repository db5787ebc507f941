"""Limits as people write them."""

import json
import math
from typing import Any

import numpy as np
import pytest

from lockstep.errors import LockstepError, RiskLimitsError
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import RISK_LIMITS, no_limits

USERS = """{
"maxPositionSize": 100000,
"maxOrderSize": 10000,
"maxDailyLoss": 5000,
"maxGrossExposure": 1000000,
"maxSymbolExposure": 50000
}"""


def test_the_five_limits_are_read_word_for_word() -> None:
    limits = RiskLimits.from_mapping(json.loads(USERS))
    row = limits.record()
    names = ("max_position_size", "max_order_size", "max_daily_loss", "max_gross_exposure", "max_symbol_exposure")
    assert [row[name][0] for name in names] == [100_000, 10_000, 5_000, 1_000_000, 50_000]
    assert RiskLimits.from_mapping(limits.to_mapping()) == limits


def test_without_limits_the_record_limits_nothing_but_what_is_on_by_itself() -> None:
    row, nothing = RiskLimits().record(), no_limits()
    differ = [name for name in RISK_LIMITS.names or () if row[name] != nothing[name]]
    assert differ == ["prevent_self_trade", "allow_outside_hours"]


def test_every_field_of_the_record_can_be_set() -> None:
    every = {
        "maxPositionSize": 1, "maxOrderSize": 2, "maxDailyLoss": 3, "maxGrossExposure": 4, "maxSymbolExposure": 5,
        "maxOrderNotional": 6, "maxDrawdown": 0.7, "maxConcentration": 0.8, "maxLeverage": 0.9, "priceCollar": 0.1,
        "maxMarkAge": 1.1, "maxOrderRate": 12, "orderRateWindow": 1.3, "maxSessionOrders": 14, "maxOpenOrders": 15,
        "maxSymbolOpenOrders": 16, "duplicateWindow": 1.7, "preventSelfTrade": False, "allowLong": False,
        "allowShort": False, "allowOutsideHours": True,
    }  # fmt: skip
    row, rest = RiskLimits.from_mapping(every).record(), RiskLimits().record()
    assert all(row[name] != rest[name] for name in RISK_LIMITS.names or ())
    assert (row["max_mark_age_ns"][0], row["rate_window_ns"][0]) == (1_100_000_000, 1_300_000_000)


def test_null_is_no_limit() -> None:
    assert RiskLimits.from_mapping({"maxOrderSize": None, "maxMarkAge": None}) == RiskLimits()


def test_an_unknown_key_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RiskLimitsError, match=r"no limit 'maxPosSize': did you mean maxPositionSize\? known are max"):
        RiskLimits.from_mapping({"maxPosSize": 1})
    with pytest.raises(RiskLimitsError, match="did you mean maxOrderSize"):
        RiskLimits.from_mapping({"max_order_size": 1})  # one spelling on the wire
    assert issubclass(RiskLimitsError, LockstepError)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("maxOrderSize", math.nan, "maxOrderSize must be a finite number, zero or more, found nan"),
        ("maxOrderSize", math.inf, "finite"),
        ("maxOrderSize", 10**400, "finite"),
        ("maxOrderSize", -1, "zero or more, found -1: leave it out for no limit"),
        ("maxOrderSize", True, "maxOrderSize must be a number, found True"),
        ("maxOrderSize", np.True_, "must be a number"),
        ("maxOrderSize", "10", "must be a number, found '10'"),
        ("maxOpenOrders", 1.5, "maxOpenOrders must be a whole number, found 1.5"),
        ("maxOrderRate", 1025, "maxOrderRate is at most 1024, found 1025: shorten orderRateWindow"),
        ("orderRateWindow", 0, "orderRateWindow must be above zero"),
        ("orderRateWindow", None, "orderRateWindow must be a number, found None"),
        ("allowShort", 1, "allowShort must be true or false, found 1"),
        ("allowShort", None, "allowShort must be true or false"),
    ],
)
def test_what_can_not_be_a_limit_is_refused(key: str, value: Any, message: str) -> None:
    with pytest.raises(RiskLimitsError, match=message):
        RiskLimits.from_mapping({key: value})


def test_an_age_beyond_all_time_is_no_overflow() -> None:
    assert RiskLimits(max_mark_age=1e300).record()["max_mark_age_ns"][0] > 10**18
