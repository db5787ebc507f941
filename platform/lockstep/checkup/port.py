"""Who is on the gateway's port: nobody, a gateway of ours, or somebody else."""

import fcntl
import http.client
import json
import os
import socket
from pathlib import Path
from typing import Any

from lockstep.checkup.finding import Finding, broken, warning, well
from lockstep.errors import GatewayError
from lockstep.live.gateway.security.security import FOLDER
from lockstep.live.gateway.settings import GatewaySettings
from lockstep.live.gateway.sockets import open_sockets

PATIENCE_SECONDS = 2.0


def look(settings: GatewaySettings) -> Finding:
    """Ask who is there; where nobody answers, try whether it could be listened on."""
    port = settings.port
    told = health(_asked(settings.host), port) if port else None
    if told is None:
        return _free(settings)
    if "version" in told and told.get("status") == "ok":
        if not held(settings.home):
            return warning(
                "port", f"a gateway answers on {port}, and it is not that of {settings.home}",
                f"set LOCKSTEP_HOME to its home, or {_other(port)} for one of this home",
            )  # fmt: skip
        return well("port", f"a gateway {told['version']} answers on {port}, mode {told.get('mode')}, "
                            f"for {told.get('uptimeSeconds', 0):.0f} s")  # fmt: skip
    if told.get("silent"):
        return broken("port", f"somebody listens on {port} and does not answer as a gateway", _cure(port))
    return warning("port", f"{port} answers, but says that it is not well: {told}", "see the gateway's log")


def held(home: Path) -> bool:
    """Does a gateway serve a home?"""
    try:
        handle = os.open(home / FOLDER / "serve.lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _asked(host: str) -> str:
    return "127.0.0.1" if host in ("", "localhost", "0.0.0.0") else "::1" if host == "::" else host


def _free(settings: GatewaySettings) -> Finding:
    try:
        for door in open_sockets(settings):
            door.close()
    except GatewayError as error:
        return broken("port", str(error), _other(settings.port))
    if held(settings.home):
        return warning(
            "port", f"{settings.port} is free, and a gateway serves {settings.home} on another one",
            "set PORT to that, or end it before another is begun",
        )  # fmt: skip
    return well("port", f"{settings.port} is free" if settings.port else "any that is free")


def health(host: str, port: int) -> dict[str, Any] | None:
    """Return what ``/health`` answers, None where nobody listens."""
    try:
        socket.create_connection((host, port), PATIENCE_SECONDS).close()
    except OSError:
        return None
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health", headers={"Host": f"localhost:{port}"})
        told = json.loads(connection.getresponse().read(65536))
    except (OSError, http.client.HTTPException, ValueError):
        return {"silent": True}
    finally:
        connection.close()
    return told if isinstance(told, dict) else {"silent": True}


def _cure(port: int) -> str:
    return f"end it, or {_other(port)}"


def _other(port: int) -> str:
    return f"choose another port: PORT=... or `lockstep serve --port ...` instead of {port}"
