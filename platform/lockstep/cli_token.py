"""The commands for who may ask the gateway: `lockstep token`."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockstep.cli_common import HELP, JsonOption

if TYPE_CHECKING:
    from lockstep.live.gateway.security.audit import Audit
    from lockstep.live.gateway.security.tokens import Tokens

token = typer.Typer(
    help="Make, list and revoke the tokens of the gateway.", no_args_is_help=True, rich_markup_mode=HELP
)
NameArgument = Annotated[str, typer.Argument(help="What or whom it is for.")]


class TokenScope(StrEnum):
    """Each may all that those before it may."""

    READ = "read"
    TRADE = "trade"
    ADMIN = "admin"


@token.command("list")
def list_command(as_json: JsonOption = False) -> None:
    """List the tokens: name, scope, when each was made and when it ends. Their texts are kept nowhere."""
    tokens, _ = _kept()
    shown: list[dict[str, Any]] = [
        {"name": each.name, "scope": each.scope, "made": _time(each.made), "expires": _time(each.expires)}
        for each in tokens.all()
    ]
    if as_json:
        print(json.dumps(shown))
        return
    for each in shown:
        print(f"{each['name']:24} {each['scope']:6} made {each['made']}  {_until(each['expires'])}".rstrip())


@token.command("make")
def make_command(
    name: NameArgument,
    scope: Annotated[TokenScope, typer.Option(help="read; trade: orders too; admin: live, limits, tokens too.")],
    days: Annotated[float | None, typer.Option(help="How long it holds. [until it is revoked]", min=0.0)] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it, this once. A gateway that runs takes it at once."""
    tokens, audit = _kept()
    expires = None if days is None else datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    text = tokens.make(name, scope.value, expires)
    audit.append([("token_made", {"name": name, "scope": scope.value, "expires": _time(expires)})])
    print(json.dumps({"name": name, "scope": scope.value, "token": text}) if as_json else text)


@token.command("revoke")
def revoke_command(name: NameArgument) -> None:
    """Let a token hold no longer; streams that it opened end within a second or two."""
    tokens, audit = _kept()
    tokens.revoke(name)
    audit.append([("token_revoked", {"name": name})])
    print(f"{name} holds no longer")


def _kept() -> "tuple[Tokens, Audit]":
    from lockstep.live.gateway.security.audit import Audit
    from lockstep.live.gateway.security.security import FOLDER
    from lockstep.live.gateway.security.tokens import Tokens
    from lockstep.live.gateway.settings import read_settings

    folder = read_settings().home / FOLDER
    return Tokens(folder), Audit(folder)


def _time(when: datetime | None) -> str | None:
    return None if when is None else f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _until(expires: str | None) -> str:
    return f"until {expires}" if expires else ""
