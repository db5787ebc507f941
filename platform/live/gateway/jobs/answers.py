"""How a job is answered: with what came of it when that is soon, else with where it is to be had."""

import re

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from lockstep.live.gateway.jobs.board import Board, failed
from lockstep.live.gateway.jobs.job import Job

WAIT_SECONDS = 30.0
_WAIT = re.compile(r"\bwait=(\d{1,6})\b")


def patience(request: Request, otherwise: float | None = None) -> float:
    """Return how long whoever asks waits at most, by its header Prefer (RFC 7240)."""
    prefer = request.headers.get("prefer", "").lower()
    if "respond-async" in prefer:
        return 0.0
    wait = _WAIT.search(prefer)
    if wait:
        return min(float(wait[1]), WAIT_SECONDS)
    return WAIT_SECONDS if otherwise is None else otherwise


async def answered(board: Board, job: Job, seconds: float) -> Response:
    """Return what came of a job; 202 where it goes on. Raises ``Problem`` where it has failed."""
    at = f"/api/jobs/{job.id}"
    if not await board.wait(job, seconds):
        return JSONResponse(job.told(), 202, {"Location": at, "Retry-After": "1"})
    return result_of(board, job)


def result_of(board: Board, job: Job) -> Response:
    """Return what came of a job that has ended. Raises ``Problem`` where nothing did."""
    result = board.result(job) if job.state == "done" else None
    if result is None:
        raise failed(job)
    return Response(result, headers={"Content-Location": f"/api/jobs/{job.id}/result"}, media_type="application/json")
