"""The whole exchange but its sockets: bytes of connections in, actions out; venue, faults, numbering and log between.

Whoever drives the gate carries out the actions of a call in their order, calls ``advance`` no later than at ``next_ns``
and ``close`` when a connection has ended. No time may be before that of an earlier call.
"""

from itertools import groupby
from typing import Any, Protocol

from lockstep.errors import ExchangeError, OrderRefusedError, WireError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.fault_rules import Cut, CutAfter, CutBefore, Fault, Pause, read_rules
from lockstep.live.exchange.faults import MS, Faults
from lockstep.live.exchange.leaving import Leaving, kind_of
from lockstep.live.exchange.log import Line, Log
from lockstep.live.exchange.peer import Action, End, Peer, Resume, Send
from lockstep.live.exchange.peer import Pause as StopReading
from lockstep.live.exchange.trading import LOG, To
from lockstep.live.exchange.venue import Venue

BATCH = 16
"""Messages that one call processes at most: so much is said to a client before anybody looks whether it reads."""
SILENCE = 3
"""Heartbeats that a client may miss."""


class Flow(Protocol):
    """Orders of nobody's that make a market."""

    def advance(self, time_ns: int) -> list[To]:
        """Let come in what is due."""

    def next_ns(self) -> int:
        """When the next one is due."""


