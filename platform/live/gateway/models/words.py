"""How values are written on the border: numbers as people and programs send them, times, states in FIX's words."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

_SECOND = 1_000_000_000
_DECIMAL = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")


def _number(value: Any) -> Any:
    """Let numbers and decimal strings pass: a truth value is none."""
    if isinstance(value, bool):
        raise ValueError("expected a number, found a truth value")
    return value


Number = Annotated[
    float, BeforeValidator(_number), Field(allow_inf_nan=False),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]}),
]  # fmt: skip
"""A number, or a decimal string."""


def plain(value: Any) -> Any:
    """Return a decimal string as the number that it is, else the value as it came."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _plain_values(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


Parameters = Annotated[dict[str, Any], AfterValidator(_plain_values)]
"""Of a strategy: numbers, decimal strings, truth values."""


def registered(name: Any) -> Any:
    """Take strategies by their names alone: code never comes over the border, and no file of this machine is run.

    A file is one by its ending, with or without a class behind a colon.
    """
    if isinstance(name, str) and (name.endswith(".py") or ":" in name or "/" in name):
        raise ValueError(
            f"{name!r} is no name: strategies are registered on this machine, by an entry point (docs/strategies.md),"
            " and then asked for by name"
        )
    return name


def lower(value: Any) -> Any:
    """Take words in capital letters too."""
    return value.lower() if isinstance(value, str) else value


class Body(BaseModel):
    """What is sent to the gateway: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=False)


class Told(BaseModel):
    """What the gateway answers, for its documentation."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, populate_by_name=True)


def iso(time_ns: int) -> str | None:
    """Return ns UTC as ISO 8601, to the microsecond; None for no moment."""
    if not time_ns:
        return None
    seconds, rest = divmod(time_ns, _SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_iso(text: str) -> int:
    """Return ISO 8601 as ns UTC; without a zone it is UTC. Raises ``ValueError`` for what is no time."""
    found = datetime.fromisoformat(text)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    whole = found.replace(microsecond=0)
    return int(whole.timestamp()) * _SECOND + found.microsecond * 1000
