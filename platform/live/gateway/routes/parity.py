"""The proof that a session is what the batch makes of its tape: asked for as a job, and what came of the latest."""

from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.jobs.answers import answered, patience
from lockstep.live.gateway.jobs.board import Board
from lockstep.live.gateway.jobs.job import Job
from lockstep.live.gateway.models.words import Body, iso
from lockstep.live.gateway.problems import PROBLEMS
from lockstep.live.gateway.routes.asked import Reading, SessionId, asking, told
from lockstep.live.gateway.routes.once import Key
from lockstep.live.session.request import ENDED

router = APIRouter(tags=["audit"], prefix="/api/parity", responses=PROBLEMS)
KIND = "parity"
Json = dict[str, Any]


class ParityBody(Body):
    """Which session is to be proven; a query may say it too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sessionId": "paper"}]})

    session_id: str | None = Field(None, max_length=64, description="The only or first session that runs.")


@router.get("")
async def get_parity(request: Request, on: Reading) -> Response:
    """Return the latest proof of a session, null where there is none, and the jobs that prove it now.

    It is that of a job, or the one that the session's process made when it ended.
    """
    await on.look()
    gateway: Gateway = request.app.state.gateway
    at_its_end = await run_in_threadpool(_at_its_end, on.session.folder)
    found = [each for each in (_of_jobs(gateway.board, on.session.id), at_its_end) if each]
    going = [job.id for job in gateway.board.jobs if _is_of(job, on.session.id) and not job.ended]
    return told({
        "latest": max(found, key=lambda each: each["provenNs"], default=None), "running": going,
        "sessionId": on.session.id, "mode": on.session.mode, "source": on.session.source,
    })  # fmt: skip


@router.post("", responses={202: {"description": "It goes on; `Location` names the job."}})
async def prove(
    request: Request, session_id: SessionId = None, body: ParityBody | None = None, _: Key = None
) -> Response:  # fmt: skip
    """Run the tape of a session through the batch and compare row by row; of one that runs, what is durable by now.

    A difference is a result as well: `equal` says whether there is none.
    """
    on = asking(request, (body and body.session_id) or session_id, "trade")
    await on.look()
    gateway: Gateway = request.app.state.gateway
    key = request.headers.get("idempotency-key", "")
    job = gateway.board.submit(KIND, {"sessionId": on.session.id}, on.asker.name, key=key)
    return await answered(gateway.board, job, patience(request))


def _is_of(job: Job, session_id: str) -> bool:
    return job.kind == KIND and job.request.get("sessionId") == session_id


def _of_jobs(board: Board, session_id: str) -> Json | None:
    """Return what came of the latest job that has proven a session."""
    for job in reversed(board.jobs):
        result = board.result(job) if job.state == "done" and _is_of(job, session_id) else None
        if result is not None:
            content: Json = msgspec.json.decode(result)
            return {**content, "provenAt": iso(job.ended_ns), "provenNs": job.ended_ns}
    return None


def _at_its_end(folder: Path) -> Json | None:
    """Return the proof that its process made when it ended."""
    try:
        ended = msgspec.json.decode((folder / ENDED).read_bytes(), type=dict[str, Json])
        at = (folder / ENDED).stat().st_mtime_ns
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return {**ended["parity"], "jobId": None, "provenAt": iso(at), "provenNs": at} if "parity" in ended else None
