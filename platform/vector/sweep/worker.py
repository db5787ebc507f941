"""What a worker of a cluster does: it takes a sweep once, and runs portions of it."""

import pickle
from dataclasses import replace
from threading import Lock
from typing import NamedTuple

from lockstep.data.located import compare, located
from lockstep.errors import LockstepError, SweepError
from lockstep.vector.sweep.cores import at_most
from lockstep.vector.sweep.fingerprint import ARITHMETIC, Fingerprint, differences, fingerprint
from lockstep.vector.sweep.plan import Portion
from lockstep.vector.sweep.portion import Found, run_portion
from lockstep.vector.sweep.request import Request

KEPT = 2
"""Sweeps that a process keeps unpacked."""


class Job(NamedTuple):
    """A sweep as it is sent."""

    request: Request
    backend: str
    data_hash: str
    fingerprint: Fingerprint
    """Of the process that asks."""


class Answer(NamedTuple):
    """What became of a portion: one of the three."""

    found: Found | None = None
    refused: str = ""
    """Why this worker is not fit for the sweep."""
    worker: str = ""
    """Its address, where it refused."""
    raised: LockstepError | None = None
    """What would be raised anywhere: there is no use in trying again."""


_jobs: dict[str, Job | str] = {}
_unpacking = Lock()


def carry(content: bytes) -> bytes:
    """Return what it is given: as a task, a sweep that was lost with its workers is had again from the scheduler."""
    return content


def run_job(content: bytes, token: str, place: tuple[int, int, int, int]) -> Answer:
    """Run a portion on the one thread that the scheduler counts for it.

    Raises what may go better next time or elsewhere: the scheduler tries again.
    """
    job = _job(token, content)
    if isinstance(job, str):
        from distributed import get_worker

        return Answer(refused=job, worker=get_worker().address)
    portion = Portion(*place)
    try:
        compare(job.request.slices[portion.slice].bars)
        with at_most(1):
            return Answer(run_portion(job.request, job.backend, portion, lambda cells: None))
    except LockstepError as error:
        if isinstance(error.__cause__, OSError):  # a shared folder that is away for a moment
            raise
        return Answer(raised=error)


def _job(token: str, content: bytes) -> Job | str:
    with _unpacking:
        if token not in _jobs:
            made = _unpacked(content)
            while len(_jobs) >= KEPT:
                _jobs.pop(next(iter(_jobs)))
            _jobs[token] = made
        return _jobs[token]


def _unpacked(content: bytes) -> Job | str:
    try:
        job: Job = pickle.loads(content)
    except Exception as error:  # whatever importing a user's module raises
        return f"can't load the sweep ({type(error).__name__}: {error})"
    differing = differences(job.fingerprint, fingerprint(job.request.space.strategy_class))
    differing.pop(ARITHMETIC, None)
    if differing:
        return "; ".join(differing.values())
    request = replace(job.request, bars=located(job.request.bars))
    if request.bars.data_hash != job.data_hash:
        raise SweepError("the bars that arrived are not those that were sent: report this with the versions in use")
    return job._replace(request=request)
