"""What the parameters of an indicator must be; used by the ``init`` functions, which run as plain Python."""

import math

from lockstep.errors import StrategyError


def whole(name: str, value: float, least: int = 1) -> int:
    """Return ``value`` as an int. Raises ``StrategyError`` unless it is whole and at least ``least``."""
    if isinstance(value, bool) or not _is_number(value) or value != int(value) or value < least:
        raise StrategyError(
            f"{name} must be a whole number of at least {least}, found {value!r}: give {least} or more bars"
        )
    return int(value)


def below(name: str, value: int, other_name: str, other: int) -> None:
    """Raise ``StrategyError`` unless ``value < other``."""
    if value >= other:
        raise StrategyError(
            f"{name} must be smaller than {other_name}, found {name}={value} and {other_name}={other}: "
            f"swap them or lengthen {other_name}"
        )


def number(name: str, value: float, least: float = 0.0, *, above: bool = False) -> float:
    """Return ``value`` as a float. Raises ``StrategyError`` unless finite and at least (above) ``least``."""
    if not _is_number(value) or value < least or (above and value == least):
        bound = f"above {least:g}" if above else f"of at least {least:g}"
        raise StrategyError(f"{name} must be a finite number {bound}, found {value!r}: give one {bound}")
    return float(value)


def _is_number(value: float) -> bool:
    try:
        return math.isfinite(value)
    except TypeError:
        return False
