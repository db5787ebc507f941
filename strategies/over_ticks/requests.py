"""What a strategy asked of the exchange, and when: records that latencies and replacements are read off."""

import numpy as np
import numpy.typing as npt

from lockstep.kernels.order_terms import NO_TICK, STOPS, OrderType

REQUEST = np.dtype(
    [
        ("order", np.int64),  # id
        ("kind", np.int64),  # Action
        ("sent_ns", np.int64),
        ("arrived_ns", np.int64),  # at the exchange
        ("tick", np.int64),
        ("trigger", np.int64),  # of a stop; NO_TICK: none, or a replacement leaves it as it is
        ("trail", np.int64),  # of a trailing stop, as OWN has it; 0: none, or a replacement leaves it as it is
        ("lots", np.int64),  # of a replacement with those filled; 0 of a cancel
    ],
    align=True,
)
"""A request to the exchange; live and paper trading can fill such records as well."""


def requests_of(intents: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return REQUEST[n] of INTENT[n], in the order of sending."""
    found = np.zeros(len(intents), REQUEST)
    found["kind"], found["arrived_ns"] = intents["action"], intents["arrives_ns"]
    for name in ("order", "sent_ns", "tick", "trigger", "lots"):
        found[name] = intents[name]
    trails = intents["type"] == OrderType.TRAILING_STOP
    found["trail"] = np.where(trails & (intents["trigger"] != NO_TICK), intents["trigger"], 0)
    found["trigger"][trails | ~np.isin(intents["type"], STOPS)] = NO_TICK
    return found[np.lexsort((found["kind"], found["order"], found["sent_ns"]))]
