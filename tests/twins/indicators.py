"""Every indicator once more, straight from its formula: explicit windows, no running state, exact addition.

Slow on purpose. Each takes float64[n] columns and the parameters of the kernel's ``init`` and returns a tuple
of float64[n] outputs. Nothing here is shared with the kernels.
"""

from math import fsum, nan, sqrt

import numpy as np


def _roll(function, period, *columns):
    """Return ``function`` of each full window, nan before, and nan where a window holds a nan."""
    out = np.full(len(columns[0]), nan)
    for i in range(period - 1, len(out)):
        windows = [c[i - period + 1 : i + 1] for c in columns]
        if not any(np.isnan(w).any() for w in windows):
            out[i] = function(*windows)
    return out


def _mean(values):
    # Differences to one of the values: of equal values the mean is exactly that value.
    return values[0] + fsum(v - values[0] for v in values) / len(values)


def _deviation(values):
    mean = _mean(values)
    return sqrt(fsum((v - mean) ** 2 for v in values) / len(values))


def _after(column, function):
    """Apply ``function`` to what follows the leading nans of ``column``."""
    lead = int(np.isnan(column).sum())
    return np.concatenate([np.full(lead, nan), function(column[lead:])])


def mean(close, period):
    return (_roll(_mean, period, close),)


def moments(close, period):
    return _roll(_mean, period, close), _roll(_deviation, period, close)


def std(close, period, ddof=0):
    def deviation(values):
        return _deviation(values) * sqrt(len(values) / (len(values) - ddof))

    return (_roll(deviation, period, close),)


def zscore(close, period):
    def score(values):
        deviation = _deviation(values)
        return 0.0 if deviation == 0.0 else (values[-1] - _mean(values)) / deviation

    return (_roll(score, period, close),)


def wma(close, period):
    weights = range(1, period + 1)
    return (_roll(lambda x: fsum(w * v for w, v in zip(weights, x, strict=True)) / sum(weights), period, close),)


def maximum(close, period):
    return (_roll(max, period, close),)


def minimum(close, period):
    return (_roll(min, period, close),)


def donchian(high, low, period=20):
    top, bottom = _roll(max, period, high), _roll(min, period, low)
    return top, (top + bottom) / 2, bottom


def bollinger(close, period=20, width=2.0):
    middle, deviation = moments(close, period)
    return middle + width * deviation, middle, middle - width * deviation


def _exponential(values, period, weight):
    """Seed, and all later values with their weights written out: w, w (1 - w), w (1 - w)^2, ..."""
    out = np.full(len(values), nan)
    for i in range(period - 1, len(values)):
        later = values[period : i + 1][::-1]
        weights = weight * (1.0 - weight) ** np.arange(len(later))
        rest = (1.0 - weight) ** len(later)
        out[i] = fsum([*(weights * later), rest * fsum(values[:period]) / period])
    return out


def ema(close, period):
    return (_exponential(close, period, 2.0 / (period + 1)),)


def wilder(close, period):
    return (_exponential(close, period, 1.0 / period),)


def macd(close, fast=12, slow=26, signal=9):
    late = np.concatenate([np.full(slow - fast, nan), ema(close[slow - fast :], fast)[0]])
    line = late - ema(close, slow)[0]
    smooth = _after(line, lambda x: ema(x, signal)[0])
    line = np.where(np.isnan(smooth), nan, line)
    return line, smooth, line - smooth


def rsi(close, period=14):
    change = np.diff(close, prepend=nan)
    gain = _after(change, lambda x: wilder(np.where(x > 0, x, 0.0), period)[0])
    loss = _after(change, lambda x: wilder(np.where(x < 0, -x, 0.0), period)[0])
    moved = gain + loss
    return (np.where(moved == 0.0, 0.0, 100.0 * gain / np.where(moved == 0.0, 1.0, moved)),)


def true_range(high, low, close):
    out = np.full(len(close), nan)
    for i in range(1, len(close)):
        out[i] = max(high[i], close[i - 1]) - min(low[i], close[i - 1])
    return (out,)


def atr(high, low, close, period=14):
    return (_after(true_range(high, low, close)[0], lambda x: wilder(x, period)[0]),)


def adx(high, low, close, period=14):
    """Follow Wilder's worksheet, in TA-Lib's reading of its first rows."""
    n = len(close)
    value, plus, minus = (np.full(n, nan) for _ in range(3))
    spans, rises, falls = true_range(high, low, close)[0], np.zeros(n), np.zeros(n)
    for i in range(1, n):
        up, down = high[i] - high[i - 1], low[i - 1] - low[i]
        rises[i] = up if up > down and up > 0 else 0.0
        falls[i] = down if down > up and down > 0 else 0.0
    scores = []  # DX; None where nothing moved
    for i in range(period, n):
        # Up to row period - 1 everything counts in full, then fades by 1 - 1 / period a row.
        fade = (1 - 1 / period) ** np.minimum(i - period + 1, i - np.arange(1, i + 1))
        span, rise, fall = (fsum(fade * column[1 : i + 1]) for column in (spans, rises, falls))
        plus[i], minus[i] = (0.0, 0.0) if span == 0.0 else (100 * rise / span, 100 * fall / span)
        both = plus[i] + minus[i]
        scores.append(None if both == 0.0 else 100 * abs(plus[i] - minus[i]) / both)
        if len(scores) == period:
            value[i] = fsum(s or 0.0 for s in scores) / period
        elif len(scores) > period:
            score = scores[-1]
            value[i] = value[i - 1] if score is None else (value[i - 1] * (period - 1) + score) / period
    return value, plus, minus


