"""What a session's accounts remember, as plain values and arrays that can be kept."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.ticks.guards import TYPES
from lockstep.strategies.over_ticks.controls import Controls

Parts = Mapping[str, npt.NDArray[Any]]
ACCOUNT_TYPES = TYPES


def account_name(number: int) -> str:
    """Return under what the arrays of an account are kept."""
    return f"account.{number}."


def controls_values(controls: Controls) -> dict[str, Any]:
    """Return the limits that hold now, which commands may have changed, and whether positions are being closed."""
    own = {name: limits.to_mapping() for name, limits in controls.own.items()}
    return {"limits": controls.limits.to_mapping(), "own": own, "flattening": controls.flattening}


def controls_parts(controls: Controls) -> dict[str, npt.NDArray[Any]]:
    """Return the records of all accounts: limits, counters, positions, working orders, the kill switch."""
    return {
        f"{account_name(number)}{name}": array
        for number, account in enumerate(controls.accounts)
        for name, array in account.parts().items()
    }


def resume_controls(controls: Controls, values: Mapping[str, Any], parts: Sequence[Parts]) -> None:
    """Let accounts that were just made stand where others stood, of whose ``parts`` there is one for each account."""
    controls.limits = RiskLimits.from_mapping(values["limits"])
    controls.flattening = values["flattening"]
    controls.own = {name: RiskLimits.from_mapping(each) for name, each in values["own"].items()}
    for account, each in zip(controls.accounts, parts, strict=True):
        account.resume(each)
