"""All that can be fitted to own orders, at once."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.vector.ticks.calibration.latency import LatencyFit, fit_latency
from lockstep.vector.ticks.calibration.queue import QueueFit, fit_queue
from lockstep.vector.ticks.calibration.slippage import SlippageFit, fit_slippage

Records = npt.NDArray[np.void]


@dataclass(frozen=True)
class Calibration:
    """What was fitted; None, with the reason in ``left_out``, where there were too few orders for it."""

    latency: LatencyFit | None
    queue: QueueFit | None
    slippage: SlippageFit | None
    left_out: dict[str, str]

    def execution(self, base: TickExecution | None = None) -> TickExecution:
        """Return settings of a tick backtest with what was fitted in them."""
        settings = base or TickExecution()
        if self.latency is not None:
            constant, jitter = round(self.latency.constant.value), round(self.latency.jitter.value)
            late = replace(settings.latency, submit=constant, cancel=None, replace=None, jitter=jitter)
            settings = replace(settings, latency=late)
        if self.queue is not None:
            settings = replace(settings, queue=self.queue.best.model, power=self.queue.best.power)
        return settings

    def __str__(self) -> str:
        lines = []
        if self.latency is not None:
            lines.append(f"latency {self.latency.constant} ns, and {self.latency.jitter} ns of chance")
        if self.queue is not None:
            judged = self.queue.held_back
            lines.append(f"queue {self.queue.best.model}, power {self.queue.power}")
            lines.append(
                f"of {judged.orders} orders held back {judged.same_outcome} end alike; error {judged.error},"
                f" {judged.without:.4g} without a model"
            )
        if self.slippage is not None:
            lines.append(f"slippage {self.slippage.constant} ticks + {self.slippage.coefficient} a root lot")
        return "\n".join(lines + [f"{name} left out: {why}" for name, why in self.left_out.items()])


def calibrate(ticks: Ticks, orders: Records, fills: Records) -> Calibration:
    """Fit TICK_ORDER[n] and TICK_FILL[m] of live, paper or simulated trading in the market of ``ticks``."""
    sent = orders[orders["arrived_ns"] > 0]
    left_out: dict[str, str] = {}
    latency = queue = slippage = None
    try:
        latency = fit_latency(sent["arrived_ns"] - sent["sent_ns"])
    except BacktestError as error:
        left_out["latency"] = str(error)
    try:
        queue = fit_queue(ticks, orders)
    except BacktestError as error:
        left_out["queue"] = str(error)
    try:
        slippage = fit_slippage(ticks, orders, fills)
    except BacktestError as error:
        left_out["slippage"] = str(error)
    return Calibration(latency, queue, slippage, left_out)
