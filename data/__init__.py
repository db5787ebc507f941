"""Histories: a store of memory-mapped bars, the instruments they belong to, and the importers that fill it.

from lockstep.data import Store
bars = Store().bars(["AAPL", "MSFT"], interval="1d", start="2005-01-01", end="2012-12-31")
for block in bars.blocks():
    ...
"""

from lockstep.data.actions import Action
from lockstep.data.align import align
from lockstep.data.bars import Bars
from lockstep.data.blocks import BarBlock
from lockstep.data.instrument import Instrument
from lockstep.data.store import Dataset, Store

__all__ = ["Action", "BarBlock", "Bars", "Dataset", "Instrument", "Store", "align"]
