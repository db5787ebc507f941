"""The command that runs the gateway: `lockstep serve`."""

from pathlib import Path
from typing import Annotated

import typer


def serve_command(
    port: Annotated[int | None, typer.Option(help="0: any that is free. [$PORT or 3002]", min=0, max=65535)] = None,
    host: Annotated[
        str | None, typer.Option(help="Where to listen. [$LOCKSTEP_HOST or this machine alone: 127.0.0.1 and ::1]")
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Folder of sessions and tokens. [$LOCKSTEP_HOME or ~/.lockstep]")
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="Where there is nothing yet, begin with nothing: no generated market.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Have a session with strategies that trade in a generated market.")
    ] = False,
) -> None:
    """Run the gateway: REST, WebSocket, Socket.IO and the dashboard, until it is interrupted.

    The first start makes a token and prints it, once. What may be asked without one, and how to let other machines
    ask, is in docs/security.md.
    """
    from lockstep.live.gateway.serve import serve
    from lockstep.live.gateway.settings import read_settings

    serve(
        read_settings(port=port, host=host, home=home), told=lambda line: print(line, flush=True), bare=not empty,
        demonstrating=demo,
    )  # fmt: skip
