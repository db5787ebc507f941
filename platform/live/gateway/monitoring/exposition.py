"""Figures as Prometheus reads them: families of samples, and their text, made a family at a time.

A scrape of a thousand samples costs some milliseconds; between two families the loop has its turn, so that no order
waits for more than one of them.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest

from lockstep.live.session.tally import SECONDS, Tally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "lockstep_"
Labels = tuple[str, ...]
_BOUNDS = (*(f"{bound:g}" for bound in SECONDS), "+Inf")


def counter(name: str, told: str, names: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    """Return a figure that only grows, by the values of its labels."""
    family = CounterMetricFamily(PREFIX + name, told, labels=names)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def gauge(name: str, told: str, names: Sequence[str], values: Mapping[Labels, float | None]) -> Metric:
    """Return a figure that goes up and down; what is not known is left out."""
    family = GaugeMetricFamily(PREFIX + name, told, labels=names)
    for labels, value in values.items():
        if value is not None:
            family.add_metric(labels, value)
    return family


def histogram(name: str, told: str, names: Sequence[str], values: Mapping[Labels, Tally]) -> Metric:
    """Return how long something took, counted by classes."""
    family = HistogramMetricFamily(PREFIX + name, told, labels=names)
    for labels, tally in values.items():
        counts, below = list(tally.counts), 0
        buckets = []
        for bound, count in zip(_BOUNDS, counts, strict=True):
            below += count
            buckets.append((bound, float(below)))
        family.add_metric(labels, buckets, tally.seconds)
    return family


class _Alone:
    """A collector of one family."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterator[Metric]:
        yield self._family


async def text_of(families: Iterable[Metric]) -> bytes:
    """Return families as text; others have their turn between two of them."""
    parts = []
    for family in families:
        parts.append(generate_latest(_Alone(family)))
        await asyncio.sleep(0)
    return b"".join(parts)
