"""What was wrong with a message, in words."""

from lockstep.data.ticks.byte_source import ByteSource
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.itch.layout import LENGTHS
from lockstep.kernels.feeds.codes import Stop

_WORDS = {
    Stop.UNKNOWN_BOOK: (Trouble.UNREADABLE, "message {letter} of stock locate {locate}, which no message named before"),
    Stop.UNKNOWN_ORDER: (Trouble.UNKNOWN_ORDER, "message {letter} names an order that was not added before"),
    Stop.DUPLICATE_ORDER: (Trouble.ORDER, "message {letter} adds an order that rests already"),
    Stop.TOO_MUCH: (Trouble.ORDER, "message {letter} takes more shares than rest"),
    Stop.GARBLED_TIME: (Trouble.UNREADABLE, "message {letter} has a time a day or more after midnight"),
    Stop.OTHER_STOCK: (
        Trouble.UNREADABLE,
        "message {letter} names another stock than stock locate {locate} stands for",
    ),
    Stop.BAD_SIZE: (Trouble.BAD_SIZE, "message {letter} of 0 shares"),
    Stop.BAD_SIDE: (Trouble.UNREADABLE, "message {letter} is neither B nor S"),
    Stop.OFF_TICK: (
        Trouble.OFF_TICK,
        "message {letter} has a price between two ticks; the order is left out. Name the instrument's tick by"
        " --tick (instruments=), 0.0001 for prices below a dollar",
    ),
}


def explain(stop: Stop, source: ByteSource, at: int, findings: Findings, *, excerpt: bool = False) -> None:
    """Count the trouble with the message at byte `at`, which is in `source.data`; raises when strict.

    In an `excerpt`, which begins after the day did, orders may rest that were never seen.
    """
    place, head = f"{source.path.name}, byte {at}", source.data[at - source.base :][:5]
    size, letter = int(head[0]) << 8 | int(head[1]), chr(int(head[2]))
    locate = int(head[3]) << 8 | int(head[4]) if len(head) == 5 else 0
    if stop == Stop.ROUNDED:
        findings.note(Trouble.OFF_TICK, place, f"message {letter} is a trade between two ticks: taken at the one below")
    elif stop == Stop.UNKNOWN_ORDER and excerpt:
        findings.note(Trouble.UNKNOWN_ORDER, place, f"message {letter} names an order from before the file; left out")
    elif stop == Stop.UNKNOWN_TYPE:
        findings.add(Trouble.UNREADABLE, place, f"no ITCH 5.0 message has the type {letter!r}; {size} bytes left out")
    elif stop == Stop.WRONG_LENGTH:
        expected = LENGTHS[ord(letter)]
        findings.add(Trouble.UNREADABLE, place, f"message {letter} must have {expected} bytes, has {size}; left out")
    else:
        trouble, words = _WORDS[stop]
        findings.add(trouble, place, words.format(letter=letter, locate=locate))
