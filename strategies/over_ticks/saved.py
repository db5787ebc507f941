"""What a session's accounts remember, as plain values and arrays that can be kept."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.snapshot_file import Snapshot
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import RISK_ACCOUNT, RISK_LIMITS, RISK_SYMBOL
from lockstep.kernels.ticks.guards import TYPES
from lockstep.strategies.over_ticks.controls import Controls

Parts = Mapping[str, npt.NDArray[Any]]
ACCOUNT_TYPES = TYPES
_BAR_GUARDS: dict[str, np.dtype[Any]] = {"limits": RISK_LIMITS, "account": RISK_ACCOUNT, "symbols": RISK_SYMBOL}
"""Records of risk of a lane over bars."""


def account_name(number: int) -> str:
    """Return under what the arrays of an account are kept."""
    return f"account.{number}."


def lane_name(number: int) -> str:
    """Return under what the arrays of a lane are kept."""
    return f"lane.{number}."


def bar_lane_name(number: int) -> str:
    """Return under what the arrays of a lane over bars are kept."""
    return f"bars.{number}."


def bar_guards_name(number: int) -> str:
    """Return under what the records of risk of a lane over bars are kept."""
    return f"guards.{number}."


def bar_guards_in(controls: Controls, snapshot: Snapshot) -> list[Parts]:
    """Return the records of risk of each lane over bars, as a snapshot has them."""
    return [snapshot.parts(bar_guards_name(number), _BAR_GUARDS) for number in range(len(controls.bars))]


def controls_values(controls: Controls) -> dict[str, Any]:
    """Return the limits that hold now, which commands may have changed, and whether positions are being closed."""
    own = {name: limits.to_mapping() for name, limits in controls.own.items()}
    bars = {name: None if held.limits is None else held.limits.to_mapping() for name, held in controls.bars.items()}
    return {"limits": controls.limits.to_mapping(), "own": own, "flattening": controls.flattening, "bars": bars,
            "disabled": sorted(controls.disabled), "closing": sorted(controls.closing),
            "parameters": controls.parameters, "changing": controls.changing}  # fmt: skip


def controls_parts(controls: Controls) -> dict[str, npt.NDArray[Any]]:
    """Return the records of all accounts: limits, counters, positions, working orders, the kill switch."""
    parts = {
        f"{account_name(number)}{name}": array
        for number, account in enumerate(controls.accounts)
        for name, array in account.parts().items()
    }
    for number, held in enumerate(controls.bars.values()):
        parts |= {f"{bar_guards_name(number)}{name}": getattr(held.guards, name) for name in _BAR_GUARDS}
    return parts


def resume_controls(
    controls: Controls, values: Mapping[str, Any], parts: Sequence[Parts], over_bars: Sequence[Parts]
) -> None:  # fmt: skip
    """Let accounts that were just made stand where others stood, of whose ``parts`` there is one for each account.

    ``over_bars`` are those of the lanes over bars (``bar_guards_in``).
    """
    controls.limits = RiskLimits.from_mapping(values["limits"])
    controls.flattening = values["flattening"]
    controls.disabled, controls.closing = set(values["disabled"]), set(values["closing"])
    controls.parameters, controls.changing = dict(values["parameters"]), dict(values["changing"])
    controls.own = {name: RiskLimits.from_mapping(each) for name, each in values["own"].items()}
    for account, each in zip(controls.accounts, parts, strict=True):
        account.resume(each)
    for (name, held), kept in zip(controls.bars.items(), over_bars, strict=True):
        limits = values["bars"][name]
        held.limits = None if limits is None else RiskLimits.from_mapping(limits)
        held.guards.closing = controls.flattening
        for part in _BAR_GUARDS:
            getattr(held.guards, part)[:] = kept[part]
    controls.hold_disabled()
