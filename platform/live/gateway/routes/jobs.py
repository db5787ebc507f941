"""Jobs: which there are, how far they are, what came of them."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import FileResponse, Response

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.jobs.answers import result_of
from lockstep.live.gateway.jobs.board import Board
from lockstep.live.gateway.jobs.links import BELOW, SECONDS
from lockstep.live.gateway.pages import Page, page_of
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.security.needs import needs

router = APIRouter(tags=["jobs"], prefix="/api/jobs", responses=PROBLEMS, dependencies=[Depends(needs("read"))])
_SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)
"""A report is one file, with its script inside; whatever it were made to say, it could reach nothing."""


opened = APIRouter(tags=["jobs"], responses=PROBLEMS)
"""What a link opens: whoever has it needs no token."""


def _board(request: Request) -> Board:
    board: Board = request.app.state.gateway.board
    return board


@router.get("")
async def list_jobs(
    request: Request,
    kind: str | None = None,
    state: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Of a page, at most 500.")] = 100,
    cursor: str | None = None,
) -> Page:
    """List jobs, the newest first."""
    found = [
        job for job in reversed(_board(request).jobs) if kind in (None, job.kind) and state in (None, job.state)
    ]  # fmt: skip
    return page_of("jobs", found, limit, cursor, lambda job: job.id, lambda job: job.told())


@router.get("/{job_id}")
async def get_job(request: Request, job_id: str) -> dict[str, Any]:
    """Return how far a job is."""
    return _board(request).job(job_id).told()


@router.get("/{job_id}/result")
async def get_result(request: Request, job_id: str) -> Response:
    """Return what came of a job that has ended."""
    board = _board(request)
    job = board.job(job_id)
    if not job.ended:
        raise Problem(409, "NOT_DONE", f"job {job_id} is {job.state}: ask again later", headers={"Retry-After": "1"})
    return result_of(board, job)


@router.get("/{job_id}/report", response_class=FileResponse)
async def get_report(request: Request, job_id: str) -> Response:
    """Return the HTML report that a backtest left; a page that may run its own script and nothing else."""
    return _report(_report_of(request, job_id))


@router.get("/{job_id}/report-link")
async def get_report_link(request: Request, job_id: str) -> dict[str, Any]:
    """Return an address that opens the report once, within a minute, without a token."""
    gateway: Gateway = request.app.state.gateway
    return {"url": gateway.links.make(_report_of(request, job_id)), "seconds": SECONDS}


@router.delete("/{job_id}", dependencies=[Depends(needs("trade"))])
async def cancel_job(request: Request, job_id: str) -> dict[str, Any]:
    """Cancel a job; one that has ended stays as it is."""
    board = _board(request)
    job = board.job(job_id)
    await board.cancel(job)
    return job.told()


@opened.get(f"{BELOW}{{name}}", response_class=FileResponse)
async def open_report(request: Request, name: str) -> Response:
    """Return the report that a link opens, the first time it is asked for."""
    gateway: Gateway = request.app.state.gateway
    path = gateway.links.take(name)
    if path is None:
        raise Problem(404, "LINK_USED", "this link was opened before, or is too old: ask for the report again")
    return _report(path)


def _report_of(request: Request, job_id: str) -> Path:
    board = _board(request)
    path: Path = board.file(board.job(job_id), "report.html")
    if not path.is_file():
        raise Problem(404, "NOT_FOUND", f"job {job_id} has left no report: backtests that are done do")
    return path


def _report(path: Path) -> Response:
    return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": _SANDBOX})
