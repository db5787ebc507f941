"""Another instance of a strategy in the place of one that ran, with other parameters: position and account stay."""

from collections.abc import Mapping
from typing import Any

from lockstep.data.recordings.terms import LaneTerms
from lockstep.errors import CommandError, LockstepError
from lockstep.kernels.order_terms import NEVER
from lockstep.kernels.ticks.frame import Frame
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.over_ticks.frame import Acting, acting
from lockstep.strategies.registry import create, snake_cased


def renewed(terms: LaneTerms, now: Mapping[str, Any], change: Any) -> dict[str, Any]:
    """Return all parameters of a lane behind a change of those that hold ``now``.

    What they need is compiled when this returns. Raises ``CommandError`` for parameters that can't be.
    """
    if not isinstance(change, Mapping) or not change:
        raise CommandError(f'parameters must be an object like {{"interval_ms": 50}}, found {change!r}')
    try:
        kept, asked = (snake_cased(dict(each), terms.strategy) for each in (now, change))
        made: Any = create(terms.strategy, kept | asked)
        if terms.bars is None and isinstance(made, OrderKernel):
            acting(made)
    except LockstepError as error:
        raise CommandError(f"{terms.name}: {error}") from error
    parameters: dict[str, Any] = made.params._asdict()
    return parameters


def reach(frame: Frame, time_ns: int) -> None:
    """Let it be a moment up to which all is done: whoever begins now gives orders now."""
    frame.run["now_ns"] = max(int(frame.run["now_ns"][0]), time_ns - int(frame.run["lead_ns"][0]))


def renew(frame: Frame, how: Acting, time_ns: int) -> None:
    """Let a compiled strategy begin in a frame in which another has run, at a moment up to which all is done."""
    reach(frame, time_ns)
    frame.state, frame.params = how.state, how.params
    run = frame.run[0]
    run["act"] = how.act
    run["wake_ns"] = int(run["now_ns"]) + 1 if how.timed else NEVER
    frame.name_arrays()
