"""The catalogue is complete, consistent with the functions it names, and honest about warm-up."""

import inspect

import numpy as np
import pytest
from tests.kernels.indicators.helpers import inputs, outputs
from tests.kernels.indicators.markets import CASES, MARKETS, case_id

from lockstep.errors import StrategyError
from lockstep.kernels import indicators
from lockstep.kernels.indicators import CATALOGUE
from lockstep.kernels.indicators.catalogue import find

WANTED = (
    "sma ema wma mean std zscore min max rsi macd bollinger atr adx stochastic cci obv vwap donchian keltner "
    "supertrend kalman garch"
)


def test_nothing_is_missing():
    assert set(WANTED.split()) <= set(CATALOGUE)


def test_the_table_of_contents_names_every_indicator_and_its_init():
    for name, entry in CATALOGUE.items():
        function = {"min": "lowest", "max": "highest"}.get(name, name)
        assert getattr(indicators, function) is entry.step
        assert getattr(indicators, f"{function}_init") is entry.init
    assert sorted(indicators.__all__) == sorted(set(indicators.__all__))
    assert all(hasattr(indicators, name) for name in indicators.__all__)


@pytest.mark.parametrize("name", CATALOGUE)
def test_init_and_warm_up_take_the_same_parameters(name):
    init, warm_up = (inspect.signature(f).parameters for f in (CATALOGUE[name].init, CATALOGUE[name].warm_up))
    assert {k: p.default for k, p in init.items()} == {k: p.default for k, p in warm_up.items()}


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_warm_up_is_the_number_of_bars_before_all_outputs_are_there(case):
    name, parameters = case
    bars = MARKETS["walk"]()
    bars["volume"] += 1.0
    found = outputs(name, inputs(name, bars), parameters)
    ready = ~np.isnan(found).any(axis=0)
    warm_up = CATALOGUE[name].warm_up(**parameters)
    assert not ready[:warm_up].any()
    assert ready[warm_up:].all()


def test_an_unknown_name_is_refused_with_the_list():
    with pytest.raises(StrategyError, match=r"must be one of adx, atr, .* zscore; found 'emma': choose"):
        find("emma")
