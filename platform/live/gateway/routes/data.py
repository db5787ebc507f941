"""What the store holds, and imports from the one folder that is open to them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from lockstep.live.gateway.gateway import Gateway
from lockstep.live.gateway.jobs.answers import answered, patience
from lockstep.live.gateway.jobs.models import ImportBody
from lockstep.live.gateway.jobs.places import Places
from lockstep.live.gateway.problems import PROBLEMS
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
    places = Places(gateway.settings.home, gateway.settings.imports)
    for name in body.files:
        places.file(name)
    job = gateway.board.submit("import", body.body(), asker.name, key=request.headers.get("idempotency-key", ""))
    return await answered(gateway.board, job, patience(request))
