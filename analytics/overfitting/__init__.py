"""What the winner of a search is worth: trials counted, chance and choice taken out (docs/overfitting.md)."""

from lockstep.analytics.overfitting.blocks import BlockSums
from lockstep.analytics.overfitting.bootstrap import Interval, Intervals, block_intervals, return_intervals
from lockstep.analytics.overfitting.build import Earlier, overfitting_report
from lockstep.analytics.overfitting.cscv import Overfitting, overfitting_probability
from lockstep.analytics.overfitting.effective import Effective, effective_trials
from lockstep.analytics.overfitting.neighbourhood import Neighbourhood, grid_neighbourhood, nearest_neighbourhood
from lockstep.analytics.overfitting.report import OverfittingReport
from lockstep.analytics.overfitting.sharpe import (
    deflated_sharpe,
    expected_maximum_sharpe,
    minimum_periods,
    probabilistic_sharpe,
)
from lockstep.analytics.overfitting.superior import SuperiorAbility, superior_ability
from lockstep.analytics.overfitting.verdict import Verdict

__all__ = [
    "BlockSums",
    "Earlier",
    "Effective",
    "Interval",
    "Intervals",
    "Neighbourhood",
    "Overfitting",
    "OverfittingReport",
    "SuperiorAbility",
    "Verdict",
    "block_intervals",
    "deflated_sharpe",
    "effective_trials",
    "expected_maximum_sharpe",
    "grid_neighbourhood",
    "minimum_periods",
    "nearest_neighbourhood",
    "overfitting_probability",
    "overfitting_report",
    "probabilistic_sharpe",
    "return_intervals",
    "superior_ability",
]
