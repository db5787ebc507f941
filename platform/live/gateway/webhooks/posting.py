"""One HTTP request that posts an alert: no redirect is followed, and of the answer only its status is read."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress

from lockstep.errors import WebhookError
from lockstep.live.gateway.webhooks.address import Target, addresses_of

PATIENCE_SECONDS = 10.0
_MOST_LINE = 4096


async def post(target: Target, headers: Mapping[str, str], body: bytes, allowed: Iterable[str]) -> int:
    """Return the status that the target answers with; raises ``WebhookError`` where it can't be asked."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _post(target, headers, body, allowed)
    except TimeoutError as error:
        raise WebhookError(f"{target.host} did not answer within {PATIENCE_SECONDS:g} s") from error
    except ssl.SSLError as error:
        raise WebhookError(f"{target.host} could not be trusted: {error.reason or error}") from error
    except OSError as error:
        raise WebhookError(f"{target.host} can't be reached: {error.strerror or error}") from error


async def _post(target: Target, headers: Mapping[str, str], body: bytes, allowed: Iterable[str]) -> int:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    address = addresses_of(found, target, allowed)[0]
    secure = {"ssl": ssl.create_default_context(), "server_hostname": target.host} if target.secure else {}
    reader, writer = await asyncio.open_connection(address, target.port, limit=_MOST_LINE, **secure)  # type: ignore[arg-type]
    try:
        writer.write(_head(target, headers, len(body)) + body)
        await writer.drain()
        return _status(await reader.readline())
    except ValueError as error:  # a line that does not end
        raise WebhookError(f"{target.host} answers with something else than HTTP") from error
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await writer.wait_closed()


def _head(target: Target, headers: Mapping[str, str], length: int) -> bytes:
    name = f"[{target.host}]" if ":" in target.host else target.host
    port = "" if target.port == (443 if target.secure else 80) else f":{target.port}"
    lines = [
        f"POST {target.path} HTTP/1.1", f"Host: {name}{port}", "Content-Type: application/json",
        f"Content-Length: {length}", "Connection: close", *(f"{key}: {value}" for key, value in headers.items()),
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _status(line: bytes) -> int:
    parts = line.split()
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
        raise ValueError(line)
    return int(parts[1])
