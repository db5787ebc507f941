"""Online indicators: ``NAME_init(parameters) -> state`` and ``NAME(state, inputs) -> (state, outputs)``."""

from lockstep.kernels.indicators.adx import adx, adx_init
from lockstep.kernels.indicators.atr import atr, atr_init
from lockstep.kernels.indicators.batch import compute
from lockstep.kernels.indicators.bollinger import bollinger, bollinger_init
from lockstep.kernels.indicators.catalogue import CATALOGUE, Indicator
from lockstep.kernels.indicators.cci import cci, cci_init
from lockstep.kernels.indicators.donchian import donchian, donchian_init
from lockstep.kernels.indicators.ema import ema, ema_init
from lockstep.kernels.indicators.garch import garch, garch_init
from lockstep.kernels.indicators.highest import highest, highest_init
from lockstep.kernels.indicators.kalman import kalman, kalman_init
from lockstep.kernels.indicators.keltner import keltner, keltner_init
from lockstep.kernels.indicators.lowest import lowest, lowest_init
from lockstep.kernels.indicators.macd import macd, macd_init
from lockstep.kernels.indicators.mean import mean, mean_init
from lockstep.kernels.indicators.moments import moments, moments_init
from lockstep.kernels.indicators.obv import obv, obv_init
from lockstep.kernels.indicators.ratio import ratio
from lockstep.kernels.indicators.rsi import rsi, rsi_init
from lockstep.kernels.indicators.sma import sma, sma_init
from lockstep.kernels.indicators.std import std, std_init
from lockstep.kernels.indicators.stepper import Stepper
from lockstep.kernels.indicators.stochastic import stochastic, stochastic_init
from lockstep.kernels.indicators.supertrend import supertrend, supertrend_init
from lockstep.kernels.indicators.true_range import true_range, true_range_init
from lockstep.kernels.indicators.vwap import vwap, vwap_init
from lockstep.kernels.indicators.wilder import wilder, wilder_init
from lockstep.kernels.indicators.wma import wma, wma_init
from lockstep.kernels.indicators.zscore import zscore, zscore_init

__all__ = [
    "CATALOGUE",
    "Indicator",
    "Stepper",
    "adx",
    "adx_init",
    "atr",
    "atr_init",
    "bollinger",
    "bollinger_init",
    "cci",
    "cci_init",
    "compute",
    "donchian",
    "donchian_init",
    "ema",
    "ema_init",
    "garch",
    "garch_init",
    "highest",
    "highest_init",
    "kalman",
    "kalman_init",
    "keltner",
    "keltner_init",
    "lowest",
    "lowest_init",
    "macd",
    "macd_init",
    "mean",
    "mean_init",
    "moments",
    "moments_init",
    "obv",
    "obv_init",
    "ratio",
    "rsi",
    "rsi_init",
    "sma",
    "sma_init",
    "std",
    "std_init",
    "stochastic",
    "stochastic_init",
    "supertrend",
    "supertrend_init",
    "true_range",
    "true_range_init",
    "vwap",
    "vwap_init",
    "wilder",
    "wilder_init",
    "wma",
    "wma_init",
    "zscore",
    "zscore_init",
]
