"""Every indicator that TA-Lib has, against TA-Lib: the same leading nans, then within 1e-9."""

import numpy as np
import pytest
import talib
from tests.kernels.indicators.helpers import assert_close, inputs, outputs
from tests.kernels.indicators.markets import CASES, MARKETS, case_id, walk
from tests.kernels.indicators.peer import PEERS

from lockstep.kernels.indicators import compute

PEER_CASES = [case for case in CASES if case[0] in PEERS]
REFUSED = [case for case in PEER_CASES if PEERS[case[0]](walk(), **case[1]) is None]


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("case", [case for case in PEER_CASES if case not in REFUSED], ids=case_id)
def test_kernel_equals_talib(case, market):
    name, parameters = case
    bars = MARKETS[market](n=2000)
    expected = PEERS[name](bars, **parameters)
    assert_close(outputs(name, inputs(name, bars), parameters), expected, 1e-9)


def test_refused_parameters_are_few():
    """TA-Lib has no windows of one bar here, and no sample deviation; nothing else is left out above."""
    refused = {(name, *p.values()) for name, p in REFUSED}
    one_bar = {(name, 1) for name in ("cci", "donchian", "max", "min", "rsi", "std")}
    assert refused == one_bar | {("bollinger", 1, 2.0), ("std", 20, 1), ("macd", 1, 2, 2)}


@pytest.mark.parametrize("price", [100.0, 100.37, 0.1, 33.33, 50_000.01])
def test_flat_prices_give_talibs_answers(price):
    flat = np.full(120, price)
    bar = {"high": flat, "low": flat, "close": flat}
    assert compute("rsi", close=flat)[-1] == talib.RSI(flat, 14)[-1] == 0.0
    assert compute("cci", **bar)[-1] == talib.CCI(flat, flat, flat, 20)[-1] == 0.0
    assert compute("stochastic", **bar).slow_d[-1] == talib.STOCH(flat, flat, flat)[1][-1] == 0.0
    assert compute("adx", **bar).adx[-1] == talib.ADX(flat, flat, flat)[-1] == 0.0
    assert compute("atr", **bar)[-1] == talib.ATR(flat, flat, flat)[-1] == 0.0


@pytest.mark.parametrize("price", [100.0, 100.37, 0.1, 33.33, 50_000.01])
def test_averages_of_flat_prices_are_that_price_to_the_bit(price):
    """TA-Lib's sums may be off by a rounding, and two averages would cross on prices that stand still."""
    flat = np.full(120, price)
    for name in ("sma", "wma", "ema"):
        for period in (1, 3, 7, 20, 50):
            assert np.all(compute(name, close=flat, period=period)[period - 1 :] == price)
    assert np.all(compute("std", close=flat, period=20)[19:] == 0.0)
    assert np.all(compute("zscore", close=flat, period=20)[19:] == 0.0)
    assert np.all(compute("macd", close=flat).histogram[33:] == 0.0)
