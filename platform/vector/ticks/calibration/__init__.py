"""A simulator fitted to own orders: latency, queue and impact, with their uncertainty, judged on held-back fills."""

from lockstep.vector.ticks.calibration.calibrate import Calibration, calibrate
from lockstep.vector.ticks.calibration.impact import ImpactFit, fit_impact
from lockstep.vector.ticks.calibration.latency import LatencyFit, LatencyFits, fit_latency
from lockstep.vector.ticks.calibration.queue import QueueFit, fit_queue
from lockstep.vector.ticks.calibration.slippage import SlippageFit, fit_slippage

__all__ = [
    "Calibration",
    "ImpactFit",
    "LatencyFit",
    "LatencyFits",
    "QueueFit",
    "SlippageFit",
    "calibrate",
    "fit_impact",
    "fit_latency",
    "fit_queue",
    "fit_slippage",
]
