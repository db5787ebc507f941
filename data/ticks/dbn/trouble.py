"""What was wrong with a record, in words."""

from lockstep.data.ticks.byte_source import ByteSource
from lockstep.data.ticks.dbn.layout import RecordType
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.kernels.feeds.codes import Stop

_WORDS = {
    Stop.DUPLICATE_ORDER: (Trouble.ORDER, "an order is added that rests already"),
    Stop.TOO_MUCH: (Trouble.ORDER, "more is canceled than rests"),
    Stop.BAD_SIZE: (Trouble.BAD_SIZE, "a record with size 0"),
    Stop.NO_PRICE: (Trouble.UNREADABLE, "a record without a price, where there must be one"),
    Stop.BAD_SIDE: (Trouble.UNREADABLE, "an order that is neither a bid nor an ask"),
    Stop.UNKNOWN_ACTION: (Trouble.UNREADABLE, "an action that is none of A, C, M, R, T, F, N"),
    Stop.GARBLED_TIME: (Trouble.UNREADABLE, "a time a day from that of receipt, or from what the file covers"),
    Stop.OFF_TICK: (
        Trouble.OFF_TICK,
        "a price between two ticks; left out. Name the instrument's tick (--tick, instruments=), or its"
        " definitions (--definitions)",
    ),
    Stop.MAYBE_BAD: (Trouble.GAP, "the feed lost messages before this one (flag F_MAYBE_BAD_BOOK)"),
    Stop.OTHER_PUBLISHER: (
        Trouble.UNREADABLE,
        "a second publisher of the same instrument, whose book is another: choose one by DbnReader(publisher=)",
    ),
}
_NOTES = {
    Stop.ROUNDED: (Trouble.OFF_TICK, "a trade between two ticks: taken at the one below"),
    Stop.ADOPTED: (Trouble.UNKNOWN_ORDER, "a change of an order never seen: taken as a new order"),
    Stop.LEFT_FILL: (Trouble.ORDER, "a fill that no change of the book followed: taken as a trade with a hidden order"),
}


def explain(stop: Stop, source: ByteSource, at: int, types: dict[int, RecordType], findings: Findings) -> None:
    """Count the trouble with the record at byte `at`, which is in `source.data`; raises when strict."""
    place, head = f"{source.path.name}, byte {at}", source.data[at - source.base :][:2]
    size, rtype = 4 * int(head[0]), int(head[1])
    if stop in _NOTES:
        findings.note(_NOTES[stop][0], place, _NOTES[stop][1])
    elif stop in _WORDS:
        findings.add(_WORDS[stop][0], place, _WORDS[stop][1])
    elif stop == Stop.UNKNOWN_TYPE:
        findings.add(Trouble.UNREADABLE, place, f"no DBN record has the type 0x{rtype:02X}; {size} bytes left out")
    elif stop == Stop.BROKEN_LENGTH:
        findings.add(
            Trouble.UNREADABLE, place, f"a record of {size} bytes is shorter than its head: the rest is left out"
        )
    else:
        kind = types[rtype]
        words = f"a record {kind.name} must have {kind.fields.itemsize} bytes, has {size}; left out"
        findings.add(Trouble.UNREADABLE, place, words)
