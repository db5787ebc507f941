"""The portions of a sweep on many machines, by a Dask scheduler.

The sweep is packed once and handed to the scheduler as a task, so that it outlives any worker; the workers fetch it
from one another. Only a few portions are under way for each thread: what comes back is put in place and kept before
more is sent, so the cluster's memory doesn't fill and there is little to cancel.

A scheduler blames a dying worker on every task that was sent to it, also on those that only waited there. A portion
that it gives up for that (``KilledWorker``) is therefore tried again at the end with nothing of ours beside it, and
only then marked as failed.
"""

import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep._extras import how_to_install
from lockstep.data.located import anchored
from lockstep.errors import LockstepError, SweepError
from lockstep.vector.sweep.cells import TIME_BLOCKS
from lockstep.vector.sweep.cores import cores
from lockstep.vector.sweep.fingerprint import ARITHMETIC, differences, fingerprint, fingerprint_of_packed
from lockstep.vector.sweep.packing import packed
from lockstep.vector.sweep.plan import Plan, Portion
from lockstep.vector.sweep.portion import Found, Status
from lockstep.vector.sweep.request import Request
from lockstep.vector.sweep.worker import Answer, Job, carry, run_job

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT = 10.0
"""Seconds that a scheduler may take to answer, and a first worker to be there."""

WITHOUT_WORKERS = 60.0
"""Seconds without any worker after which a sweep is given up: killed ones are back within some."""

FETCH = 10.0
"""Seconds that a result may take to come; one that was lost with its worker comes when it was worked out again."""

LOOK = 1.0
"""Seconds between two looks at which workers there are."""

AHEAD = 3
"""Portions under way for each thread."""

PIECES = 4
"""Portions that each thread is to get at least, so that none waits long for the last."""

STEP = {"numba": 32, "jax": 1024, "runs": 8}
"""Sets that are run together: portions are multiples."""

RETRIES = 2
"""How often a portion is tried again that raised what may go better elsewhere, such as a folder that was away."""

TOLD = 100
"""Sets of a portion whose failure is told one by one."""

Report = Callable[[int], None]
Put = Callable[[Portion, Found, bool], None]
"""Takes a portion, what it came to, and whether that is worth keeping."""


class ClusterWarning(UserWarning):
    """A cluster does less than was hoped: a worker is left out, or a portion could not be run."""


class Stopped(Exception):
    """The cluster can't go on; what is done is done."""


@contextmanager
def connected(given: Any) -> Iterator["Cluster | None"]:
    """Give the cluster of an address or client; one that was given stays open. None gives None."""
    if given is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise SweepError(f"cluster= needs Dask, which is not installed: {how_to_install('cluster')}") from error
    if isinstance(given, Client):
        if given.asynchronous:
            raise SweepError("cluster= takes a client that waits, Client(address), found an asynchronous one")
        yield Cluster(given)
    elif isinstance(given, str):
        with _opened(given) as client:
            yield Cluster(client)
    else:
        raise SweepError(
            f"cluster= takes the address of a scheduler ('tcp://10.0.0.1:8786') or a dask.distributed.Client, found "
            f"{given!r}"
        )


def _opened(address: str) -> "Client":
    from distributed import Client

    try:
        return Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SweepError(
            f"no scheduler answers at {address!r} ({error}): start one with `dask scheduler` and use the tcp:// "
            "address that it shows"
        ) from error


