"""Databento's DBN, versions 1 to 3: tick histories, bars, and every record in named fields."""

from lockstep.data.ticks.dbn.bars import bars_frame as bars_frame
from lockstep.data.ticks.dbn.layout import record_types as record_types
from lockstep.data.ticks.dbn.metadata import Metadata as Metadata
from lockstep.data.ticks.dbn.names import defined_instruments as defined_instruments
from lockstep.data.ticks.dbn.reader import DbnReader as DbnReader
from lockstep.data.ticks.dbn.records import Records as Records
from lockstep.data.ticks.dbn.records import metadata as metadata
from lockstep.data.ticks.dbn.records import records as records

__all__ = [
    "DbnReader",
    "Metadata",
    "Records",
    "bars_frame",
    "defined_instruments",
    "metadata",
    "record_types",
    "records",
]
