"""The board: jobs wait their turn, workers do them, everybody sees how far they are."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from secrets import token_hex
from typing import Any

from lockstep.live.gateway.jobs.job import Job, JobError
from lockstep.live.gateway.jobs.places import Places
from lockstep.live.gateway.jobs.shelf import Shelf
from lockstep.live.gateway.jobs.worker import Worker, WorkerError
from lockstep.live.gateway.problems import Problem

WORKERS = 2
WAITING = 100
"""Jobs that may wait."""
IDLE_SECONDS = 60.0
"""After so long without work a worker ends: its memory is for others."""


class Board:
    """Jobs of one gateway. ``seen`` is called with each job whenever it has come further."""

    def __init__(
        self, shelf: Shelf, environment: Mapping[str, str], places: Places, seen: Callable[[Job], None] | None = None
    ) -> None:
        self._shelf, self._environment, self._places = shelf, dict(environment), places
        self.seen = seen
        self._waiting = deque(job for job in shelf.jobs.values() if not job.ended)
        self._ended = {job.id: asyncio.Event() for job in self._waiting}
        self._stopping = False
        self._running: dict[str, asyncio.Task[None]] = {}
        self._idle: list[Worker] = []
        self._asking = asyncio.Semaphore(WORKERS)
        """For what is no job, beside those that do jobs: many who ask at once wait for one another."""
        self._leaving: dict[Worker, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def jobs(self) -> list[Job]:
        """All that are known, the oldest first."""
        return list(self._shelf.jobs.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many are queued and running."""
        return {"queued": len(self._waiting), "running": len(self._running)}

    def job(self, id_: str) -> Job:
        """Return a job; raises ``Problem`` where there is none."""
        found = self._shelf.jobs.get(id_)
        if found is None:
            raise Problem(404, "NOT_FOUND", f"there is no job {id_}: GET /api/jobs lists all")
        return found

    def known(self, asked_by: str, key: str) -> Job | None:
        """Return what was asked for under a key, None for none."""
        asked = (job for job in self._shelf.jobs.values() if key and (job.asked_by, job.key) == (asked_by, key))
        return next(asked, None)

    def result(self, job: Job) -> bytes | None:
        """Return what came of a job, as JSON."""
        return self._shelf.result(job)

    def file(self, job: Job, name: str) -> Any:
        """Return the path of a file that a job left."""
        return self._shelf.folder_of(job) / name

    def submit(self, kind: str, request: Mapping[str, Any], asked_by: str = "", key: str = "", name: str = "") -> Job:
        """Take a job, or return that which the same asker asked for under the same key.

        Raises ``Problem`` where too many wait, and where under its key something else was asked.
        """
        known = self.known(asked_by, key)
        if known is not None:
            if (known.kind, known.request, known.name) != (kind, dict(request), name):
                raise Problem(422, "IDEMPOTENCY_KEY_REUSED", f"under this Idempotency-Key job {known.id} was asked for,"
                              " and this is something else: use another key", jobId=known.id)  # fmt: skip
            return known
        if len(self._waiting) >= WAITING:
            raise Problem(429, "TOO_MANY_JOBS", f"{WAITING} jobs wait already: cancel some, or ask again later",
                          headers={"Retry-After": "10"})  # fmt: skip
        job = Job(
            id=f"{kind.replace('_', '-')}-{token_hex(6)}",
            kind=kind,
            request=dict(request),
            asked_by=asked_by,
            key=key,
            name=name,
        )
        self._shelf.put(job)
        self._ended[job.id] = asyncio.Event()
        self._waiting.append(job)
        self._tell(job)
        self._begin()
        return job

    def go_on(self) -> None:
        """Begin with what waits since an earlier gateway ended."""
        self._begin()

    async def wait(self, job: Job, seconds: float) -> bool:
        """Wait until a job has ended, so long at most; is it?"""
        if not job.ended:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended[job.id].wait(), seconds)
        return job.ended

    async def cancel(self, job: Job) -> None:
        """Let nothing come of a job; one that has ended stays as it is."""
        if job in self._waiting:
            self._waiting.remove(job)
            self._finish(job, "cancelled")
        elif task := self._running.get(job.id):
            task.cancel()
            await asyncio.wait([task])

    async def ask(self, kind: str, body: Mapping[str, Any] | None = None, seconds: float = 60.0) -> dict[str, Any]:
        """Have a short piece of work done that is no job: a list of what is stored.

        Raises ``Problem``, and ``TimeoutError`` where it takes longer.
        """
        async with self._asking:
            worker = await self._worker()
            try:
                done = await asyncio.wait_for(worker.do(kind, body or {}, self._shelf.folder, lambda *_: None), seconds)
            except WorkerError as error:
                self._give_back(worker)
                code = _code(error.kind)
                raise Problem(_status(code), code, self._places.told(error.message)) from None
            except BaseException:
                await worker.end()
                raise
            self._give_back(worker)
            return done

    async def stop(self) -> None:
        """End all workers; what waits and what was being done is for the next gateway."""
        self._stopping = True
        self._waiting.clear()
        for task in (running := tuple(self._running.values())):
            task.cancel()
        if running:
            await asyncio.wait(running)
        for worker in self._idle:
            await worker.end()
        for handle in self._leaving.values():
            handle.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def _begin(self) -> None:
        while self._waiting and len(self._running) < WORKERS:
            job = self._waiting.popleft()
            self._running[job.id] = asyncio.create_task(self._do(job))

    async def _do(self, job: Job) -> None:
        worker = None
        try:
            job.state, job.started_ns, job.attempts = "running", time.time_ns(), job.attempts + 1
            self._shelf.keep(job)
            self._tell(job)
            body = self._places.body(job.kind, job.request)
            worker = await self._worker()
            result = await worker.do(job.kind, body, self._shelf.folder_of(job), lambda *at: self._far(job, *at))
            self._shelf.keep_result(job, {"jobId": job.id, **result})
            self._give_back(worker)
            self._finish(job, "done")
        except WorkerError as error:
            if worker is not None:
                self._give_back(worker)
            self._finish(job, "failed", JobError(error.kind, self._places.told(error.message)))
        except asyncio.CancelledError:
            if worker is not None:
                await worker.end()
            if self._stopping:
                self._put_back(job)
            else:
                self._finish(job, "cancelled")
        except Exception as error:  # a disk that is full: the job has failed, the board goes on
            if worker is not None:
                await worker.end()
            self._finish(job, "failed", JobError(type(error).__name__, self._places.told(str(error))))
        finally:
            del self._running[job.id]
            self._begin()

    def _far(self, job: Job, stage: str, share: float) -> None:
        job.stage, job.progress = self._places.told(stage), share
        self._tell(job)

    def _finish(self, job: Job, state: Any, error: JobError | None = None) -> None:
        job.state, job.error, job.ended_ns = state, error, time.time_ns()
        if state == "done":
            job.progress = 1.0
        with suppress(OSError):  # a full disk keeps nobody waiting
            self._shelf.keep(job)
        self._tell(job)
        self._ended.pop(job.id).set()

    def _put_back(self, job: Job) -> None:
        """The gateway ends in order: that is no attempt."""
        job.wait_again()
        job.attempts -= 1
        with suppress(OSError):
            self._shelf.keep(job)
        self._ended.pop(job.id).set()

    def _tell(self, job: Job) -> None:
        if self.seen is not None:
            self.seen(job)

    async def _worker(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            self._leaving.pop(worker).cancel()
            if worker.alive:
                return worker
            await worker.end()
        return await Worker.started(self._environment)

    def _give_back(self, worker: Worker) -> None:
        self._idle.append(worker)
        self._leaving[worker] = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._leave, worker)

    def _leave(self, worker: Worker) -> None:
        del self._leaving[worker]
        self._idle.remove(worker)
        task = asyncio.ensure_future(worker.end())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_CODES = {
    "NoDataError": "NO_DATA", "UnknownSymbolError": "UNKNOWN_SYMBOL", "ParameterError": "BAD_PARAMETER",
    "StrategyError": "BAD_STRATEGY", "RequestError": "BAD_REQUEST", "SweepError": "BAD_REQUEST",
    "SplitError": "BAD_REQUEST", "UnknownMetricError": "BAD_REQUEST", "UnknownConventionError": "BAD_REQUEST",
    "BacktestError": "BAD_REQUEST", "RiskLimitsError": "BAD_LIMITS", "DataError": "BAD_DATA",
    "AmbiguousDatasetError": "BAD_DATA", "WorkerEnded": "WORKER_ENDED", "Interrupted": "INTERRUPTED",
}  # fmt: skip


def _code(kind: str) -> str:
    return _CODES.get(kind, "REFUSED")


def _status(code: str) -> int:
    return 404 if code in ("NO_DATA", "UNKNOWN_SYMBOL") else 422


def failed(job: Job) -> Problem:
    """Return the problem that a failed or cancelled job is."""
    if job.error is None:
        return Problem(409, "CANCELLED", f"job {job.id} was cancelled", jobId=job.id)
    code = _code(job.error.type)
    return Problem(500 if job.error.type == "Exception" else _status(code), code, job.error.message, jobId=job.id)
