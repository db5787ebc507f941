"""Records and descriptions for tests of rings."""

import numpy as np

from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.live.ring.layout import RingDescription, SymbolFacts

TOLD = RingDescription("one", (SymbolFacts("ACME", 0.01, 1.0, "USD"),), "synthetic", True)


def records(first, count):
    made = np.zeros(count, TAPE)
    made["input"] = Input.MARKET
    made["id"] = made["received_ns"] = made["tick"] = np.arange(first, first + count)
    return made


def ids(read):
    return read.records["id"].tolist()
