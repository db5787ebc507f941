"""Opening stored ticks: the files of a span, each going on from the one before it where it can."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from lockstep.data.segment import TickInfo
from lockstep.data.select import choose, no_data_in
from lockstep.data.span import FOREVER, Span, window
from lockstep.data.ticks.opening import between
from lockstep.data.ticks.reader import Level
from lockstep.data.ticks.stored import StoredPart
from lockstep.data.ticks.ticks import Ticks

if TYPE_CHECKING:
    from lockstep.data.store import Store


def stored_ticks(store: "Store", symbol: str, span: Span, dataset: str | None) -> Ticks:
    """See `Store.ticks`."""
    manifests = store._of_kind("ticks", dataset)
    manifest = choose(store.path, manifests, [symbol], None, span, dataset)
    info, folder = manifest.symbols[symbol], store._folder(manifest)
    asked = window(span, info.instrument)
    start_ns, end_ns = asked.open_from, min(asked.open_before, asked.close_until + (asked.close_until < FOREVER))
    level = cast(Level, manifest.interval)
    segments = cast("tuple[TickInfo, ...]", info.segments)
    inside = [segment for segment in segments if segment.last_close_ns >= start_ns and segment.first_open_ns < end_ns]
    parts = []
    for number, segment in enumerate(inside):
        part = StoredPart.whole(cast(Path, folder / segment.file), segment)
        parts.append(part.cut(segment.head, segment.rows) if number and segment.continues else part)
    cut = between(parts, level, start_ns, end_ns)
    if not cut:
        raise no_data_in(manifest, symbol, asked)
    source = "synthetic" if manifest.synthetic else manifest.source_of(symbol)
    return Ticks(info.instrument, level, cut, manifest.dataset, source)