class Cluster:
    """A Dask cluster whose workers are fit for a sweep."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._bad: set[str] = set()
        self.address = str(client.scheduler.address)

    def check(self, request: Request) -> None:
        """Compare all workers with this process; see ``fingerprint``.

        Raises ``SweepError`` where there is none, and for those that differ. Results to the bit are promised where the
        workers' logarithms and powers are this machine's; where they are not, a ``ClusterWarning`` tells.
        """
        try:
            self._client.wait_for_workers(1, timeout=CONNECT)
        except TimeoutError as error:
            raise SweepError(
                f"no worker is connected to {self.address}: start some with `dask worker {self.address}`"
            ) from error
        kind = request.space.strategy_class
        here, unfit, rounding = fingerprint(kind), [], []
        for address, there in self._client.run(fingerprint_of_packed, packed(kind), on_error="return").items():
            if not isinstance(there, dict):
                unfit.append(f"  {address}: {there if isinstance(there, str) else f'{type(there).__name__}: {there}'}")
                continue
            found = differences(here, there)
            if found.pop(ARITHMETIC, None):
                rounding.append(address)
            if found:
                unfit.append(f"  {address}: {'; '.join(found.values())}")
        if unfit:
            raise SweepError(
                "workers differ from this process, and what they measure could differ too; nothing was started:\n"
                + "\n".join(unfit)
                + "\ninstall the same versions and the same code there, then start those workers again"
            )
        if rounding:
            warnings.warn(
                f"on {', '.join(rounding)} logarithms and powers may differ from this machine's in the last bit: "
                "metrics that use them agree to 1e-15, not to the bit (see docs/cluster.md)",
                ClusterWarning,
                stacklevel=4,
            )

    def threads(self) -> int:
        """Return how many tasks the workers run at a time."""
        return sum(self._workers().values())

    def cut(self, plan: Plan, request: Request, backend: str) -> Plan:
        """Return the plan with portions small enough for all threads to have work until the end."""
        threads, runs = self.threads(), len(request.slices) * len(request.policies)
        wanted = -(-PIECES * threads // runs)
        step = STEP[backend]
        size = max(-(-request.space.size // (wanted * step)) * step, step)
        return replace(plan, portion=min(plan.portion, size), seconds=plan.seconds * cores() / max(threads, 1))

    def run(
        self,
        request: Request,
        backend: str,
        todo: Sequence[Portion],
        done: int,
        put: Put,
        report: Callable[[int], None],
    ) -> None:
        """Run portions, in any order, and put each in place as soon as it is done.

        Raises ``Stopped`` when no worker or no scheduler is left, what a portion raises on any machine, and
        ``KeyboardInterrupt``; what is finished by then is put in place, and what has not begun is cancelled.
        ``SweepError`` where ``done``, how many others are done, is 0 and all of these fail.
        """
        flight = _Flight(self, request, backend, put, report)
        try:
            flight.fly(todo)
            if flight.failures and len(flight.failures) == len(todo) + done:
                raise SweepError(f"no portion could be run on the cluster: {flight.failures[0]}")
        except KeyboardInterrupt:
            flight.land()
            raise
        finally:
            flight.cancel()

    def submit(self, function: Callable[..., Any], *arguments: Any, key: str) -> "Future":
        """Send a task to any worker that was not found unfit."""
        import dask

        limits: dict[str, Any] = {}
        if self._bad:
            fit = sorted(set(self._workers()) - self._bad)
            if not fit:
                raise Stopped(f"every worker left at {self.address} differs from this process")
            limits = {"workers": fit, "allow_other_workers": True}
        # Bars in memory are large, on purpose: they are sent once.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
            return self._client.submit(function, *arguments, key=key, pure=False, retries=RETRIES, **limits)

    def leave_out(self, address: str, reason: str) -> None:
        """Send no more to a worker that came late and is unfit."""
        if address not in self._bad:
            self._bad.add(address)
            warnings.warn(f"the worker {address} is left out: {reason}", ClusterWarning, stacklevel=6)

    def cancel(self, futures: "Sequence[Future]") -> None:
        """Take back what has not begun; what runs is run to its end and thrown away."""
        if futures and self._client.status == "running":
            self._client.cancel(list(futures))

    def _workers(self) -> dict[str, int]:
        try:
            return dict(self._client.nthreads())
        except (OSError, ValueError) as error:
            raise Stopped(f"the scheduler at {self.address} is gone ({error})") from error


class _Flight:
    """The portions of one sweep that are waiting, under way, or suspected of killing workers."""

    def __init__(self, cluster: Cluster, request: Request, backend: str, put: Put, report: Report) -> None:
        self._cluster, self._request, self._put, self._report = cluster, request, put, report
        self._content = packed(
            Job(
                replace(request, bars=anchored(request.bars)),  # without what was worked out here
                backend,
                request.bars.data_hash,
                fingerprint(request.space.strategy_class),
            )
        )
        self._waiting: deque[Portion] = deque()
        self._suspects: deque[Portion] = deque()
        self._under_way: dict[str, tuple[Any, Portion]] = {}
        self._done: SimpleQueue[Any] = SimpleQueue()
        self.failures: list[str] = []
        self._alone = False
        self._looked = self._inhabited = time.monotonic()
        self._threads = cluster.threads()
        self._send()

    def _send(self) -> None:
        """Hand the packed sweep to the scheduler."""
        self._token, self._tasks = uuid.uuid4().hex[:12], 0
        self._sent = self._cluster.submit(carry, self._content, key=f"lockstep-sweep-{self._token}")

    def fly(self, todo: Sequence[Portion]) -> None:
        """Run portions until none is left."""
        self._waiting.extend(todo)
        while self._waiting or self._under_way or self._suspects:
            if not self._waiting and not self._under_way:
                self._alone = True
                self._send()  # if it was lost with the workers it is not held against the suspects
                self._waiting, self._suspects = self._suspects, deque()
            self._fill()
            self._take(self._next())

    def land(self) -> None:
        """Put in place what is finished already, as far as it comes at once."""
        end = time.monotonic() + FETCH
        for future, portion in list(self._under_way.values()):
            if future.status != "finished" or time.monotonic() > end:
                continue
            with suppress(Exception):  # the cluster may be gone, and the rest is kept all the same
                answer: Answer = future.result(timeout=FETCH)
                if answer.found is not None:
                    del self._under_way[future.key]
                    self._put(portion, answer.found, True)

    def cancel(self) -> None:
        """Take back the rest."""
        self._cluster.cancel([self._sent, *(future for future, _ in self._under_way.values())])
        self._under_way.clear()

    def _fill(self) -> None:
        most = 1 if self._alone else max(AHEAD * self._threads, 1)
        while self._waiting and len(self._under_way) < most:
            portion = self._waiting.popleft()
            self._tasks += 1
            key = f"lockstep-portion-{self._token}-{self._tasks}"
            future = self._cluster.submit(run_job, self._sent, self._token, tuple(portion), key=key)
            self._under_way[future.key] = (future, portion)
            future.add_done_callback(self._done.put)

    def _next(self) -> "Future":
        while True:
            if time.monotonic() - self._looked > LOOK:
                self._look()
            try:
                future = self._done.get(timeout=LOOK)
            except Empty:
                continue
            if future.key in self._under_way:
                return future

    def _look(self) -> None:
        """See how many threads there are by now. Raises ``Stopped`` when there was none for long."""
        self._threads, self._looked = self._cluster.threads(), time.monotonic()
        if self._threads:
            self._inhabited = self._looked
        elif self._looked - self._inhabited > WITHOUT_WORKERS:
            raise Stopped(f"no worker has been left at {self._cluster.address} for {WITHOUT_WORKERS:.0f} s")

    def _take(self, future: "Future") -> None:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        portion = self._under_way.pop(future.key)[1]
        try:
            answer: Answer = future.result(timeout=FETCH)
        except TimeoutError as error:
            if future.status != "error":  # lost on the way: it is worked out again, if there are workers
                self._under_way[future.key] = (future, portion)
                self._done.put(future)
                self._look()
                return
            self._fail(portion, f"TimeoutError: {error}")
        except FutureCancelledError as error:
            raise Stopped(f"the scheduler at {self._cluster.address} is gone or dropped the sweep ({error})") from error
        except KilledWorker as error:
            if self._alone:
                self._fail(portion, f"its workers died, {error.allowed_failures + 1} of them, one after the other")
            else:
                self._suspects.append(portion)
        except LockstepError:
            raise
        except Exception as error:  # whatever a worker raised, again and again
            self._fail(portion, f"{type(error).__name__}: {error}")
        else:
            self._answered(portion, answer)

    def _answered(self, portion: Portion, answer: Answer) -> None:
        if answer.raised is not None:
            raise answer.raised
        if answer.found is None:
            self._cluster.leave_out(answer.worker, answer.refused)
            self._waiting.appendleft(portion)
        else:
            self._keep(portion, answer.found)

    def _keep(self, portion: Portion, found: Found) -> None:
        self._put(portion, found, True)
        self._counted(portion)

    def _fail(self, portion: Portion, reason: str) -> None:
        """Mark the sets of a portion; nothing is kept, so that a resumed sweep tries them again."""
        self.failures.append(reason)
        sets = f"sets {portion.start:,} to {portion.stop - 1:,}"
        warnings.warn(f"{sets} are marked as failed: {reason}", ClusterWarning, stacklevel=7)
        self._put(portion, failed(self._request, portion, reason), False)
        self._counted(portion)

    def _counted(self, portion: Portion) -> None:
        self._report((portion.stop - portion.start) * self._request.slices[portion.slice].bars.rows)


def failed(request: Request, portion: Portion, reason: str) -> Found:
    """Return what a portion comes to that can't be run: refused sets as refused, the others as failed."""
    refused = request.space.refused_between(portion.start, portion.stop)
    nothing = np.full((portion.stop - portion.start, TIME_BLOCKS), np.nan)
    places = portion.start + np.flatnonzero(~refused)[:TOLD]
    status = np.where(refused, Status.REFUSED, Status.FAILED).astype(np.int8)
    return Found(status, {}, nothing, nothing, dict.fromkeys(places.tolist(), reason))
