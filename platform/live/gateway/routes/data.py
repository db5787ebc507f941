"""What the store holds, and imports from the one folder that is open to them."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.jobs.answers import answered, patience
from lockstep.live.gateway.jobs.models import ImportBody
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.once import ONCE
from lockstep.live.gateway.security.asker import Asker
from lockstep.live.gateway.security.needs import needs

router = APIRouter(tags=["data"], prefix="/api/data", responses=PROBLEMS, dependencies=[Depends(needs("read"))])


@router.get("")
async def list_data(request: Request) -> dict[str, Any]:
    """List what is stored: datasets, their symbols, spans and terms."""
    gateway: Gateway = request.app.state.gateway
    await gateway.prepared()
    return await gateway.board.ask("catalogue")


@router.post("/import", responses={202: {"description": "It goes on; `Location` names the job."}}, dependencies=[ONCE])
async def import_data(request: Request, asker: Annotated[Asker, Depends(needs("trade"))], body: ImportBody) -> Response:
    """Import files of bars into one dataset: all of them, or nothing when a row is bad."""
    gateway: Gateway = request.app.state.gateway
    asked = body.body()
    asked["files"] = [str(_within(gateway.settings.imports, name)) for name in body.files]
    snake = {"timeZone": "time_zone", "timeFormat": "time_format"}
    job = gateway.board.submit("import", {snake.get(name, name): value for name, value in asked.items()}, asker.name,
                               key=request.headers.get("idempotency-key", ""))  # fmt: skip
    return await answered(gateway.board, job, patience(request))


def _within(folder: Path | None, name: str) -> Path:
    """Return a file of the folder of imports; raises ``Problem`` for one that isn't, however it is spelled."""
    if folder is None:
        raise Problem(403, "NO_IMPORTS", "nothing may be imported from here: LOCKSTEP_IMPORTS names the folder of files"
                      " for it, or use `lockstep data import`")  # fmt: skip
    root = folder.expanduser().resolve()
    try:
        path = (root / name).resolve()
        inside = path.is_relative_to(root) and path.is_file()
    except (OSError, ValueError):
        inside = False
    if not inside:
        there = sorted(each.name for each in root.iterdir() if each.is_file())[:20] if root.is_dir() else []
        raise Problem(404, "NOT_FOUND", f"{name!r} is no file of the folder of imports, which holds"
                      f" {', '.join(there) or 'none'}")  # fmt: skip
    return path
