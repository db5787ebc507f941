"""Every shipped strategy with the numbers of symbols it is tested on; a new one that is not named here fails."""

from lockstep.strategies.base import Strategy
from lockstep.strategies.bollinger import Bollinger
from lockstep.strategies.buy_and_hold import BuyAndHold
from lockstep.strategies.cross_sectional_momentum import CrossSectionalMomentum
from lockstep.strategies.donchian import Donchian
from lockstep.strategies.ema_cross import EmaCross
from lockstep.strategies.macd_trend import MacdTrend
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.strategies.momentum import Momentum
from lockstep.strategies.pairs import Pairs
from lockstep.strategies.rsi import Rsi
from lockstep.strategies.sma_cross import SmaCross

CASES: list[Strategy] = [
    MeanReversion(),
    MeanReversion(lookback=7, entry_z_score=1.5, exit_z_score=0.0),
    SmaCross(),
    SmaCross(fast=3, slow=8, short=False),
    EmaCross(),
    EmaCross(fast=2, slow=5, short=False),
    Rsi(),
    Rsi(period=3, short=False),
    Bollinger(),
    Bollinger(lookback=5, width=1.0, short=False),
    Donchian(),
    Donchian(entry=5, exit=3, short=False),
    MacdTrend(),
    MacdTrend(fast=3, slow=6, signal=2, short=False),
    Momentum(lookback=60, skip=5),
    Momentum(lookback=5, skip=0, threshold=0.02, short=False),
    CrossSectionalMomentum(),
    CrossSectionalMomentum(lookback=10, skip=2, rebalance=3, short=True),
    Pairs(),
    Pairs(lookback=10, entry_z_score=1.5, kalman=True),
    BuyAndHold(),
]


def symbols_of(strategy: Strategy) -> int:
    """Return how many symbols a case is run on."""
    return 2 if isinstance(strategy, Pairs) else 3
