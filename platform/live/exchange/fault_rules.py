"""The script of faults: what goes wrong, when.

A script is a JSON list of rules {"when": ..., "what": ...}, see docs/exchange.md. A rule counts what it is about: the
messages it takes, the reports that leave, or logins, of one kind and account where it names them. It strikes at the
`nth` of them and at `times` in a row, each with `chance`; or at one moment after the start.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from lockstep.errors import ExchangeError
from lockstep.live.exchange import messages as m

ORDER_REPORTS = ("accepted", "rejected", "fill", "canceled", "expired", "replaced", "reduced", "triggered")
"""What a rule on reports is about where it names no type."""
Milliseconds = Annotated[float, Meta(ge=0.0, le=86_400_000.0)]


class When(Struct, frozen=True, forbid_unknown_fields=True):
    """When a rule strikes. ``ms`` after the start, for "time"; the others count."""

    on: Literal["message", "report", "login", "time"]
    type: str = ""
    account: str = ""
    nth: Annotated[int, Meta(ge=1)] = 1
    times: Annotated[int, Meta(ge=0)] = 1
    """0: from the nth on, for ever."""
    chance: Annotated[float, Meta(gt=0.0, le=1.0)] = 1.0
    ms: Milliseconds = 0.0


class What(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    """Root of what goes wrong."""


class CutBefore(What, frozen=True, tag="cut_before"):
    """The connection ends and the message is not processed."""


class CutAfter(What, frozen=True, tag="cut_after"):
    """The message is processed and the connection ends unanswered. ``late``: the answers come after the next login."""

    late: bool = False


class Cut(What, frozen=True, tag="cut"):
    """All connections (of the account) end."""


class Pause(What, frozen=True, tag="pause"):
    """Nothing more is read from the connection (of the account) for a time."""

    ms: Milliseconds


class Refuse(What, frozen=True, tag="refuse"):
    """No login (of the account) is taken for a time."""

    ms: Milliseconds


class Delay(What, frozen=True, tag="delay"):
    """The report leaves later, and so do those behind it unless they ``overtake``."""

    ms: Milliseconds
    jitter_ms: Milliseconds = 0.0
    overtake: bool = False


class Lose(What, frozen=True, tag="lose"):
    """The report never leaves. ``silent``: nor does its number, so that no gap shows."""

    silent: bool = False


class Duplicate(What, frozen=True, tag="duplicate"):
    """The report leaves more than once, the copies later by ``ms``."""

    copies: Annotated[int, Meta(ge=1, le=100)] = 1
    ms: Milliseconds = 0.0


class Late(What, frozen=True, tag="late"):
    """The report leaves after the account's next login."""


Fault = CutBefore | CutAfter | Cut | Pause | Refuse | Delay | Lose | Duplicate | Late
_FITTING: dict[str, tuple[type[What], ...]] = {
    "message": (CutBefore, CutAfter, Pause, Refuse), "report": (Delay, Lose, Duplicate, Late), "login": (Refuse,),
    "time": (Cut, Pause, Refuse),
}  # fmt: skip


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that goes wrong."""

    when: When
    what: Fault


def read_rules(script: bytes | Sequence[Any]) -> list[Rule]:
    """Read a script, from JSON or a list of what JSON holds. Raises ExchangeError."""
    try:
        if isinstance(script, bytes):
            rules = msgspec.json.decode(script, type=list[Rule])
        else:
            rules = msgspec.convert(script, list[Rule])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ExchangeError(f"the script of faults is a JSON list of rules with `when` and `what`: {error}") from error
    for number, rule in enumerate(rules):
        _check(rule, number)
    return rules


def _check(rule: Rule, number: int) -> None:
    when, fitting = rule.when, _FITTING[rule.when.on]
    do = _tag(type(rule.what))
    if not isinstance(rule.what, fitting):
        expected = ", ".join(_tag(kind) for kind in fitting)
        raise ExchangeError(f"rule {number}: on a {when.on} there can be {expected}; found {do}")
    known = _TYPES.get(when.on, ())
    if when.type and when.type not in known:
        expected = f"one of {', '.join(known)}" if known else "none"
        raise ExchangeError(f"rule {number}: expected as type on a {when.on} {expected}; found {when.type!r}")


def _tag(kind: type[Struct]) -> str:
    return str(kind.__struct_config__.tag)


_TYPES = {
    "message": tuple(_tag(kind) for kind in get_args(m.FromClient)),
    "report": tuple(_tag(kind) for kind in get_args(m.FromExchange) if kind not in (m.Welcome, m.Bye)),
}