def stochastic(high, low, close, period=14, smooth=3, signal=3):
    def place(highs, lows, closes):
        span = max(highs) - min(lows)
        return 0.0 if span <= 1e-14 * (max(highs) + min(lows)) else 100.0 * (closes[-1] - min(lows)) / span

    fast = _roll(place, period, high, low, close)
    slow = mean(fast, smooth)[0]
    line = mean(slow, signal)[0]
    return fast, np.where(np.isnan(line), nan, slow), line


def cci(high, low, close, period=20):
    def index(values):
        centre = _mean(values)
        deviation = fsum(abs(v - centre) for v in values) / period
        return 0.0 if deviation <= 1e-14 * centre else (values[-1] - centre) / (0.015 * deviation)

    return (_roll(index, period, (high + low + close) / 3),)


def obv(close, volume):
    signs = np.concatenate([[1.0], np.sign(np.diff(close))])
    return (np.array([fsum((signs * volume)[: i + 1]) for i in range(len(close))]),)


def vwap(high, low, close, volume, session, anchor="session"):
    typical = (high + low + close) / 3
    out = np.full(len(close), nan)
    for i in range(len(close)):
        start = int(np.argmax(session == session[i])) if anchor == "session" else 0
        traded = fsum(volume[start : i + 1])
        if traded:
            out[i] = fsum(typical[start : i + 1] * volume[start : i + 1]) / traded
    return (out,)


def keltner(high, low, close, period=20, width=2.0, atr_period=10):
    middle, reach = ema(close, period)[0], atr(high, low, close, atr_period)[0]
    middle = np.where(np.isnan(reach), nan, middle)
    return middle + width * reach, middle, middle - width * reach


def supertrend(high, low, close, period=10, width=3.0):
    reach = atr(high, low, close, period)[0]
    line, direction = np.full(len(close), nan), np.full(len(close), nan)
    upper = lower = nan
    rising = False
    for i in range(period, len(close)):
        centre = (high[i] + low[i]) / 2
        above, below = centre + width * reach[i], centre - width * reach[i]
        if i == period:
            upper, lower, rising = above, below, close[i] >= centre
        if above < upper or close[i - 1] > upper:
            upper = above
        if below > lower or close[i - 1] < lower:
            lower = below
        rising = close[i] > lower if rising else close[i] > upper
        line[i], direction[i] = (lower, 1.0) if rising else (upper, -1.0)
    return line, direction


def kalman(close, level_noise=0.01, slope_noise=0.0001, measurement_noise=1.0):
    """Estimate today's level and slope by generalised least squares on all closes, without any recursion.

    With today's level l and slope b: close[s] = l - (t - s) b + (all later slope noises, the one of bar k
    counted k - s + 1 times) - (all later level noises) + its own measurement noise.
    """
    level, slope = np.full(len(close), nan), np.full(len(close), nan)
    for t in range(1, len(close)):
        s, k = np.arange(t + 1)[:, None], np.arange(t)[None, :]
        later = k >= s
        tilts, steps = np.where(later, k - s + 1.0, 0.0), later.astype(float)
        noise = slope_noise * tilts @ tilts.T + level_noise * steps @ steps.T + measurement_noise * np.eye(t + 1)
        design = np.column_stack([np.ones(t + 1), s[:, 0] - t])
        root = np.linalg.cholesky(noise)
        left, right = np.linalg.solve(root, design), np.linalg.solve(root, close[: t + 1] - close[t])
        found = np.linalg.lstsq(left, right, rcond=None)[0]
        level[t], slope[t] = close[t] + found[0], found[1]
    return level, slope


def garch(returns, omega, alpha, beta):
    variance = np.empty(len(returns) + 1)
    for t in range(len(variance)):
        decay = beta ** np.arange(t)
        shocks = fsum(decay * (omega + alpha * returns[:t][::-1] ** 2))
        variance[t] = shocks + beta**t * omega / (1 - alpha - beta)
    return variance[:-1], variance[1:]


TWINS = {"max": maximum, "min": minimum, "sma": mean} | {
    function.__name__: function
    for function in (
        adx,
        atr,
        bollinger,
        cci,
        donchian,
        ema,
        garch,
        kalman,
        keltner,
        macd,
        mean,
        moments,
        obv,
        rsi,
        std,
        stochastic,
        supertrend,
        true_range,
        vwap,
        wilder,
        wma,
        zscore,
    )
}
