"""What all routes and streams of one gateway share."""

import asyncio
from collections.abc import Iterable
from functools import partial

from lockstep.live.gateway.jobs.board import Board
from lockstep.live.gateway.jobs.links import Links
from lockstep.live.gateway.jobs.places import Places
from lockstep.live.gateway.jobs.shelf import Shelf
from lockstep.live.gateway.monitoring.alerts import Alerts
from lockstep.live.gateway.monitoring.equity import EquityCurves
from lockstep.live.gateway.monitoring.figures import JobFigures, Refused, StreamFigures
from lockstep.live.gateway.monitoring.monitoring import Monitoring
from lockstep.live.gateway.monitoring.tail import TAIL
from lockstep.live.gateway.monitoring.watched import Watched
from lockstep.live.gateway.once import Answers
from lockstep.live.gateway.security.security import FOLDER, Security
from lockstep.live.gateway.sessions import demo
from lockstep.live.gateway.sessions.first import NAME, first_session, succeed
from lockstep.live.gateway.sessions.keeper import Keeper
from lockstep.live.gateway.sessions.kills import Kills
from lockstep.live.gateway.sessions.process import begin
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.gateway.sessions.terminal import Terminal
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.gateway.streams.hub import Hub
from lockstep.live.gateway.webhooks.delivery import Deliveries
from lockstep.live.gateway.webhooks.hooks import Webhooks
from lockstep.live.gateway.webhooks.posting import post
from lockstep.live.session.request import SessionRequest
from lockstep.live.sources.address import VARIABLE


class Gateway:
    """One running gateway: its settings and, as they come to life, its sessions, jobs, streams and figures.

    A ``bare`` one finds nothing to work with on a fresh machine and so provides it: generated bars where the store is
    empty, and a session beside a generated market. One for a ``demo`` has a session in which strategies trade.
    """

    def __init__(self, settings: GatewaySettings, *, bare: bool = False, demonstrating: bool = False) -> None:
        self.settings, self._bare, self._demonstrating = settings, bare, demonstrating
        self.security = Security(settings)
        self.terminal = Terminal()
        """What is for people who look at the terminal."""
        begun = partial(begin, environment={VARIABLE: settings.data_ingestion_url})
        self.keeper = Keeper(settings.home, begun=begun, changed=self._session_changed)
        self.kills = Kills(settings.home / FOLDER, lambda: self.keeper.sessions, self.security.audit.append)
        folders = {"home": settings.home, **({"store": settings.store} if settings.store else {})}
        self.webhooks = Webhooks(settings.home / FOLDER, settings.webhook_hosts)
        self.deliveries = Deliveries(self.webhooks, settings.webhook_hosts, post)
        self.alerts = Alerts(seen=self.deliveries.tell)
        self.monitoring = Monitoring(
            lambda: self.watched(), folders=folders, symbols=settings.metric_symbols, alerts=self.alerts
        )
        self.equity = EquityCurves(self.monitoring.statuses, lambda session_id: self.keeper.folder / session_id)
        self._preparing: asyncio.Task[object] | None = None
        self.links = Links()
        self._renewed = False
        """Was another demonstration opened in place of one that could not go on? Once is enough."""
        self.hub = Hub()
        self.hub.first = self._meant
        self._telling: asyncio.Task[None] | None = None
        self._told: set[str] = set()
        """Sessions that streams tell of."""

    async def start(self) -> None:
        """Come to life, before the first request is answered."""
        self.security.start()
        self.answers = Answers(self.settings.home / FOLDER / "answers.sqlite")
        self._telling = asyncio.create_task(self.hub.run(), name="streams")
        store = self.settings.store
        environment = {} if store is None else {"LOCKSTEP_STORE": str(store)}
        self.board = Board(
            Shelf(self.settings.home / "jobs"), environment, Places(self.settings.home, self.settings.imports),
            lambda job: self.hub.publish("jobs", {"type": "job", **job.brief()}),
        )  # fmt: skip
        self.monitoring.sources += [
            JobFigures(self.board), StreamFigures(self.hub), Refused(self.security.refusals), TAIL, self.alerts,
            self.deliveries,
        ]  # fmt: skip
        self.keeper.find()
        self.kills.start()
        self._provide()
        self.monitoring.start()
        self.equity.start()
        if self._bare:
            self._preparing = asyncio.create_task(self.board.ask("sample"))
            self._preparing.add_done_callback(self._go_on)
        else:
            self.board.go_on()

    def _go_on(self, prepared: "asyncio.Task[object]") -> None:
        """Do the jobs that an earlier gateway left, once there is something to do them with."""
        if not prepared.cancelled():
            self.board.go_on()

    def _provide(self) -> None:
        """Open the session that is to be there from the start."""
        store, journal = self.settings.store, self.settings.journal
        if self._demonstrating:
            demo.provide(self.keeper, demo.demo_session(store, journal))
        elif self._bare and not self.keeper.sessions:
            self.keeper.open(self._first(), NAME)

    def watched(self) -> Iterable[Watched]:
        """Return the sessions whose figures are told."""
        return tuple(self.keeper.sessions.values())

    @property
    def mode(self) -> str:
        """``live`` where a session trades live, ``paper`` where one runs, else ``none``."""
        modes = {each.mode for each in self.watched() if each.state == "running"}
        return "live" if "live" in modes else "paper" if modes else "none"

    def _meant(self) -> str:
        first = self.keeper.first
        return "" if first is None else first.id

    def _session_changed(self, session: RunningSession) -> None:
        """A session runs, or runs no more: who may ask, and what streams tell, goes by that."""
        self.security.live = any(each.live and each.running for each in self.keeper.sessions.values())
        self.terminal.hear(session)
        if session.state == "running" and session.id not in self._told:
            self._told.add(session.id)
            self.hub.add(session)
        elif session.state in ("ended", "failed") and session.id in self._told:
            self._told.remove(session.id)
            self.hub.remove(session.id)
        if session.state == "failed" and self._bare:
            succeed(self.keeper, session, self._first())
        if session.state == "failed" and self._demonstrating and not self._renewed:
            self._renewed = demo.renew(
                self.keeper, session, demo.demo_session(self.settings.store, self.settings.journal)
            )

    def _first(self) -> SessionRequest:
        return first_session(self.settings.store, self.settings.journal)

    async def prepared(self) -> None:
        """Wait until what a bare gateway provides is there."""
        if self._preparing is not None:
            await asyncio.shield(self._preparing)

    def ending(self) -> None:
        """Say what ends, before anything is waited for."""
        self.terminal.ending(self._running())

    def _running(self) -> list[RunningSession]:
        return [each for each in self.keeper.sessions.values() if each.running]

    async def stop(self) -> None:
        """End in order: what is hosted ends, what is asked is answered."""
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait([self._preparing])
        await self.kills.stop()
        running = self._running()
        await self.keeper.stop()
        self.terminal.ended(running)
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.wait([self._telling])
        await self.equity.stop()
        await self.monitoring.stop()
        await self.deliveries.stop()
        await self.board.stop()
        self.answers.close()
        await self.security.stop()
