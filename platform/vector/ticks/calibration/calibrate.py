"""All that can be fitted to own orders, at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.ticks.tables import Action
from lockstep.vector.ticks.calibration.delays import report_delays, request_delays, submit_delays
from lockstep.vector.ticks.calibration.impact import ImpactFit, fit_impact
from lockstep.vector.ticks.calibration.latency import LatencyFit, LatencyFits, fit_latency
from lockstep.vector.ticks.calibration.queue import QueueFit, fit_queue
from lockstep.vector.ticks.calibration.slippage import SlippageFit, fit_slippage
from lockstep.vector.ticks.frames import fill_records, order_records, request_records

Records = npt.NDArray[np.void]
Fit = TypeVar("Fit")


@dataclass(frozen=True)
class Calibration:
    """What was fitted; None, with the reason in ``left_out``, where there were too few orders for it."""

    latency: LatencyFits
    queue: QueueFit | None
    slippage: SlippageFit | None
    impact: ImpactFit | None
    left_out: dict[str, str]

    def execution(self, base: TickExecution | None = None) -> TickExecution:
        """Return settings of a tick backtest with what was fitted in them; the rest is as in ``base``.

        The law of ``slippage`` is not among them: a simulator walks the book that history displays, and so pays half
        the spread and the price of size by itself. What history can't show, the book drawing back, is ``impact``.
        """
        settings = base or TickExecution()
        settings = replace(settings, latency=self.latency.into(settings.latency))
        if self.queue is not None:
            settings = replace(settings, queue=self.queue.best.model, power=self.queue.best.power)
        if self.impact is not None:
            settings = replace(settings, impact=self.impact.impact())
        return settings

    def __str__(self) -> str:
        lines = [f"latency of {name}: {fit}" for name, fit in vars(self.latency).items() if fit is not None]
        if self.queue is not None:
            judged = self.queue.held_back
            others = len(self.queue.as_good) - 1
            alike = f"; {others} other models do as well with these orders" if others else ""
            lines.append(f"queue {self.queue.best.model}, power {self.queue.power}{alike}")
            lines.append(
                f"of {judged.orders} orders held back {judged.same_outcome} end alike; error {judged.error},"
                f" {judged.without:.4g} without a model"
            )
        if self.slippage is not None:
            lines.append(f"slippage {self.slippage.constant} ticks + {self.slippage.coefficient} a root lot")
        if self.impact is not None:
            lines.append(f"impact {self.impact.coefficient} ticks a root lot, half-life {self.impact.half_life} ns")
        return "\n".join(lines + [f"{name} left out: {why}" for name, why in self.left_out.items()])


def calibrate(ticks: Ticks, orders: Any, fills: Any, requests: Any = None) -> Calibration:
    """Fit orders and fills of live, paper or simulated trading in the market of ``ticks``.

    They are frames (polars, pandas or dicts of columns) such as ``TickResult.orders`` and ``.fills``, of which the
    columns in ``NEEDED`` of ``lockstep.vector.ticks.frames`` must be there; or TICK_ORDER[n] and TICK_FILL[m], as
    ``TickResult.records`` has them. Requests (``TickResult.requests``, or REQUEST[k]) are what the latency of cancels
    and replacements is fitted to, and what replaced orders are sent again with. Without them orders that made at
    another price than their last are known to have been replaced, and left out of the fits; other replacements can't
    be told.
    Raises ``BacktestError`` for frames without the columns, or with values that are none of theirs.
    """
    instrument = ticks.instrument
    orders, fills = order_records(orders, instrument), fill_records(fills, instrument)
    requests = None if requests is None else request_records(requests, instrument)
    left_out: dict[str, str] = {}

    def tried(name: str, fit: Callable[[], Fit]) -> Fit | None:
        try:
            return fit()
        except BacktestError as error:
            left_out[name] = str(error)
            return None

    known = orders if requests is not None else orders[~moved(orders, fills)]
    if len(known) < len(orders):
        left_out["replaced orders"] = f"{len(orders) - len(known)} of {len(orders)}: give requests, which tell of them"
    latency = LatencyFits(**{name: tried(f"latency of {name}", fit) for name, fit in _delays(orders, fills, requests)})
    return Calibration(
        latency=latency,
        queue=tried("queue", lambda: fit_queue(ticks, known, requests)),
        slippage=tried("slippage", lambda: fit_slippage(ticks, known, fills)),
        impact=tried("impact", lambda: fit_impact(ticks, known, fills, requests)),
        left_out=left_out,
    )


def moved(orders: Records, fills: Records) -> npt.NDArray[np.bool_]:
    """Return which orders made at another price than the one that they had in the end."""
    made = fills[fills["maker"] != 0]
    rows = {int(order): k for k, order in enumerate(orders["id"])}
    found = np.zeros(len(orders), bool)
    for fill in made:
        row = rows.get(int(fill["order"]))
        if row is not None and fill["tick"] != orders["tick"][row]:
            found[row] = True
    return found


def _delays(orders: Records, fills: Records, requests: Records | None) -> list[tuple[str, Callable[[], LatencyFit]]]:
    def asked(action: Action) -> LatencyFit:
        if requests is None:
            raise BacktestError("no requests were given, which say when it was asked for")
        return fit_latency(request_delays(requests, action))

    return [
        ("submit", lambda: fit_latency(submit_delays(orders))),
        ("cancel", lambda: asked(Action.CANCEL)),
        ("replace", lambda: asked(Action.REPLACE)),
        ("report", lambda: fit_latency(report_delays(orders, fills, requests))),
    ]
