"""Orders, cancels and replacements as the records that the engine takes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import OrderError
from lockstep.kernels.orders.tables import INTENT
from lockstep.kernels.orders.terms import Action, Trail
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.orders import SIZES, TIMES, TRAILS, TYPES, Cancel, Order, Replace, Request, expires_ns


def encode(requests: Sequence[tuple[int, Request]], symbols: Mapping[str, int]) -> npt.NDArray[np.void]:
    """Return INTENT[n] for (row, request) pairs, in order of rows; ``symbols`` numbers the symbols.

    Raises ``OrderError`` for a symbol that is not traded.
    """
    made = np.zeros(len(requests), INTENT)
    for name in ("value", "limit", "stop", "trail", "stop_loss", "take_profit"):
        made[name] = np.nan
    made["parent"] = made["group"] = -1
    for record, (row, request) in zip(made, sorted(requests, key=lambda pair: pair[0]), strict=True):
        if request.symbol not in symbols:
            raise OrderError(f"an order for {request.symbol!r}, but traded are {', '.join(symbols)}")
        record["row"], record["symbol"], record["tag"] = row, symbols[request.symbol], request.tag
        write = next(write for kind, write in _WRITE.items() if isinstance(request, kind))
        write(record, request)
    return made


def _price(value: float | None) -> float:
    return math.nan if value is None else value


def _new(record: Any, order: Order) -> None:
    for name, plain in (("display", None), ("prevention", "newest")):
        if getattr(order, name) != plain:
            raise OrderError(
                f"over bars an order has no {name}, found {getattr(order, name)!r}: there is no queue to stand in,"
                " leave it out or trade over ticks"
            )
    record["action"], record["type"], record["tif"] = Action.NEW, TYPES[order.type], TIMES[order.tif]
    record["flags"], record["kind"], record["value"] = order.flags, SIZES[order.size], order.quantity
    record["limit"], record["stop"] = _price(order.limit), _price(order.stop)
    record["stop_loss"], record["take_profit"] = _price(order.stop_loss), _price(order.take_profit)
    if order.trail is not None:
        record["trail_kind"], record["trail"] = TRAILS[order.trail[0]], order.trail[1]
    record["group"] = -1 if order.group is None else order.group
    record["parent"] = -1 if order.parent is None else order.parent
    record["expire_ns"] = expires_ns(order.expires)


def _cancel(record: Any, _request: Cancel) -> None:
    record["action"], record["kind"], record["trail_kind"] = Action.CANCEL, Instruction.AMOUNT, Trail.NONE


def _replace(record: Any, request: Replace) -> None:
    record["action"], record["kind"] = Action.REPLACE, Instruction.AMOUNT
    record["value"], record["limit"] = _price(request.quantity), _price(request.limit)
    record["stop"], record["trail"] = _price(request.stop), _price(request.trail)


_WRITE: dict[type, Any] = {Order: _new, Cancel: _cancel, Replace: _replace}
