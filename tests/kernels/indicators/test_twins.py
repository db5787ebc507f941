"""Every indicator against its twin, written separately from the formula (tests/twins/indicators.py)."""

import pytest
from tests.kernels.indicators.helpers import assert_close, inputs, outputs
from tests.kernels.indicators.markets import CASES, MARKETS, case_id
from tests.twins.indicators import TWINS

from lockstep.kernels.indicators import CATALOGUE

SLOW = {"kalman": 120}
"""Bars for twins whose cost grows with the third power of their number."""


def test_every_indicator_has_a_twin():
    assert set(TWINS) == set(CATALOGUE) == {name for name, _ in CASES}


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_kernel_equals_twin(case, market):
    name, parameters = case
    columns = inputs(name, MARKETS[market](), slice(SLOW.get(name)))
    expected = TWINS[name](*columns.values(), **parameters)
    assert_close(outputs(name, columns, parameters), expected, 1e-10)