class Gate:
    """An exchange that is open to connections. Connections have numbers from 1 up, each used once."""

    def __init__(
        self, venue: Venue, *, time_ns: int, log: Log | None = None, faults: Faults | None = None,
        flow: Flow | None = None, fault_seed: int = 0,
    ) -> None:  # fmt: skip
        self._venue, self._flow, self._seed = venue, flow, fault_seed
        self._log = log or Log()
        self._leaving = Leaving(self._log, faults or Faults())
        self._peers = self._leaving.peers
        self._log.add(Line(time_ns=time_ns, event="started", epoch=venue.epoch))
        self._log.flush()

    def open(self, connection: int, time_ns: int) -> list[Action]:
        """Take a connection."""
        self._peers[connection] = Peer(connection, time_ns)
        self._log.add(Line(time_ns=time_ns, event="opened", connection=connection))
        return self._done()

    def receive(self, connection: int, data: bytes, time_ns: int) -> list[Action]:
        """Take bytes of a connection; with none, go on with what ``waits``."""
        peer = self._peers.get(connection)
        if peer is not None:
            peer.decoder.feed(data)
            peer.heard_ns = time_ns if data else peer.heard_ns
            self._read(peer, time_ns)
        return self._done()

    def waits(self, connection: int) -> bool:
        """Return whether a connection has said more than a call processes: ``receive`` is to be called again."""
        peer = self._peers.get(connection)
        return peer is not None and peer.waits and not peer.paused_until_ns

    def close(self, connection: int, time_ns: int, reason: str = "") -> list[Action]:
        """A connection has ended, or its driver gave it up for a reason; nothing happens where that is known."""
        peer = self._peers.get(connection)
        if peer is not None:
            self._sever(peer, "closed", reason, time_ns)
        return self._done()

    def stop(self, time_ns: int) -> list[Action]:
        """Say goodbye to everyone."""
        for peer in list(self._peers.values()):
            self._say_bye(peer, m.Bye(reason="stopping", text="the exchange stops"), time_ns)
        self._log.add(Line(time_ns=time_ns, event="stopped", epoch=self._venue.epoch))
        return self._done()

    def advance(self, time_ns: int) -> list[Action]:
        """Let time pass."""
        for fault, account in self._leaving.faults.due(time_ns):
            for peer in [peer for peer in self._peers.values() if account in ("", peer.account)]:
                self._strike(peer, fault, time_ns)
        self._route(self._venue.advance(time_ns), time_ns)
        if self._flow is not None:
            self._route(self._flow.advance(time_ns), time_ns)
        self._leaving.advance(time_ns)
        for peer in list(self._peers.values()):
            self._wake(peer, time_ns)
        return self._done()

    def next_ns(self) -> int:
        """When ``advance`` is needed next, NEVER if it isn't."""
        times = [self._venue.next_ns(), self._leaving.next_ns(), self._leaving.faults.next_ns()]
        times += [self._flow.next_ns()] if self._flow is not None else []
        for peer in self._peers.values():
            paused = peer.paused_until_ns > 0
            if paused:
                times.append(peer.paused_until_ns)
            if peer.heartbeat_ns:
                times.append(peer.said_ns + peer.heartbeat_ns)
            if peer.heartbeat_ns and not paused:
                times.append(peer.heard_ns + SILENCE * peer.heartbeat_ns)
        return min(times)

    # --- coming in ----------------------------------------------------------------------------------------------------

    def _read(self, peer: Peer, time_ns: int) -> None:
        messages = peer.decoder.messages()
        peer.waits = False
        try:
            for _ in range(BATCH):
                if not self._reads(peer) or (message := next(messages, None)) is None:
                    return
                self._take(peer, message, time_ns)
            peer.waits = True
        except WireError as error:
            self._say_bye(peer, m.Bye(reason=error.reason, text=str(error)), time_ns)

    def _reads(self, peer: Peer) -> bool:
        return peer.connection in self._peers and not peer.paused_until_ns

    def _take(self, peer: Peer, message: m.FromClient, time_ns: int) -> None:
        account = message.account if isinstance(message, m.Hello) else peer.account
        if not isinstance(message, m.Heartbeat):
            self._write(peer, "received", time_ns, message=message, account=account)
        peer.taken += 1
        if message.seq != peer.taken:
            text = f"expected seq {peer.taken}, found {message.seq}"
            self._say_bye(peer, m.Bye(reason="bad_sequence", text=text), time_ns)
            return
        struck = self._leaving.faults.message(account, kind_of(message), time_ns)
        if any(isinstance(fault, CutBefore) for fault in struck):
            self._sever(peer, "cut", "cut_before", time_ns)
            return
        out = self._answer(peer, message, time_ns)
        cut = next((fault for fault in struck if isinstance(fault, CutAfter)), None)
        self._route(out, time_ns, peer if cut else None, keep=cut is not None and cut.late)
        if cut:
            self._sever(peer, "cut", "cut_after", time_ns)
        for fault in struck:
            if isinstance(fault, Pause):
                self._strike(peer, fault, time_ns)

    def _answer(self, peer: Peer, message: m.FromClient, time_ns: int) -> list[To]:
        """Let a message be processed: by the venue, unless it is about the gate's own faults."""
        if isinstance(message, m.Hello) and self._leaving.faults.refused(message.account, time_ns):
            return [(peer.connection, m.Bye(reason="login_refused", text="no login is taken for now"))]
        if isinstance(message, m.SetFaults) and self._venue.login(peer.connection):
            return [(peer.connection, self._set_faults(peer, message, time_ns))]
        out = self._venue.handle(peer.connection, message, time_ns)
        if isinstance(message, m.Hello) and self._venue.login(peer.connection) is message:
            peer.account, peer.heartbeat_ns = message.account, message.heartbeat_ms * MS
        return out

    def _set_faults(self, peer: Peer, asked: m.SetFaults, time_ns: int) -> m.Message:
        try:
            self._venue.check_admin()
            self._leaving.faults = Faults(read_rules(asked.rules), seed=self._seed, start_ns=time_ns)
        except OrderRefusedError as error:
            return self._venue.refusal(peer.connection, asked, error)
        except ExchangeError as error:
            return self._venue.refusal(peer.connection, asked, OrderRefusedError("bad_faults", str(error)))
        return m.Done(re=asked.seq)

    # --- going out ----------------------------------------------------------------------------------------------------

    def _route(self, out: list[To], time_ns: int, cut: Peer | None = None, *, keep: bool = False) -> None:
        """Send what goes out; to the connection that is cut nothing, or with ``keep`` after the next login."""
        for connection, message in out:
            peer = self._peers.get(connection)
            if connection == LOG:
                self._witness(message, time_ns)
            elif peer is None:
                continue
            elif peer is cut and keep and isinstance(message, m.Report):
                self._leaving.keep(peer.account, message, time_ns, connection)
            elif peer is cut:
                self._leaving.lose(peer, message, time_ns)
            elif isinstance(message, m.Bye):
                self._say_bye(peer, message, time_ns)
            elif isinstance(message, m.Welcome):
                self._leaving.send(peer, message, time_ns)
                self._leaving.send_late(peer, time_ns)
            else:
                self._leaving.leave(peer, message, time_ns)

    def _witness(self, message: m.Message, time_ns: int) -> None:
        account = message.account if isinstance(message, m.Report) else ""
        self._log.add(Line(time_ns=time_ns, event="made", account=account, message=message))
        if isinstance(message, m.Report) and not any(peer.account == account for peer in self._peers.values()):
            self._leaving.keep_if_late(message, time_ns)

    def _say_bye(self, peer: Peer, bye: m.Bye, time_ns: int) -> None:
        self._leaving.send(peer, bye, time_ns)
        self._sever(peer, "cut", bye.reason, time_ns)

    def _sever(self, peer: Peer, event: str, reason: str, time_ns: int) -> None:
        """Forget a connection, and have it ended unless it has ended."""
        del self._peers[peer.connection]
        self._write(peer, event, time_ns, reason=reason)
        self._leaving.actions.append(End(peer.connection))
        self._route(self._venue.close(peer.connection, time_ns), time_ns)

    def _strike(self, peer: Peer, fault: Fault, time_ns: int) -> None:
        if isinstance(fault, Cut):
            self._sever(peer, "cut", "cut", time_ns)
        elif isinstance(fault, Pause) and peer.connection in self._peers:
            peer.paused_until_ns = max(peer.paused_until_ns, time_ns + round(fault.ms * MS))
            self._write(peer, "paused", time_ns)
            self._leaving.actions.append(StopReading(peer.connection))

    def _wake(self, peer: Peer, time_ns: int) -> None:
        """Read on after a pause, send a heartbeat, and give up a client that is silent."""
        if 0 < peer.paused_until_ns <= time_ns:
            peer.paused_until_ns = 0
            # What was not read for our own sake is no silence of the client's.
            peer.heard_ns = time_ns
            self._leaving.actions.append(Resume(peer.connection))
            self._read(peer, time_ns)
        if not peer.heartbeat_ns or peer.connection not in self._peers:
            return
        if time_ns - peer.heard_ns >= SILENCE * peer.heartbeat_ns and not peer.paused_until_ns:
            text = f"nothing was heard in {SILENCE} heartbeats"
            self._say_bye(peer, m.Bye(reason="silent", text=text), time_ns)
        elif time_ns - peer.said_ns >= peer.heartbeat_ns:
            self._leaving.leave(peer, m.Heartbeat(time_ns=time_ns), time_ns)
            peer.said_ns = time_ns

    def _write(
        self, peer: Peer, event: str, time_ns: int, *, reason: str = "", message: m.Message | None = None,
        account: str = "",
    ) -> None:  # fmt: skip
        about: dict[str, Any] = {"connection": peer.connection, "account": account or peer.account, "reason": reason}
        self._log.add(Line(time_ns=time_ns, event=event, message=message, **about))

    def _done(self) -> list[Action]:
        """Write the log, then let the driver act: nothing leaves that was not written down."""
        self._log.flush()
        actions, self._leaving.actions = self._leaving.actions, []
        joined: list[Action] = []
        for connection, group in groupby(actions, lambda act: act.connection if isinstance(act, Send) else 0):
            if connection:
                joined.append(Send(connection, b"".join(act.data for act in group if isinstance(act, Send))))
            else:
                joined += group
        return joined
