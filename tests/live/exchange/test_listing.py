"""Decimal text in whole steps and back."""

from fractions import Fraction

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from lockstep.errors import ExchangeError, OrderRefusedError
from lockstep.live.exchange.listing import Steps, read_listings


@pytest.mark.parametrize(
    ("step", "text", "count", "written"),
    [
        ("0.01", "10.01", 1001, "10.01"), ("0.01", "10", 1000, "10.00"), ("0.01", "-0.01", -1, "-0.01"),
        ("0.01", "10.0100", 1001, "10.01"), ("0.05", "1.15", 23, "1.15"), ("0.25", "4500.75", 18003, "4500.75"),
        ("1", "7", 7, "7"), ("100", "300", 3, "300"), ("2.5", "0", 0, "0.0"),
        ("0.00000001", "0.00000012", 12, "0.00000012"),
    ],
)  # fmt: skip
def test_texts_are_counted_and_written(step: str, text: str, count: int, written: str) -> None:
    steps = Steps(step)
    assert steps.count(text, "bad", "off") == count
    assert steps.text(count) == written


@seed(4)
@given(st.integers(-(10**12), 10**12), st.sampled_from(["0.01", "0.05", "1", "0.00000001", "25", "0.125"]))
def test_what_is_written_is_the_number_and_is_read_back(count: int, step: str) -> None:
    steps = Steps(step)
    text = steps.text(count)
    assert Fraction(text) == count * Fraction(step)
    assert steps.count(text, "bad", "off") == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "inf",
        "1e3",
        "1_000",
        " 1",
        "1 ",
        "+1",
        ".5",
        "5.",
        "1,5",
        "0x1",
        "１",
        "--1",
        "1.2.3",
        "9" * 19,
        "1\n",
    ],
)
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(OrderRefusedError) as refused:
        Steps("0.01").count(text, "bad", "off")
    assert refused.value.reason == "bad"


def test_what_no_order_could_have_is_refused_before_it_meets_64_bits() -> None:
    with pytest.raises(OrderRefusedError, match="too large") as refused:
        Steps("0.01").count("-999999999999999999.00", "bad", "off")
    assert refused.value.reason == "bad"


@pytest.mark.parametrize(("step", "text"), [("0.01", "1.001"), ("0.05", "1.01"), ("1", "1.5"), ("100", "150")])
def test_what_lies_between_two_steps_is_refused(step: str, text: str) -> None:
    with pytest.raises(OrderRefusedError) as refused:
        Steps(step).count(text, "bad", "off")
    assert refused.value.reason == "off"


def test_instruments_are_read() -> None:
    acme, coin = read_listings("ACME:0.01:1,COIN:0.5:0.001:60000")
    assert (acme.symbol, acme.middle, acme.sizes.text(3)) == ("ACME", 100_000, "3")
    assert (coin.symbol, coin.middle, coin.sizes.text(3)) == ("COIN", 120_000, "0.003")


@pytest.mark.parametrize(
    "text", ["", "ACME", "ACME:0.01", "ACME:0:1", "ACME:-1:1", "ACME:0.01:nan", "A B:1:1", "A:1:1,A:1:1", "A:0.5:1:7.3"]
)
def test_instruments_that_can_not_be_are_refused(text: str) -> None:
    with pytest.raises(ExchangeError):
        read_listings(text)
