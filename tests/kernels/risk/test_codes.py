"""Codes are for ever: numbers in journals and on the wire must mean the same in any version."""

import re

import pytest

from lockstep.kernels.risk.codes import TEXTS, RiskCode, TradingState, explain

# One line a hundred; a code may be added at a new number, none may change.
PINNED = """
PASSED 0
QUANTITY_NOT_FINITE 101 QUANTITY_ZERO 102 ORDER_CLASS_UNKNOWN 103 PRICE_MISSING 104 PRICE_UNEXPECTED 105 PRICE_NOT_FINITE 106 PRICE_NOT_POSITIVE 107 TRIGGER_MISSING 108 TRIGGER_UNEXPECTED 109 TRIGGER_NOT_FINITE 110 TRIGGER_NOT_POSITIVE 111 EXPIRED 112 CLIENT_ID_INVALID 113 REPLACE_NOT_FINITE 114 REPLACE_CHANGES_SIDE 115
MULTIPLIER_INVALID 201 PRICE_OFF_TICK 202 TRIGGER_OFF_TICK 203 QUANTITY_OFF_LOT 204 QUANTITY_BELOW_MINIMUM 205 QUANTITY_ABOVE_MAXIMUM 206 NOTIONAL_BELOW_MINIMUM 207 NOTIONAL_ABOVE_MAXIMUM 208 SYMBOL_RESTRICTED 209 SYMBOL_CLOSE_ONLY 210 SYMBOL_HALTED 211 OUTSIDE_TRADING_HOURS 212 SHORT_UNAVAILABLE 213
REFERENCE_PRICE_MISSING 301 REFERENCE_PRICE_INVALID 302 CURRENCY_RATE_MISSING 303 MARKET_DATA_STALE 304 MARKET_DATA_AHEAD 305 PRICE_COLLAR 306 POSITION_UNVALUED 307
MAX_ORDER_SIZE 401 MAX_POSITION_SIZE 402 MAX_SYMBOL_EXPOSURE 403 MAX_GROSS_EXPOSURE 404 MAX_ORDER_NOTIONAL 405 MAX_CONCENTRATION 406 MAX_LEVERAGE 407 MAX_OPEN_ORDERS 408 MAX_SYMBOL_OPEN_ORDERS 409 BUYING_POWER 410 LONG_NOT_ALLOWED 411 SHORT_NOT_ALLOWED 412
ORDER_RATE 501 MAX_SESSION_ORDERS 502 DUPLICATE_CLIENT_ID 503 DUPLICATE_ORDER 504 SELF_TRADE 505 REDUCE_ONLY_WOULD_INCREASE 506 REDUCE_ONLY_WOULD_FLIP 507
KILL_SWITCH 601 TRADING_HALTED 602 TRADING_REDUCING 603 MAX_DAILY_LOSS 604 MAX_DRAWDOWN 605 EQUITY_UNKNOWN 606 EQUITY_NOT_POSITIVE 607 SESSION_UNKNOWN 608 RECONCILING 609 RECORDS_DAMAGED 610 NO_ROOM 611
"""  # noqa: E501  # a table


def test_numbers_stay_what_they_are() -> None:
    pinned = {name: int(number) for name, number in re.findall(r"([A-Z_]+) (\d+)", PINNED)}
    assert {code.name: code.value for code in RiskCode} == pinned
    assert [state.value for state in TradingState] == [0, 1, 2]


def test_there_are_as_many_as_the_best_engines_have() -> None:
    assert len(RiskCode) - 1 >= 38


def test_every_code_says_what_was_expected_in_a_sentence() -> None:
    assert set(TEXTS) == set(RiskCode)
    for code in RiskCode:
        said = explain(code, 1.5, 2_500_000.25, 3.0)
        assert "{" not in said
        assert said == said.strip()


def test_a_sentence_has_the_numbers() -> None:
    assert explain(402, 100_000, 99_950.0, 100_050.0) == (
        "maxPositionSize is 100,000 units: with all working orders of its side the position could reach 100,050, "
        "now 99,950; cancel some, or order less"
    )


def test_a_number_that_is_no_code_is_refused() -> None:
    with pytest.raises(ValueError, match="999"):
        explain(999, 0, 0, 0)
