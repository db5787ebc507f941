"""Own orders sent again through a simulator, each when it arrived, and what would have been filled."""

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.order_terms import OrderType
from lockstep.kernels.ticks.bind import bind
from lockstep.kernels.ticks.tables import OrderState
from lockstep.vector.ticks.backtest import driven_over
from lockstep.vector.ticks.calibration.script import Scripted, script_of

Records = npt.NDArray[np.void]


def scripted(orders: Records) -> Records:
    """Return the TICK_ORDER[n] that can be sent again, ascending by arrival: those that the exchange took."""
    reached = orders[(orders["arrived_ns"] > 0) & (orders["state"] != OrderState.REJECTED)]
    ascending: Records = reached[np.argsort(reached["arrived_ns"], kind="stable")]
    return ascending


def replayed(ticks: Ticks, orders: Records, settings: TickExecution, requests: Records | None = None) -> Records:
    """Return the fills, TICK_FILL[k] with the ids of ``orders``, that the same orders find under ``settings``."""
    sent = scripted(orders)
    script = script_of(sent, requests)
    bound = bind(Scripted.compiled_act, script, Scripted().params)
    fills = driven_over(ticks, Scripted(), settings, 0.0, bound, script).drive().written("fills").copy()
    fills["order"] = sent["id"][fills["order"] - 1]
    return fills


def is_market(orders: Records) -> npt.NDArray[np.bool_]:
    """Return which orders took at any price."""
    return np.asarray(orders["type"] == OrderType.MARKET)
