"""Numbers on the way out."""

import math

import msgspec
import pytest

from lockstep.live.gateway.plain import plain


class Account(msgspec.Struct):
    cash: float


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("averagePrice", 100.00000000001, 100.0),
        ("averagePrice", 0.1 + 0.2, 0.3),
        ("limitPrice", 0.00000812, 0.00000812),
        ("limitPrice", 61_234.57, 61_234.57),
        ("quantity", 1.1 * 3, 3.3),
        ("cash", 100_000.03 - 100_000.0, 0.03),  # 0.02999999999883585
        ("fee", 0.000123456, 0.000123),
        ("equity", [1.1 * 3, 99_999.99999999999], [3.3, 100_000.0]),
        ("used", 100_000.3 - 100_000.2 - 0.1, 0.0),  # 5.8e-12
        ("profit", -1e-12, 0.0),
        ("price", math.inf, math.inf),
    ],
)
def test_what_sums_leave_behind_is_not_told(name, value, told):
    assert plain({name: value}) == {name: told}
    assert "-0.0" not in str(plain({name: value}))


def test_words_counts_and_what_was_given_stay_as_they_are():
    given = {"seq": 2**60, "on": True, "name": "0.30000000000000004", "parameters": {"k": 0.1 + 0.2}, "why": "none"}
    assert plain(given) == {**given, "why": None}
    assert given["why"] == "none"
    assert plain((Account(0.1 + 0.2),)) == [{"cash": 0.3}]
