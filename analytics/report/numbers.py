"""The verdict's cards and the tables of metrics, settings and provenance."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from lockstep.analytics.report.words import shown, spelled
from lockstep.analytics.view import Metric, MetricGroup

_COLOURED = ("return", "benchmark", "alpha", "profit")
"""A card with one of these words is coloured by its sign; a drawdown, always negative, stays plain."""


class Told(Protocol):
    """What a run, over bars or over ticks, says in numbers."""

    @property
    def metrics(self) -> Sequence[MetricGroup]:
        """All metrics, in groups."""

    @property
    def headline(self) -> Sequence[str]:
        """Labels of those that are shown first."""

    @property
    def settings(self) -> Mapping[str, Mapping[str, object]]:
        """Group to name to value."""


def cards(view: Told) -> str:
    """Return the headline metrics as cards, in the headline's order; labels no metric has are left out."""
    found = (find(view, label) for label in view.headline)
    return "\n".join(card(metric) for metric in found if metric)


def find(view: Told, label: str) -> Metric | None:
    """Return the metric of that label, else the first whose label begins with it (case aside), else None."""
    every = [metric for _, group in view.metrics for metric in group]
    wanted = label.casefold()
    exact = (metric for metric in every if metric[0].casefold() == wanted)
    close = (metric for metric in every if metric[0].casefold().startswith(wanted))
    return next(exact, None) or next(close, None)


def metric_groups(view: Told) -> str:
    """Return one list for each group of metrics; what a metric means shows on hovering, focus or touch."""
    return "\n".join(_group(group) for group in view.metrics)


def pairs(title: str, values: Mapping[str, object]) -> str:
    """Return one list of names and values."""
    rows = "\n".join(f"<div><dt>{shown(name)}</dt><dd>{shown(value)}</dd></div>" for name, value in values.items())
    return f'<section class="group"><h3>{shown(title)}</h3><dl>{rows}</dl></section>'


def settings(view: Told) -> str:
    """Return one list for each group of settings, keys and choices in words."""
    return "".join(
        pairs(title, {spelled(name): _choice(value) for name, value in values.items()})
        for title, values in view.settings.items()
    )


def _choice(value: object) -> object:
    return spelled(value) if isinstance(value, str) and re.fullmatch("[a-z_]+", value) else value


def card(metric: Metric) -> str:
    """Return one number as a card, coloured by its sign where it is a return."""
    label, value, meaning = metric
    text = shown(value)
    return (
        f'<div class="card{_tone(label, text)}"><div class="label"{_tip(meaning)}>{shown(label)}</div>'
        f'<div class="value">{text}</div></div>'
    )


def _tone(label: str, text: str) -> str:
    if not any(word in label.casefold() for word in _COLOURED) or not any(digit in text for digit in "123456789"):
        return ""
    return " loss" if text.startswith(("-", "−")) else " gain"


def _group(group: MetricGroup) -> str:
    title, metrics = group
    rows = "\n".join(
        f"<div><dt{_tip(meaning)}>{shown(label)}</dt><dd>{shown(value)}</dd></div>" for label, value, meaning in metrics
    )
    return f'<section class="group"><h3>{shown(title)}</h3><dl>{rows}</dl></section>'


def _tip(meaning: str) -> str:
    return f' tabindex="0" data-tip="{shown(meaning)}"' if meaning else ""
