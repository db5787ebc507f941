"""Every indicator by name: how its state is made and moved, what it reads and what it gives."""

from collections.abc import Callable
from typing import Any, NamedTuple

from lockstep.errors import StrategyError
from lockstep.kernels.indicators.adx import adx, adx_init, adx_warm_up
from lockstep.kernels.indicators.atr import atr, atr_init, atr_warm_up
from lockstep.kernels.indicators.bollinger import bollinger, bollinger_init, bollinger_warm_up
from lockstep.kernels.indicators.cci import cci, cci_init, cci_warm_up
from lockstep.kernels.indicators.donchian import donchian, donchian_init, donchian_warm_up
from lockstep.kernels.indicators.ema import ema, ema_init, ema_warm_up
from lockstep.kernels.indicators.garch import garch, garch_init, garch_warm_up
from lockstep.kernels.indicators.highest import highest, highest_init, highest_warm_up
from lockstep.kernels.indicators.kalman import kalman, kalman_init, kalman_warm_up
from lockstep.kernels.indicators.keltner import keltner, keltner_init, keltner_warm_up
from lockstep.kernels.indicators.lowest import lowest, lowest_init, lowest_warm_up
from lockstep.kernels.indicators.macd import macd, macd_init, macd_warm_up
from lockstep.kernels.indicators.mean import mean, mean_init, mean_warm_up
from lockstep.kernels.indicators.moments import moments, moments_init, moments_warm_up
from lockstep.kernels.indicators.obv import obv, obv_init, obv_warm_up
from lockstep.kernels.indicators.rsi import rsi, rsi_init, rsi_warm_up
from lockstep.kernels.indicators.sma import sma, sma_init, sma_warm_up
from lockstep.kernels.indicators.std import std, std_init, std_warm_up
from lockstep.kernels.indicators.stochastic import stochastic, stochastic_init, stochastic_warm_up
from lockstep.kernels.indicators.supertrend import supertrend, supertrend_init, supertrend_warm_up
from lockstep.kernels.indicators.true_range import true_range, true_range_init, true_range_warm_up
from lockstep.kernels.indicators.vwap import vwap, vwap_init, vwap_warm_up
from lockstep.kernels.indicators.wilder import wilder, wilder_init, wilder_warm_up
from lockstep.kernels.indicators.wma import wma, wma_init, wma_warm_up
from lockstep.kernels.indicators.zscore import zscore, zscore_init, zscore_warm_up

CLOSE = ("close",)
BAR = ("high", "low", "close")
BAND = ("upper", "middle", "lower")
INTEGERS = ("session",)
"""Inputs that are int64; all others are float64."""


class Indicator(NamedTuple):
    """One indicator. ``init`` and ``warm_up`` take the same parameters."""

    init: Callable[..., Any]
    """``init(parameters) -> state``, plain Python."""
    step: Callable[..., Any]
    """``step(state, *inputs) -> (state, *outputs)``, a kernel."""
    warm_up: Callable[..., int]
    """How many leading bars have an output that is nan."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


CATALOGUE: dict[str, Indicator] = {
    "adx": Indicator(adx_init, adx, adx_warm_up, BAR, ("adx", "plus_di", "minus_di")),
    "atr": Indicator(atr_init, atr, atr_warm_up, BAR, ("atr",)),
    "bollinger": Indicator(bollinger_init, bollinger, bollinger_warm_up, CLOSE, BAND),
    "cci": Indicator(cci_init, cci, cci_warm_up, BAR, ("cci",)),
    "donchian": Indicator(donchian_init, donchian, donchian_warm_up, ("high", "low"), BAND),
    "ema": Indicator(ema_init, ema, ema_warm_up, CLOSE, ("ema",)),
    "garch": Indicator(garch_init, garch, garch_warm_up, ("returns",), ("variance", "forecast")),
    "kalman": Indicator(kalman_init, kalman, kalman_warm_up, CLOSE, ("level", "slope")),
    "keltner": Indicator(keltner_init, keltner, keltner_warm_up, BAR, BAND),
    "macd": Indicator(macd_init, macd, macd_warm_up, CLOSE, ("line", "signal", "histogram")),
    "max": Indicator(highest_init, highest, highest_warm_up, CLOSE, ("max",)),
    "mean": Indicator(mean_init, mean, mean_warm_up, CLOSE, ("mean",)),
    "min": Indicator(lowest_init, lowest, lowest_warm_up, CLOSE, ("min",)),
    "moments": Indicator(moments_init, moments, moments_warm_up, CLOSE, ("mean", "std")),
    "obv": Indicator(obv_init, obv, obv_warm_up, ("close", "volume"), ("obv",)),
    "rsi": Indicator(rsi_init, rsi, rsi_warm_up, CLOSE, ("rsi",)),
    "sma": Indicator(sma_init, sma, sma_warm_up, CLOSE, ("sma",)),
    "std": Indicator(std_init, std, std_warm_up, CLOSE, ("std",)),
    "stochastic": Indicator(stochastic_init, stochastic, stochastic_warm_up, BAR, ("fast_k", "slow_k", "slow_d")),
    "supertrend": Indicator(supertrend_init, supertrend, supertrend_warm_up, BAR, ("line", "direction")),
    "true_range": Indicator(true_range_init, true_range, true_range_warm_up, BAR, ("true_range",)),
    "vwap": Indicator(vwap_init, vwap, vwap_warm_up, ("high", "low", "close", "volume", "session"), ("vwap",)),
    "wilder": Indicator(wilder_init, wilder, wilder_warm_up, CLOSE, ("wilder",)),
    "wma": Indicator(wma_init, wma, wma_warm_up, CLOSE, ("wma",)),
    "zscore": Indicator(zscore_init, zscore, zscore_warm_up, CLOSE, ("zscore",)),
}


def find(name: str) -> Indicator:
    """Return the indicator of that name. Raises ``StrategyError`` for an unknown one."""
    if name not in CATALOGUE:
        known = ", ".join(CATALOGUE)
        raise StrategyError(f"indicator must be one of {known}; found {name!r}: choose one of these")
    return CATALOGUE[name]
