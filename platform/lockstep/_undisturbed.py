"""A process whose event loop answers orders: the interpreter itself keeps it waiting as little as can be."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_SECONDS = 1e-4
"""How long another thread may keep the loop's waiting for the interpreter; Python's 5 ms make a late order."""
YOUNG = 20_000
"""New objects before the youngest are looked through for garbage in circles, of which there is little."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Have threads change often, and garbage looked for seldom and only among objects that are made from here on."""
    switch, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(YOUNG, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        sys.setswitchinterval(switch)
