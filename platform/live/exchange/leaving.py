"""What leaves the exchange: numbered, written down, and met by faults on its way."""

from collections import defaultdict
from heapq import heappop, heappush
from typing import Any, NamedTuple

from msgspec.structs import replace

from lockstep.kernels.order_terms import NEVER
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.fault_rules import ORDER_REPORTS, Delay, Duplicate, Late, Lose
from lockstep.live.exchange.faults import Faults, Ruling
from lockstep.live.exchange.log import Line, Log
from lockstep.live.exchange.peer import Action, Peer, Send
from lockstep.live.exchange.protocol import encode

_UNWRITTEN = (m.Heartbeat, m.Quote, m.BookUpdate, m.Trade)
"""What the log leaves out."""


class Held(NamedTuple):
    """A message that leaves at ``due_ns``: a copy with the number that it had, or a new one with 0."""

    due_ns: int
    turn: int
    connection: int
    message: m.Message
    seq: int
    copies: tuple[Ruling, ...]


class Leaving:
    """The way out. ``actions`` gathers what the driver is to do; ``faults`` may be replaced by others at any time."""

    def __init__(self, log: Log, faults: Faults) -> None:
        self.log, self.faults = log, faults
        self.peers: dict[int, Peer] = {}
        self.actions: list[Action] = []
        self._late: dict[str, list[m.Message]] = defaultdict(list)
        self._held: list[Held] = []
        self._turn = 0

    def leave(self, peer: Peer, message: m.Message, time_ns: int) -> None:
        """Let a message leave, now or as the faults will."""
        kind = kind_of(message)
        rulings = self.faults.report(peer.account, kind)
        faults = [ruling.fault for ruling in rulings]
        if lost := next((fault for fault in faults if isinstance(fault, Lose)), None):
            peer.sent += not lost.silent
            self._write(peer, "lost", message, time_ns, "fault")
        elif any(isinstance(fault, Late) for fault in faults):
            self.keep(peer.account, message, time_ns, peer.connection)
        else:
            self._leave_when_due(peer, message, rulings, kind, time_ns)

    def _leave_when_due(self, peer: Peer, message: m.Message, rulings: list[Ruling], kind: str, time_ns: int) -> None:
        delays = [ruling for ruling in rulings if isinstance(ruling.fault, Delay)]
        copies = tuple(ruling for ruling in rulings if isinstance(ruling.fault, Duplicate))
        due = time_ns + sum(ruling.delay_ns for ruling in delays)
        if not any(isinstance(ruling.fault, Delay) and ruling.fault.overtake for ruling in delays):
            if delays or kind in ORDER_REPORTS:
                due = max(due, peer.behind_ns)
            peer.behind_ns = max(due, peer.behind_ns) if delays else peer.behind_ns
        if due > time_ns:
            self._hold(due, peer.connection, message, 0, copies)
            self._write(peer, "held", message, time_ns, "delay")
        else:
            self.send(peer, message, time_ns, copies=copies)

    def send(
        self, peer: Peer, message: m.Message, time_ns: int, *, seq: int = 0, copies: tuple[Ruling, ...] = ()
    ) -> None:
        """Send a message, under the next number unless it has one; hold its copies."""
        if not seq:
            peer.sent += 1
        stamped = replace(message, seq=seq or peer.sent)
        self.actions.append(Send(peer.connection, encode(stamped)))
        peer.said_ns = time_ns
        self._write(peer, "sent", stamped, time_ns)
        for ruling in copies:
            assert isinstance(ruling.fault, Duplicate)
            for _ in range(ruling.fault.copies):
                self._hold(time_ns + ruling.delay_ns, peer.connection, message, stamped.seq, ())
        if copies:
            self._send_due(time_ns)

    def keep(self, account: str, message: m.Message, time_ns: int, connection: int = 0) -> None:
        """Keep a report until the account's next login."""
        self._late[account].append(message)
        self.log.add(
            Line(time_ns=time_ns, event="held", connection=connection, account=account, reason="late", message=message)
        )

    def keep_if_late(self, report: m.Report, time_ns: int) -> None:
        """Keep a report to an account that is away, where the faults say so; nobody else hears of it."""
        if any(isinstance(ruling.fault, Late) for ruling in self.faults.report(report.account, kind_of(report))):
            self.keep(report.account, report, time_ns)

    def lose(self, peer: Peer, message: m.Message, time_ns: int) -> None:
        """Write down that a message never leaves."""
        self._write(peer, "lost", message, time_ns, "cut")

    def send_late(self, peer: Peer, time_ns: int) -> None:
        """Send what was kept for the account that has logged in."""
        for message in self._late.pop(peer.account, ()):
            # The request that it may have answered was another connection's.
            self.send(peer, replace(message, re=0) if isinstance(message, m.Report) else message, time_ns)

    def advance(self, time_ns: int) -> None:
        """Send what was held until now."""
        self._send_due(time_ns)

    def next_ns(self) -> int:
        """When something that is held leaves, NEVER if there is nothing."""
        return self._held[0].due_ns if self._held else NEVER

    def _send_due(self, time_ns: int) -> None:
        while self.next_ns() <= time_ns:
            held = heappop(self._held)
            peer = self.peers.get(held.connection)
            if peer is not None:
                self.send(peer, held.message, time_ns, seq=held.seq, copies=held.copies)

    def _hold(self, due_ns: int, connection: int, message: m.Message, seq: int, copies: tuple[Ruling, ...]) -> None:
        self._turn += 1
        heappush(self._held, Held(due_ns, self._turn, connection, message, seq, copies))

    def _write(self, peer: Peer, event: str, message: m.Message, time_ns: int, reason: str = "") -> None:
        if not isinstance(message, _UNWRITTEN):
            about: dict[str, Any] = {"connection": peer.connection, "account": peer.account, "reason": reason}
            self.log.add(Line(time_ns=time_ns, event=event, message=message, **about))


def kind_of(message: Any) -> str:
    """Return a message's name on the wire."""
    return str(message.__struct_config__.tag)
