"""An exchange from its settings: what is listed, what goes wrong, where the log lies."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lockstep.errors import ExchangeError
from lockstep.kernels.book.events import Phase
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.fault_rules import Rule, read_rules
from lockstep.live.exchange.faults import Faults
from lockstep.live.exchange.flow import SeededFlow
from lockstep.live.exchange.gate import Gate
from lockstep.live.exchange.listing import read_listings
from lockstep.live.exchange.log import Log, LogFile
from lockstep.live.exchange.protocol import encode
from lockstep.live.exchange.server import Clock, Server, serve
from lockstep.live.exchange.venue import Venue


@dataclass(frozen=True)
class Settings:
    """What an exchange is started with; `lockstep exchange --help` says what each means."""

    instruments: str
    log: Path | None = None
    sync: bool = False
    faults: Path | None = None
    fault_seed: int = 0
    flow: int | None = None
    flow_speed: float = 1.0
    phase: str = "continuous"
    admin: bool = False


def build(settings: Settings, write: Callable[[bytes], object] | None, time_ns: int) -> Gate:
    """Return an exchange whose epoch is the time of its start. Raises ExchangeError."""
    phases = {phase.name.lower(): phase for phase in Phase}
    if settings.phase not in phases:
        raise ExchangeError(f"a phase is {', '.join(phases)}; found {settings.phase!r}")
    rules = _read_faults(settings.faults) if settings.faults else []
    venue = Venue(
        read_listings(settings.instruments), epoch=time_ns, start_ns=time_ns, phase=phases[settings.phase],
        admin=settings.admin,
    )  # fmt: skip
    flow = None
    if settings.flow is not None:
        flow = SeededFlow(venue.trading, seed=settings.flow, start_ns=time_ns, speed=settings.flow_speed)
    return Gate(
        venue, time_ns=time_ns, log=Log(write), faults=Faults(rules, seed=settings.fault_seed, start_ns=time_ns),
        flow=flow, fault_seed=settings.fault_seed,
    )  # fmt: skip


def _read_faults(path: Path) -> list[Rule]:
    try:
        return read_rules(path.read_bytes())
    except OSError as error:
        raise ExchangeError(f"the script of faults {path} can't be read: {error.strerror}") from error


def _warm_up(settings: Settings) -> None:
    """Trade a little where nobody sees it: kernels are compiled or loaded, so that no client waits for that."""
    gate = build(replace(settings, log=None, faults=None, phase="continuous"), None, 0)
    symbol = settings.instruments.partition(":")[0]
    order = m.New(seq=2, client_id="warm", symbol=symbol, side="buy", quantity="1", type="market")
    gate.open(1, 0)
    for message in (m.Hello(seq=1, account="warm"), order, m.Subscribe(seq=3, symbol=symbol, book=True)):
        gate.receive(1, encode(message), 0)
    gate.advance(1_000_000_000)


def run(settings: Settings, host: str, port: int, *, expose: bool, told: Callable[[int], None]) -> None:
    """Run an exchange until the process is asked to end; ``told`` hears the port. Raises ExchangeError."""
    file = LogFile(settings.log, sync=settings.sync) if settings.log else None
    try:
        _warm_up(settings)
        gate = build(settings, file.write if file else None, time.time_ns())
        asyncio.run(serve(Server(gate, Clock()), host, port, expose=expose, told=told))
    finally:
        if file:
            file.close()
