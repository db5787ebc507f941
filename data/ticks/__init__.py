"""Tick histories: events of a book, in memory and in the store, and the readers of feeds that bring them."""

from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.reader import Batch, Level, Reader
from lockstep.data.ticks.ticks import Ticks

__all__ = ["Batch", "Findings", "Level", "Reader", "Ticks", "Trouble"]
