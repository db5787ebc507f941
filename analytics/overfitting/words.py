"""The overfitting report in sentences."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockstep.analytics.overfitting.report import OverfittingReport


def headline(report: "OverfittingReport") -> str:
    """Return the verdict with its reason."""
    best = f"the best of {report.trials + report.trials_before:,} trials (Sharpe {report.sharpe:.2f})"
    often = _often(report.p_value)
    if report.verdict == "confident":
        return f"Confident: {best} is better than what chance finds: without any skill one as good is found {often}."
    if report.verdict == "chance":
        return f"Warning: {best} is no better than what chance finds: without any skill one as good is found {often}."
    if report.p_value <= 0.03:
        return (
            f"Warning, doubtful: without any skill {best} is found {often}, but chosen on one half of the time, the"
            " winner mostly lost in the other."
        )
    return f"Warning, doubtful: without any skill one as good as {best} is found {often}; 3 in 100 are asked for."


def sentences(report: "OverfittingReport") -> tuple[str, ...]:
    """Return what each figure says, the verdict first; figures that could not be computed are left out or explained."""
    parts = (headline(report), _trials(report), _threshold(report), _record(report), _pbo(report), _superior(report))
    return tuple(part for part in (*parts, *_around(report)) if part)


def _often(p: float) -> str:
    if p >= 0.995:
        return "nearly always"
    if p >= 0.01:
        return f"in {100.0 * p:.0f} of 100 searches"
    return f"in {1e4 * p:.0f} of 10,000 searches" if p >= 1e-4 else "in less than 1 of 10,000 searches"


def _trials(report: "OverfittingReport") -> str:
    alike = f"{report.trials:,} sets were tried" if report.trials != 1 else "1 set was tried"
    if report.trials > 1:
        alike += f" and amount to {_count(report.effective)} independent ones"
    if math.isfinite(report.correlation):
        alike += f" (mean correlation {report.correlation:.2f})"
    if report.trials_before:
        alike += f"; {report.trials_before:,} other trials count too, made earlier or on other symbols"
        if round(report.effective_before) != report.trials_before:
            alike += f" and amount to {_count(report.effective_before)}"
    return alike + "."


def _threshold(report: "OverfittingReport") -> str:
    return (
        "The best of as many trials without skill shows an annual Sharpe ratio of"
        f" {report.chance_sharpe:.2f} on average and exceeds {report.needed_sharpe:.2f} in 3 of 100 searches."
    )


def _record(report: "OverfittingReport") -> str:
    low, high = report.sharpe_interval
    text = f"Deflated Sharpe ratio {_share(report.deflated)}, probabilistic {_share(report.probabilistic)}"
    if math.isfinite(low):
        text += f"; 95 % interval of its own record {low:.2f} to {high:.2f}, which does not know that it was chosen"
    had = report.periods / report.periods_per_year
    if math.isinf(report.needed_years):
        return text + ". No record is long enough to tell it from chance: its Sharpe ratio is not above that."
    if math.isnan(report.needed_years):
        return text + "."
    return text + f". To tell it from chance takes {_years(report.needed_years)}; it has {_years(had)}."


def _pbo(report: "OverfittingReport") -> str:
    if math.isnan(report.pbo):
        return "" if report.trials < 2 else "Too few periods to choose on one half of the time and test on the other."
    text = (
        f"Chosen on one half of the time, the best ends in the worse half of all sets in the other with"
        f" probability {_share(report.pbo)} (PBO) and loses money with {_share(report.loss)}"
    )
    if report.pbo_sets < report.trials:
        text += f"; computed on {report.pbo_sets:,} sets spread evenly over the search"
    return text + "."


def _superior(report: "OverfittingReport") -> str:
    if math.isnan(report.spa_consistent) or report.trials < 2:
        return ""
    return (
        f"That none of the sets earns anything has p = {report.spa_consistent:.3f} by Hansen's test (between"
        f" {report.spa_lower:.3f} and {report.spa_upper:.3f}), {report.reality_check:.3f} by White's."
    )


def _around(report: "OverfittingReport") -> tuple[str, ...]:
    around = report.neighbourhood
    if around is None or around.shape == "unknown":
        return ()
    kinds = {"plateau": "on a plateau", "slope": "on a slope", "peak": "on a lonely peak"}
    text = (
        f"The winner stands {kinds[around.shape]}: {around.share:.0%} of its {around.neighbours} neighbours keep at"
        f" least half of its {report.metric}, {around.mean:.0%} on average, the worst {around.worst:.0%}."
    )
    edge = "It lies at the edge of what was searched: a better one may lie beyond." if around.edges else ""
    return (text, edge)


def _share(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{value:.1%}"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.1f}"


def _years(value: float) -> str:
    return f"{value:,.1f} years"
