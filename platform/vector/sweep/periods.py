"""How many returns a run will have, which must be known before the first so that they can be told into blocks."""

import numpy as np

from lockstep.data.bars import Bars
from lockstep.kernels.stats.statistics import Rules


def count_periods(bars: Bars, rules: Rules) -> int:
    """Return the number of period returns of a run over all the bars, 1 at least."""
    return max((bars.rows if rules.per_bar else count_sessions(bars)) - int(rules.skip_first), 1)


def count_sessions(bars: Bars) -> int:
    """Return the number of sessions in which the bars have a row."""
    before, sessions = None, 0
    for block in bars.blocks():
        session = block.session
        sessions += int(np.count_nonzero(np.diff(session))) + (before is None or int(session[0]) != before)
        before = int(session[-1])
    return sessions
