"""Seeded random commands for an exchange: mostly sensible, about orders that likely live, and now and then bad.

Prices lie about a middle that swings, so that what rests is reached in the end and books stay small.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind
from lockstep.kernels.matching.frame import new_commands
from lockstep.kernels.order_terms import Force, OrderType

OWNERS, INSTRUMENTS = 6, 3
DAY_NS = 400_000
Array = npt.NDArray[Any]


def commands(seed: int, count: int) -> Array:
    """Return COMMAND[count] for OWNERS owners and INSTRUMENTS instruments."""
    chance = np.random.default_rng(seed)
    c = new_commands(count)
    c["kind"] = chance.choice([0, 1, 2, 3, 4, 5, 9], count, p=[0.605, 0.14, 0.06, 0.14, 0.02, 0.03, 0.005])
    _fill_ids(c, chance)
    _fill_prices(c, chance)
    _fill_terms(c, chance)
    c["time_ns"] = np.cumsum(chance.integers(0, 1000, count)) - 5000 * (chance.random(count) < 0.01)
    c["expiry_ns"] = c["time_ns"] + chance.integers(-2000, 100_000, count)
    _fill_phases(c, chance)
    _spoil(c, chance)
    return c


def _fill_ids(c: Array, chance: np.random.Generator) -> None:
    """New orders count up; other commands, and seldom a new order, take an id of late. The id says whose it is."""
    count = len(c)
    new = c["kind"] == CommandKind.NEW
    past = np.where(new, np.where(chance.random(count) < 0.02, 1, 0), 1) * chance.geometric(0.04, count)
    c["id"] = np.maximum(np.cumsum(new) - past, 1)
    stray = chance.random(count) < 0.02
    c["owner"] = (c["id"] + stray) % OWNERS
    c["instrument"] = (c["id"] // 2 + (chance.random(count) < 0.01)) % INSTRUMENTS
    c["side"] = np.where(new, chance.integers(0, 2, count), 0)


def _fill_prices(c: Array, chance: np.random.Generator) -> None:
    count = len(c)
    middle = np.rint(100 + 60 * np.sin(np.arange(count) / 2500)).astype(np.int64)
    away = np.rint(chance.normal(1.5, 4, count)).astype(np.int64)
    c["tick"] = middle + np.where(c["side"] == 0, -away, away)
    c["trigger"] = middle + np.rint(chance.normal(0, 6, count)).astype(np.int64)
    c["lots"] = chance.integers(1, 21, count)
    c["lots"][c["kind"] == CommandKind.REDUCE] //= 3
    c["display"] = np.where(chance.random(count) < 0.15, chance.integers(1, 6, count), 0)


def _fill_terms(c: Array, chance: np.random.Generator) -> None:
    count = len(c)
    c["type"] = chance.choice(4, count, p=[0.74, 0.1, 0.08, 0.08])
    c["force"] = chance.choice(5, count, p=[0.56, 0.1, 0.12, 0.12, 0.1])
    c["flags"] = chance.choice(4, count, p=[0.74, 0.1, 0.13, 0.03])
    c["prevention"] = chance.choice(5, count, p=[0.4, 0.15, 0.15, 0.15, 0.15])
    # Most orders that could not stay show no part and are not post-only.
    passing = ((c["type"] == OrderType.MARKET) | (c["type"] == OrderType.STOP) | (c["force"] >= Force.IOC)) & (
        chance.random(count) < 0.95
    )
    new = c["kind"] == CommandKind.NEW
    c["display"][passing & new] = 0
    c["flags"][passing] &= 2
    # Prices far outside the window: short-lived, or they would pile up.
    far = new & (chance.random(count) < 0.02)
    c["tick"][far] += chance.integers(-300, 300, int(far.sum()))
    c["force"][far] = Force.GTD


def _fill_phases(c: Array, chance: np.random.Generator) -> None:
    phase, clock = c["kind"] == CommandKind.PHASE, c["kind"] == CommandKind.TIME
    count = int(phase.sum())
    c["instrument"][phase] = chance.integers(0, INSTRUMENTS, count)
    c["lots"][phase] = chance.choice(5, count, p=[0.04, 0.26, 0.63, 0.04, 0.03])
    c["expiry_ns"][clock] = np.where(chance.random(int(clock.sum())) < 0.5, c["time_ns"][clock] + DAY_NS, 0)
    begin = np.arange(min(INSTRUMENTS, len(c)))
    c["kind"][begin], c["lots"][begin], c["instrument"][begin] = CommandKind.PHASE, Phase.CONTINUOUS, begin


def _spoil(c: Array, chance: np.random.Generator) -> None:
    """Make one number of one command in fifty what it must not be."""
    wild = {
        "id": [0, -4], "owner": [OWNERS, -1], "side": [2, -1], "type": [4, -1], "force": [5, -1], "flags": [4, -1],
        "prevention": [5, -1], "lots": [0, -3, 2**40 + 1], "display": [-1], "tick": [2**48 + 1, -(2**48) - 1],
        "trigger": [2**48 + 1, -(2**48) - 1], "instrument": [INSTRUMENTS, -1],
    }  # fmt: skip
    for name, values in wild.items():
        rows = np.flatnonzero(chance.random(len(c)) < 0.02 / len(wild))
        rows = rows[rows >= INSTRUMENTS]
        c[name][rows] = chance.choice(values, len(rows))
