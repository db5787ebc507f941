"""socket.io-client of npm in a real Node, installed once, in exact versions, outside of the repository."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

VERSIONS = {
    "socket.io-client": "4.8.4", "@socket.io/component-emitter": "3.1.2", "debug": "4.4.3", "engine.io-client": "6.6.8",
    "engine.io-parser": "5.2.3", "ms": "2.1.3", "socket.io-parser": "4.2.7", "ws": "8.21.3",
    "xmlhttprequest-ssl": "2.1.2",
}  # fmt: skip
"""All that it stands on: nothing else may be brought along."""
MINUTES = 3


@lru_cache(maxsize=1)
def installed() -> tuple[Path | None, str]:
    """Where the client is, or why it is not there."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None, "node and npm are not installed"
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = home / "lockstep-tests" / f"socket.io-client-{VERSIONS['socket.io-client']}"
    if not (folder / "node_modules" / "socket.io-client" / "package.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(
            json.dumps({"private": True, "dependencies": VERSIONS, "overrides": VERSIONS})
        )
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60 * MINUTES, check=False)
        if done.returncode:
            return None, f"npm can't install socket.io-client here: {done.stderr.strip()[-300:]}"
    found = {
        name: json.loads((folder / "node_modules" / name / "package.json").read_text())["version"] for name in VERSIONS
    }
    assert found == VERSIONS
    return folder, ""


@asynccontextmanager
async def node(script: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a script of JavaScript that knows ``io``; its lines come out of ``stdout``."""
    folder, why = installed()
    if folder is None:
        pytest.skip(why)
    text = f"const {{ io }} = require('socket.io-client');\n{script}"
    child = await asyncio.create_subprocess_exec(
        "node", "-e", text, cwd=folder, stdout=asyncio.subprocess.PIPE, limit=1 << 24
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def line(child: asyncio.subprocess.Process) -> str:
    """The next line that a script says."""
    assert child.stdout is not None
    return (await child.stdout.readline()).decode().rstrip("\n")


async def said(child: asyncio.subprocess.Process) -> Any:
    """The next line, which is JSON."""
    found = await line(child)
    return json.loads(found)
