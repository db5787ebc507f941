"""What the gateway is told by its environment."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lockstep.errors import GatewayError

LOOPBACK = ("127.0.0.1", "::1")
"""Where it listens unless told otherwise; the second where the machine has it."""
_PAGE = re.compile(r"https?://(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?")
_NAME = re.compile(r"[a-z0-9_.:-]+")
Texts = Annotated[tuple[str, ...], NoDecode]


class GatewaySettings(BaseSettings):
    """Environment variables, and a `.env` file in the folder it is started in; empty ones count as not set."""

    # With the prefix no field is read from a variable of its bare name: HOME is not this home.
    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True, env_prefix="LOCKSTEP_"
    )

    port: int = Field(default=3002, validation_alias="PORT", ge=0, le=65535)
    host: str = Field(default="", validation_alias="LOCKSTEP_HOST")
    """An address to listen on; empty for this machine alone."""
    home: Path = Field(default=Path("~/.lockstep"), validation_alias="LOCKSTEP_HOME")
    """Folder of sessions, tokens and answers."""
    store: Path | None = Field(default=None, validation_alias="LOCKSTEP_STORE")
    imports: Path | None = Field(default=None, validation_alias="LOCKSTEP_IMPORTS")
    """The one folder that data may be imported from."""
    auth: Literal["auto", "always"] = Field(default="auto", validation_alias="LOCKSTEP_AUTH")
    """``auto`` asks for no token on loopback while nothing is live, ``always`` does everywhere."""
    origins: Texts = Field(default=(), validation_alias="LOCKSTEP_ORIGINS")
    """Pages from elsewhere that may ask, such as https://desk.example, separated by commas."""
    hosts: Texts = Field(default=(), validation_alias="LOCKSTEP_HOSTS")
    """Names besides its own that it may be asked by, separated by commas."""
    rate: int = Field(default=2000, validation_alias="LOCKSTEP_RATE", ge=1)
    """Requests a second that one asker may send, and at once."""
    streams: int = Field(default=1024, validation_alias="LOCKSTEP_STREAMS", ge=1)
    """Streams that one asker may have open."""
    journal: Literal["full", "normal"] = Field(default="full", validation_alias="LOCKSTEP_JOURNAL")
    """Is a row durable when the disk has it, or when the operating system has it?"""
    webhook_hosts: Texts = Field(default=(), validation_alias="LOCKSTEP_WEBHOOK_HOSTS")
    """Names and addresses of one's own network that alerts may be sent to, separated by commas."""
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", validation_alias="LOCKSTEP_LOG_LEVEL"
    )
    metric_symbols: Texts = Field(default=(), validation_alias="LOCKSTEP_METRIC_SYMBOLS")
    """Symbols that have figures of their own in /metrics; empty for the first 32 that are seen."""
    data_ingestion_url: str = Field(default="http://localhost:3001", validation_alias="DATA_INGESTION_URL")

    @field_validator("origins", "hosts", "webhook_hosts", "metric_symbols", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("origins", mode="after")
    @classmethod
    def _pages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        pages = tuple(each.lower().rstrip("/") for each in value)
        for page in pages:
            if not _PAGE.fullmatch(page):
                raise ValueError(f"a page's address is such as https://desk.example, not {page!r}")
        return pages

    @field_validator("hosts", "webhook_hosts", mode="after")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(each.lower().strip("[]") for each in value)
        for name in names:
            if not _NAME.fullmatch(name) or (name.count(":") == 1):
                raise ValueError(f"a name is such as desk.example, without scheme, port or pattern, not {name!r}")
        return names

    @field_validator("log_level", mode="before")
    @classmethod
    def _level(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("home", mode="after")
    @classmethod
    def _home(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def loopback_only(self) -> bool:
        """Does nobody but this machine reach it?"""
        return self.host in ("", "localhost", *LOOPBACK)


def read_settings(**given: Any) -> GatewaySettings:
    """Return the settings of the environment, with those that are given (not None) in their place.

    Raises ``GatewayError`` for one that can't be.
    """
    try:
        return GatewaySettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        told = "; ".join(f"{each['loc'][0]}: {each['msg'].removeprefix('Value error, ')}" for each in error.errors())
        raise GatewayError(f"the gateway's settings are not what they must be: {told}") from error
