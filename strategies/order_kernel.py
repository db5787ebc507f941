"""Order kernels: strategies that see the order book, their own orders and their position, and send orders.

``init(params)`` makes the state; ``act(state, desk, params)`` looks at the desk, gives orders and returns the next
state. It is compiled alone and called by its address, so a new one compiles in seconds however large the engine is.
What it may do with the desk stands in ``lockstep.kernels.ticks.desk``; prices are in ticks, sizes in lots, times in ns.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from lockstep.kernels._jit import kernel
from lockstep.strategies.base import Strategy


class OrderKernel(Strategy):
    """Base of strategies for ticks.

    A subclass declares parameters as class fields and gives static ``init`` and ``act``::

        class Joiner(OrderKernel):
            lots: int = param(10, low=1)

            @staticmethod
            def init(params):
                return Nothing(0)

            @staticmethod
            def act(state, desk, params):
                if position(desk) == 0 and open_orders(desk) == 0:
                    submit_limit(desk, BID, best_bid(desk), params.lots)
                return state

    It acts first when the history begins, and then as ``on_feed``, ``on_report`` and ``wake_at`` say.
    """

    order_kernel: ClassVar[bool] = True
    on_feed: ClassVar[bool] = True
    """Act whenever the book is whole again after an event. False for strategies that live by their timer: faster."""
    on_report: ClassVar[bool] = False
    """Act whenever a report about an own order arrives."""
    goal: ClassVar[str] = ""
    """Name of the parameter that says how many lots are to be traded in all, of strategies that work one order."""
    act: ClassVar[Callable[..., Any]]
    compiled_act: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "act" in cls.__dict__:
            cls.compiled_act = staticmethod(kernel(cls.act))
