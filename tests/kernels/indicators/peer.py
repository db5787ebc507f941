"""What TA-Lib calls our indicators, and in which order its functions take columns and parameters."""

import talib


def _window(function, least=1):
    return lambda bars, period: (function(bars["close"], period),) if period >= least else None


def _bar(function, least=1):
    return lambda bars, period: (function(*_hlc(bars), period),) if period >= least else None


def _hlc(bars):
    return bars["high"], bars["low"], bars["close"]


def _bollinger(bars, period, width):
    return talib.BBANDS(bars["close"], period, width, width) if period >= 2 else None


def _donchian(bars, period):
    if period < 2:
        return None
    top, bottom = talib.MAX(bars["high"], period), talib.MIN(bars["low"], period)
    return top, (top + bottom) / 2, bottom


def _macd(bars, fast=12, slow=26, signal=9):
    return talib.MACD(bars["close"], fast, slow, signal) if fast >= 2 else None


def _adx(bars, period):
    return tuple(f(*_hlc(bars), period) for f in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI))


def _stochastic(bars, period=14, smooth=3, signal=3):
    lines = talib.STOCH(*_hlc(bars), period, smooth, talib.MA_Type.SMA, signal, talib.MA_Type.SMA)
    fast, _ = talib.STOCHF(*_hlc(bars), period, 1, talib.MA_Type.SMA)
    return fast, *lines


def _std(bars, period, ddof=0):
    return (talib.STDDEV(bars["close"], period),) if period >= 2 and ddof == 0 else None


PEERS = {
    "adx": _adx,
    "atr": _bar(talib.ATR),
    "bollinger": _bollinger,
    "cci": _bar(talib.CCI, 2),
    "donchian": _donchian,
    "ema": _window(talib.EMA),
    "macd": _macd,
    "max": _window(talib.MAX, 2),
    "mean": _window(talib.SMA),
    "min": _window(talib.MIN, 2),
    "obv": lambda bars: (talib.OBV(bars["close"], bars["volume"]),),
    "rsi": _window(talib.RSI, 2),
    "sma": _window(talib.SMA),
    "std": _std,
    "stochastic": _stochastic,
    "true_range": lambda bars: (talib.TRANGE(*_hlc(bars)),),
    "wma": _window(talib.WMA),
}
"""Indicator -> function(bars, **parameters) -> TA-Lib's outputs in our order, None where TA-Lib refuses."""
