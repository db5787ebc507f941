"""Online indicators: ``NAME_init(parameters) -> state`` and ``NAME(state, inputs) -> (state, outputs)``."""

from lockstep.kernels.indicators.atr import atr, atr_init
from lockstep.kernels.indicators.bollinger import bollinger, bollinger_init
from lockstep.kernels.indicators.donchian import donchian, donchian_init
from lockstep.kernels.indicators.ema import ema, ema_init
from lockstep.kernels.indicators.highest import highest, highest_init
from lockstep.kernels.indicators.lowest import lowest, lowest_init
from lockstep.kernels.indicators.macd import macd, macd_init
from lockstep.kernels.indicators.mean import mean, mean_init
from lockstep.kernels.indicators.moments import moments, moments_init
from lockstep.kernels.indicators.ratio import ratio
from lockstep.kernels.indicators.rsi import rsi, rsi_init
from lockstep.kernels.indicators.sma import sma, sma_init
from lockstep.kernels.indicators.std import std, std_init
from lockstep.kernels.indicators.true_range import true_range, true_range_init
from lockstep.kernels.indicators.wilder import wilder, wilder_init
from lockstep.kernels.indicators.wma import wma, wma_init
from lockstep.kernels.indicators.zscore import zscore, zscore_init

__all__ = [
    "atr",
    "atr_init",
    "bollinger",
    "bollinger_init",
    "donchian",
    "donchian_init",
    "ema",
    "ema_init",
    "highest",
    "highest_init",
    "lowest",
    "lowest_init",
    "macd",
    "macd_init",
    "mean",
    "mean_init",
    "moments",
    "moments_init",
    "ratio",
    "rsi",
    "rsi_init",
    "sma",
    "sma_init",
    "std",
    "std_init",
    "true_range",
    "true_range_init",
    "wilder",
    "wilder_init",
    "wma",
    "wma_init",
    "zscore",
    "zscore_init",
]
