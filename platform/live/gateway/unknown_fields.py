"""Fields that a request has and its model does not: told with those that there are, and what was probably meant."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from fastapi import Request
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from lockstep._nearest import did_you_mean

UNKNOWN = "extra_forbidden"
"""What pydantic calls them."""
_ELSEWHERE = {
    "qty": "quantity", "tif": "timeInForce", "limit": "limitPrice", "stop": "stopPrice", "trailPercent": "trail",
    "trailPrice": "trail", "trailAmount": "trail", "cash": "initialCapital", "start": "startDate", "end": "endDate",
}  # fmt: skip
"""By the names that other brokers' and libraries' programs send."""


def told(request: Request, place: Sequence[Any]) -> str:
    """Return what to say of the unknown field at a place of a request's body."""
    known = _known(request, place[1:-1])
    camel = to_camel(str(place[-1]))
    meant = camel if camel in known else _ELSEWHERE.get(camel, "")
    hint = f"; did you mean {meant!r}?" if meant in known else did_you_mean(camel, known)
    return f"there is no such field{hint or '.'} There are {', '.join(known)}"


def _known(request: Request, path: Sequence[Any]) -> list[str]:
    body = getattr(request.scope.get("route"), "body_field", None)
    models = [] if body is None else list(_models(body.field_info.annotation))
    for step in path:
        inner = [
            found for model in models for field in model.model_fields.values() if field.alias == step
            for found in _models(field.annotation)
        ]  # fmt: skip
        models = inner or models  # a place in a list, or the name of one of several models
    return list(dict.fromkeys(field.alias or name for each in models for name, field in each.model_fields.items()))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Go through the models that a value of a type may be, or hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)
