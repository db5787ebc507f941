"""Market impact: the paper's own example, a twin written from its formulas, and properties."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.kernels.orders.impact import Impact, impact, impacted, permanent_impact, temporary_impact
from lockstep.kernels.orders.slippage import UNKNOWN_SIGMA

NAN = math.nan
MILLION = 1e6
BP = 1e4

# Almgren, Thum, Hauptmann and Li (2005), table 3: the average impact of buying a tenth of the day's volume in IBM
# and in Darden Restaurants. Daily volume and shares outstanding in millions, daily volatility; permanent impact I
# in basis points; for each duration T in days temporary impact K and realised impact J = I / 2 + K. The paper prints
# whole basis points, and so do we. Recomputed by hand for IBM, T = 0.1: I = 0.314 * 157 bp * 0.1 * (1728 / 6.561)^(1/4)
# = 4.930 * 4.0285 = 19.9; K = 0.142 * 157 bp * (0.1 / 0.1)^0.6 = 22.3; J = 9.9 + 22.3 = 32.2.
PAPER = {
    "IBM": (6.561, 1728.0, 0.0157, 20, {0.1: (22, 32), 0.2: (15, 25), 0.5: (8, 18)}),
    "DRI": (1.929, 168.0, 0.0226, 22, {0.1: (32, 43), 0.2: (21, 32), 0.5: (12, 23)}),
}


@pytest.mark.parametrize("company", PAPER)
def test_the_papers_example(company) -> None:
    millions, outstanding, sigma, permanent, by_duration = PAPER[company]
    volume, turnover = millions * MILLION, outstanding / millions
    order = 0.1 * volume
    assert round(permanent_impact(order, volume, sigma, turnover) * BP) == permanent
    for duration, (temporary, realised) in by_duration.items():
        assert round(temporary_impact(order, volume, sigma, duration) * BP) == temporary
        assert round(impact(Impact.ALMGREN, 1.0, order, volume, sigma, duration, turnover) * BP) == realised


def test_the_square_root_law_by_hand() -> None:
    # 1 % of the day's volume at a volatility of 2 %: 2 % * sqrt(0.01) = 20 bp; four times as much costs twice as much
    assert impact(Impact.SQUARE_ROOT, 1.0, 10.0, 1000.0, 0.02, NAN, NAN) == pytest.approx(0.002, rel=1e-15)
    assert impact(Impact.SQUARE_ROOT, 1.0, 40.0, 1000.0, 0.02, NAN, NAN) == pytest.approx(0.004, rel=1e-15)
    assert impact(Impact.SQUARE_ROOT, 0.5, -40.0, 1000.0, 0.02, NAN, NAN) == pytest.approx(0.002, rel=1e-15)


def test_the_square_root_law_without_data_takes_the_worst() -> None:
    assert impact(Impact.SQUARE_ROOT, 1.0, 10.0, 0.0, NAN, NAN, NAN) == UNKNOWN_SIGMA
    assert impact(Impact.SQUARE_ROOT, 1.0, 10.0, NAN, 0.02, NAN, NAN) == 0.02


def test_almgren_without_data_takes_the_worst() -> None:
    # A whole session's volume within a minute, at 5 % and one turnover a year: by hand
    permanent = 0.314 * 0.05 * 252**0.25
    temporary = 0.142 * 0.05 * 390**0.6
    found = impact(Impact.ALMGREN, 1.0, 10.0, NAN, NAN, NAN, NAN)
    assert found == pytest.approx(permanent / 2 + temporary, rel=1e-12)


def twin(model: Impact, coefficient, quantity, volume, sigma, duration, turnover):
    """Say the same in logarithms."""
    if quantity == 0 or model is Impact.NONE:
        return 0.0
    part = math.log(abs(quantity)) - math.log(volume)
    if model is Impact.SQUARE_ROOT:
        return coefficient * sigma * math.exp(part / 2)
    permanent = 0.314 * math.exp(part + math.log(turnover) / 4)
    temporary = 0.142 * math.exp((part - math.log(duration)) * 3 / 5)
    return coefficient * sigma * (permanent / 2 + temporary)


models = st.sampled_from(list(Impact))
units = st.floats(1e-3, 1e9)
volumes = st.floats(1.0, 1e10)
sigmas = st.floats(0.0, 0.5)
durations = st.floats(1e-3, 10.0)
turnovers = st.floats(1.0, 5000.0)
unknown = st.sampled_from([0.0, NAN])


@given(models, st.floats(0.0, 3.0), units, volumes, sigmas, durations, turnovers)
def test_the_kernel_equals_its_twin(model, coefficient, quantity, volume, sigma, duration, turnover) -> None:
    found = impact(model, coefficient, quantity, volume, sigma, duration, turnover)
    expected = twin(model, coefficient, quantity, volume, sigma, duration, turnover)
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-300)


@given(models, units, units, st.one_of(volumes, unknown), sigmas, st.one_of(durations, unknown), turnovers)
def test_a_larger_order_never_costs_a_smaller_share(model, one, other, volume, sigma, duration, turnover) -> None:
    small, large = sorted((one, other))
    of_small = impact(model, 1.0, small, volume, sigma, duration, turnover)
    assert 0.0 <= of_small <= impact(model, 1.0, large, volume, sigma, duration, turnover)


@given(units, volumes, sigmas, durations, durations, turnovers)
def test_patience_is_never_dearer(quantity, volume, sigma, one, other, turnover) -> None:
    short, long = sorted((one, other))
    hasty = impact(Impact.ALMGREN, 1.0, quantity, volume, sigma, short, turnover)
    assert hasty >= impact(Impact.ALMGREN, 1.0, quantity, volume, sigma, long, turnover)


@given(models, units, st.one_of(volumes, unknown), sigmas, durations, turnovers)
def test_selling_costs_what_buying_costs(model, quantity, volume, sigma, duration, turnover) -> None:
    bought = impact(model, 1.0, quantity, volume, sigma, duration, turnover)
    assert bought == impact(model, 1.0, -quantity, volume, sigma, duration, turnover)
    assert impacted(1.0, 40.0, bought) - 40.0 == pytest.approx(40.0 * bought, abs=1e-12)
    assert 0.0 <= impacted(-1.0, 40.0, bought) <= 40.0


@given(models, st.one_of(volumes, unknown), sigmas, st.one_of(durations, unknown), st.one_of(turnovers, unknown))
def test_nothing_traded_moves_nothing(model, volume, sigma, duration, turnover) -> None:
    assert impact(model, 1.0, 0.0, volume, sigma, duration, turnover) == 0.0
