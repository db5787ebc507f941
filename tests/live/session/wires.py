"""A made network between a session and an exchange: what is under way when it is cut is lost, or comes late."""

import random
from collections import deque
from typing import Any

from lockstep.live.exchange.gate import Gate
from lockstep.live.exchange.peer import End, Resume, Send

SLOWEST_NS = 1_500_000
LINGER_NS = 40_000_000
"""So long what was sent by a connection that is gone may still arrive."""


class Wire:
    """One connection. Bytes of one direction arrive in their order."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.up: deque[tuple[int, bytes]] = deque()
        self.down: deque[tuple[int, bytes]] = deque()
        self.ended_by_exchange = self.ended_here = False


class Wires:
    """All connections of a world with one exchange, whose time never falls."""

    def __init__(self, gate: Gate, chance: random.Random) -> None:
        self._gate, self._chance = gate, chance
        self._all: dict[int, Wire] = {}
        self._number = 0

    def connect(self, now_ns: int) -> Wire:
        """Open a connection."""
        self._number += 1
        wire = self._all[self._number] = Wire(self._number)
        self._do(self._gate.open(self._number, now_ns), now_ns)
        return wire

    def send(self, wire: Wire, data: bytes, now_ns: int) -> None:
        """Send bytes to the exchange."""
        self._put(wire.up, data, now_ns)

    def cut(self, wire: Wire, now_ns: int) -> None:
        """End a connection from here: what is under way to the exchange is lost, or comes late."""
        wire.ended_here = True
        wire.down.clear()
        if self._chance.random() < 0.5:
            late = now_ns + self._chance.randint(0, LINGER_NS)
            wire.up = deque((max(due, late), data) for due, data in wire.up)
            if wire.up and self._chance.random() < 0.3:
                due, data = wire.up.pop()
                wire.up.append((due, data[: self._chance.randint(0, len(data))]))
        else:
            wire.up.clear()

    def take(self, wire: Wire, now_ns: int) -> bytes | None:
        """Return what has arrived here, None where the exchange has ended the connection."""
        data = b""
        while wire.down and wire.down[0][0] <= now_ns:
            data += wire.down.popleft()[1]
        return None if not data and not wire.down and wire.ended_by_exchange else data

    def pass_time(self, now_ns: int) -> None:
        """Let the exchange have what has arrived, and do what is due."""
        gate = self._gate
        if gate.next_ns() <= now_ns:
            self._do(gate.advance(now_ns), now_ns)
        for wire in list(self._all.values()):
            while wire.up and wire.up[0][0] <= now_ns:
                self._hand(wire, wire.up.popleft()[1], now_ns)
            if wire.ended_here and not wire.up:
                self._do(gate.close(wire.number, now_ns), now_ns)
                self._all.pop(wire.number, None)

    def _hand(self, wire: Wire, data: bytes, now_ns: int) -> None:
        self._do(self._gate.receive(wire.number, data, now_ns), now_ns)
        while self._gate.waits(wire.number):
            self._do(self._gate.receive(wire.number, b"", now_ns), now_ns)

    def _do(self, actions: list[Any], now_ns: int) -> None:
        for action in actions:
            wire = self._all.get(action.connection)
            if wire is None:
                continue
            if isinstance(action, Send) and not wire.ended_here:
                self._put(wire.down, action.data, now_ns)
            elif isinstance(action, End):
                wire.ended_by_exchange = True
                wire.up.clear()
            elif isinstance(action, Resume):
                self._hand(wire, b"", now_ns)

    def _put(self, way: deque[tuple[int, bytes]], data: bytes, now_ns: int) -> None:
        due = now_ns + self._chance.randint(10_000, SLOWEST_NS)
        way.append((max(due, way[-1][0] if way else 0), data))
