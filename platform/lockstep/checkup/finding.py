"""What a look at one thing comes to."""

from typing import Literal, NamedTuple

State = Literal["well", "warning", "broken"]


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: State
    found: str
    cure: str = ""
    """Empty where all is well."""


def well(name: str, found: str) -> Finding:
    """Return that a thing is as it should be."""
    return Finding(name, "well", found)


def warning(name: str, found: str, cure: str) -> Finding:
    """Return that a thing works, and could be better."""
    return Finding(name, "warning", found, cure)


def broken(name: str, found: str, cure: str) -> Finding:
    """Return that something can't work."""
    return Finding(name, "broken", found, cure)
