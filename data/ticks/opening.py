"""A history that begins in the middle begins with the book at that moment."""

from collections.abc import Sequence

from lockstep.data.ticks.parts import MemoryPart, Part, Piece
from lockstep.data.ticks.reader import Level
from lockstep.data.ticks.tracker import EMPTY, Tracker
from lockstep.kernels.book.events import Phase

_EVENTS = 1 << 16


def between(parts: Sequence[Part], level: Level, start_ns: int, end_ns: int) -> tuple[Part, ...]:
    """Return the events with start_ns <= time < end_ns, behind a picture of the book at the start."""
    first = next((at for at, part in enumerate(parts) if part.span[1] >= start_ns), len(parts))
    kept: list[Part] = []
    for at, part in enumerate(parts[first:], first):
        if part.span[0] >= end_ns:
            break
        row = part.find(start_ns) if at == first else 0
        inside = part.cut(row, part.find(end_ns))
        if inside.rows and at == first and at + row > 0 and not inside.head:
            kept += _opening(parts[: at + 1], row, level, start_ns, inside)
        if inside.rows:
            kept.append(inside)
    return tuple(kept)


def _opening(parts: Sequence[Part], row: int, level: Level, start_ns: int, after: Part) -> list[Part]:
    """Replay what comes before a row of the last part; nothing is made of a book where nothing rests."""
    tracker = _followed([*parts[:-1], parts[-1].cut(0, row)], level)
    news = next(after.pieces(1)).events
    wait_ns = int(news.received_ns[0] - news.time_ns[0])
    picture = tracker.picture(start_ns, start_ns + wait_ns)
    empty = len(picture.kind) == EMPTY and tracker.phase == Phase.CONTINUOUS
    return [] if empty else [MemoryPart(Piece(picture, None), len(picture.kind))]


def replayed(parts: Sequence[Part], level: Level, end_ns: int) -> Tracker:
    """Return the book after all events before a time."""
    inside = [part for part in parts if part.span[0] < end_ns]
    return _followed([*inside[:-1], inside[-1].cut(0, inside[-1].find(end_ns))], level)


def _followed(parts: Sequence[Part], level: Level) -> Tracker:
    needed = _from_picture(parts)
    tracker = Tracker(level, max(part.slots for part in needed))
    for part in needed:
        for piece in part.pieces(_EVENTS):
            tracker.follow(piece.events)
    return tracker


def _from_picture(parts: Sequence[Part]) -> list[Part]:
    """Leave out what lies before the last picture of the book."""
    for at in range(len(parts) - 1, -1, -1):
        rewound = parts[at].rewound()
        if rewound is not None:
            return [rewound, *parts[at + 1 :]]
    return list(parts)
