"""Slippage and spread by hand, against a twin written from the formulas, and as properties."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lockstep.kernels.orders.slippage import UNKNOWN_SIGMA, Slippage, Spread, against, half_spread, slipped

NAN = math.nan

prices = st.floats(0.01, 100_000.0)
amounts = st.floats(0.0, 2.0)
units = st.floats(1e-6, 1e9)
volumes = st.one_of(st.floats(1e-6, 1e12), st.sampled_from([0.0, NAN]))
sigmas = st.one_of(st.floats(0.0, 1.0), st.just(NAN))
ticks = st.sampled_from([0.0001, 0.01, 0.25, 5.0])
models = st.sampled_from(list(Slippage))
sides = st.sampled_from([1.0, -1.0])


# (model, amount, side, quantity, volume, sigma, tick) at a price of 50
BY_HAND = [
    (Slippage.NONE, 9.0, 1.0, 100.0, 1e3, 0.02, 0.01, 50.0),
    (Slippage.BPS, 0.0010, 1.0, 100.0, 1e3, 0.02, 0.01, 50.05),  # 10 bp of 50 are 0.05
    (Slippage.BPS, 0.0010, -1.0, 100.0, 1e3, 0.02, 0.01, 49.95),
    (Slippage.FIXED, 0.03, 1.0, 100.0, 1e3, 0.02, 0.01, 50.03),
    (Slippage.TICKS, 3.0, -1.0, 100.0, 1e3, 0.02, 0.25, 49.25),
    # zipline's defaults: 2.5 % of the volume at an impact of 0.1: 50 * 0.1 * 0.025^2 = 0.003125
    (Slippage.VOLUME_SHARE, 0.1, 1.0, 25.0, 1e3, 0.02, 0.01, 50.003125),
    (Slippage.VOLUME_SHARE, 0.1, -1.0, 25.0, 1e3, 0.02, 0.01, 49.996875),
    (Slippage.VOLUME_SHARE, 0.1, 1.0, 5e3, 1e3, 0.02, 0.01, 55.0),  # more than all of the volume is all of it
    (Slippage.VOLUME_SHARE, 0.1, 1.0, 1.0, 0.0, 0.02, 0.01, 55.0),  # and so is any order where nobody traded
    (Slippage.VOLUME_SHARE, 0.1, -1.0, 1.0, NAN, 0.02, 0.01, 45.0),
    (Slippage.VOLATILITY, 0.5, 1.0, 100.0, 1e3, 0.02, 0.01, 50.5),  # half of 2 % of 50
    (Slippage.VOLATILITY, 0.5, -1.0, 100.0, 1e3, NAN, 0.01, 50.0 - 0.5 * 0.05 * 50.0),
    (Slippage.FIXED, 80.0, -1.0, 100.0, 1e3, 0.02, 0.01, 0.0),  # nobody pays to be rid of a stock
    (Slippage.BPS, 3.0, -1.0, 100.0, 1e3, 0.02, 0.01, 0.0),
    (Slippage.BPS, 3.0, 1.0, 0.0, 1e3, 0.02, 0.01, 50.0),  # nothing traded, nothing slipped
]


@pytest.mark.parametrize(("model", "amount", "side", "quantity", "volume", "sigma", "tick", "expected"), BY_HAND)
def test_by_hand(model, amount, side, quantity, volume, sigma, tick, expected) -> None:
    found = slipped(model, amount, side, 50.0, quantity, volume, sigma, tick)
    assert found == pytest.approx(expected, rel=1e-15)


def twin(model: Slippage, amount, side, price, quantity, volume, sigma, tick):
    """Say the same in the words of docs/costs.md."""
    if quantity == 0:
        return price
    share = 1.0
    if not math.isnan(volume) and volume > 0:
        share = min(1.0, abs(quantity) / volume)
    volatility = UNKNOWN_SIGMA if math.isnan(sigma) else sigma
    away = {
        "NONE": 0.0,
        "BPS": amount * price,
        "FIXED": amount,
        "TICKS": amount * tick,
        "VOLUME_SHARE": amount * share**2 * price,
        "VOLATILITY": amount * volatility * price,
    }[model.name]
    return price + away if side > 0 else max(0.0, price - away)


@given(models, amounts, sides, prices, units, volumes, sigmas, ticks)
def test_the_kernel_equals_its_twin(model, amount, side, price, quantity, volume, sigma, tick) -> None:
    found = slipped(model, amount, side, price, quantity, volume, sigma, tick)
    assert found == pytest.approx(twin(model, amount, side, price, quantity, volume, sigma, tick), rel=1e-12, abs=1e-9)


@given(models, amounts, prices, units, volumes, sigmas, ticks)
def test_sellers_lose_what_buyers_lose(model, amount, price, quantity, volume, sigma, tick) -> None:
    bought = slipped(model, amount, 1.0, price, quantity, volume, sigma, tick)
    sold = slipped(model, amount, -1.0, price, -quantity, volume, sigma, tick)
    assert 0.0 <= sold <= price <= bought
    if sold > 0.0:
        assert bought - price == pytest.approx(price - sold, rel=1e-9, abs=1e-9 * price)


@given(models, amounts, sides, prices, units, units, volumes, sigmas, ticks)
def test_a_larger_order_never_gets_a_better_price(model, amount, side, price, one, other, volume, sigma, tick) -> None:
    small, large = sorted((one, other))
    of_small = slipped(model, amount, side, price, small, volume, sigma, tick)
    of_large = slipped(model, amount, side, price, large, volume, sigma, tick)
    assert side * of_large >= side * of_small


@given(amounts, sides, prices, units, st.floats(1e-6, 1e12), st.floats(1e-6, 1e12))
def test_less_volume_never_gives_a_better_price(amount, side, price, quantity, one, other) -> None:
    thin, thick = sorted((one, other))
    none, few, many = (
        slipped(Slippage.VOLUME_SHARE, amount, side, price, quantity, v, NAN, 0.01) for v in (NAN, thin, thick)
    )
    assert side * none >= side * few >= side * many


@given(models, amounts, sides, prices, volumes, sigmas, ticks)
def test_nothing_traded_moves_nothing(model, amount, side, price, volume, sigma, tick) -> None:
    assert slipped(model, amount, side, price, 0.0, volume, sigma, tick) == price


# --- spread ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "amount", "expected"),
    [
        (Spread.NONE, 4.0, 0.0),
        (Spread.BPS, 0.0004, 0.01),  # 4 bp of 50 are 0.02
        (Spread.FIXED, 0.04, 0.02),
        (Spread.TICKS, 2.0, 0.25),  # two ticks of 0.25
    ],
)
def test_half_of_the_spread(model, amount, expected) -> None:
    assert half_spread(model, amount, 50.0, 0.25) == pytest.approx(expected, rel=1e-15)


def test_a_round_trip_costs_the_whole_spread() -> None:
    half = half_spread(Spread.FIXED, 0.04, 50.0, 0.01)
    assert against(1.0, 50.0, half) - against(-1.0, 50.0, half) == pytest.approx(0.04)


@given(sides, prices, st.floats(0.0, 1e6))
def test_no_price_is_moved_below_zero(side, price, distance) -> None:
    assert against(side, price, distance) >= 0.0
    assume(side < 0)
    assert against(side, -price, distance) == -price - distance
