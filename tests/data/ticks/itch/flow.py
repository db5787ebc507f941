"""Valid ITCH 5.0 messages from a seed: written from the specification with `struct`, not from our layouts."""

import random
import struct
from collections.abc import Iterator
from typing import Any

HEAD = "!cHHHI"
OWN = {
    "S": "c", "R": "8sccIcc2scccccIc", "H": "8scc4s", "Y": "8sc", "L": "4s8sccc", "V": "QQQ", "W": "c",
    "K": "8sIcI", "J": "8sIIII", "h": "8scc", "A": "QcI8sI", "F": "QcI8sI4s", "E": "QIQ", "C": "QIQcI", "X": "QI",
    "D": "Q", "U": "QQII", "P": "QcI8sIQ", "Q": "Q8sIQc", "B": "Q", "I": "QQc8sIIIcc", "N": "8sc",
    "O": "8scIIIQII",
}  # fmt: skip
STOCKS = {7: b"AAPL    ", 12: b"MSFT    ", 4000: b"BRK.A   "}
_LETTERS = {"c": b"ABCHNOQSTYX ", "4s": [b"NSDQ", b"GSCO", b"T1  "], "2s": [b"C ", b"Z "]}


def message(letter: str, locate: int, tracking: int, time_ns: int, *values: Any) -> bytes:
    """One message without its length prefix."""
    return struct.pack(
        HEAD + OWN[letter], letter.encode(), locate, tracking, time_ns >> 32, time_ns & 0xFFFFFFFF, *values
    )


def framed(messages: list[bytes]) -> bytes:
    """Messages behind their lengths, as in a file."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in messages)


def of_every_type(seed: int, count: int) -> list[bytes]:
    """`count` messages of each type with values from all of each field's range, shuffled."""
    draw = random.Random(seed)
    letters = [letter for letter in OWN for _ in range(count)]
    draw.shuffle(letters)
    return [_any_values(letter, draw) for letter in letters]


def _any_values(letter: str, draw: random.Random) -> bytes:
    values: list[Any] = []
    for form in _forms(OWN[letter]):
        if form in "IQ":
            values.append(draw.choice([0, 1, draw.getrandbits(20), draw.getrandbits(64 if form == "Q" else 32)]))
        elif form == "8s":
            values.append(draw.choice(list(STOCKS.values())))
        else:
            choices = _LETTERS[form]
            values.append(bytes([draw.choice(choices)]) if isinstance(choices, bytes) else draw.choice(choices))
    # The end of messages ('C') makes one of the libraries stop there.
    if letter == "S":
        values = [draw.choice([b"O", b"S", b"Q", b"M", b"E"])]
    return message(letter, draw.choice(list(STOCKS)), draw.getrandbits(16), draw.getrandbits(48), *values)


def _forms(text: str) -> Iterator[str]:
    digits = ""
    for letter in text:
        if letter.isdigit():
            digits += letter
        else:
            yield digits + letter
            digits = ""


class Day:
    """A day of orders that holds together, and what plain dictionaries make of it.

    ``books[stock]`` is {order: [side, price, shares]} after the last message; ``events`` what each did, as
    (stock, kind, side, price, shares, id).
    """

    def __init__(self, seed: int, orders: int) -> None:
        self.draw = random.Random(seed)
        self.time_ns, self.match, self.next_order = 4 * 3600 * 10**9, 1, 1
        self.messages: list[bytes] = []
        self.events: list[tuple[str, str, int, int, int, int]] = []
        self.books: dict[str, dict[int, list[int]]] = {name.decode().strip(): {} for name in STOCKS.values()}
        self.live: list[tuple[int, int]] = []
        self._say("S", 0, b"O")
        for locate, stock in STOCKS.items():
            self._say("R", locate, stock, b"Q", b"N", 100, b"N", b"C", b"Z ", b"P", b"N", b"N", b"1", b"N", 0, b"N")
            self._say("H", locate, stock, b"T", b" ", b"    ")
            self.events.append((self._name(locate), "PHASE", -1, 0, 0, 0))
        self._say("S", 0, b"S")
        self.events += [(self._name(locate), "PHASE", -1, 0, 2, 0) for locate in STOCKS]
        while self.next_order <= orders:
            self.draw.choice(
                [self._add, self._add, self._add, self._execute, self._cancel, self._delete, self._replace]
            )()
        for locate, stock in STOCKS.items():
            self._say("P", locate, 0, b"B", 7, stock, 1_000_000, self.match)
            self.events.append((self._name(locate), "HIDDEN", -1, 10_000, 7, self.match))
        self._say("S", 0, b"E")
        self.events += [(self._name(locate), "PHASE", -1, 0, 0, 0) for locate in STOCKS]
        self._say("S", 0, b"C")

    def _say(self, letter: str, locate: int, *values: Any) -> None:
        self.time_ns += self.draw.randrange(1_000)
        self.messages.append(message(letter, locate, 0, self.time_ns, *values))

    def _name(self, locate: int) -> str:
        return STOCKS[locate].decode().strip()

    def _did(self, locate: int, kind: str, order: int, price: int, shares: int, side: int) -> None:
        self.events.append((self._name(locate), kind, side, price // 100, shares, order))

    def _add(self) -> None:
        locate, stock = self.draw.choice(list(STOCKS.items()))
        order, side = self.next_order, self.draw.randrange(2)
        price = 1_000_000 + 100 * (self.draw.randrange(1, 40) if side else -self.draw.randrange(1, 40))
        shares, letter = self.draw.randrange(1, 500), b"BS"[side : side + 1]
        if self.draw.random() < 0.1:
            self._say("F", locate, order, letter, shares, stock, price, b"NSDQ")
        else:
            self._say("A", locate, order, letter, shares, stock, price)
        self.next_order += 1
        self.books[self._name(locate)][order] = [side, price, shares]
        self.live.append((locate, order))
        self._did(locate, "ADD", order, price, shares, side)

    def _pick(self) -> tuple[int, int, list[int]] | None:
        """Choose an order that rests, and put it at the end of `live`."""
        if not self.live:
            return None
        place = self.draw.randrange(len(self.live))
        self.live[place], self.live[-1] = self.live[-1], self.live[place]
        locate, order = self.live[-1]
        return locate, order, self.books[self._name(locate)][order]

    def _take(self, locate: int, order: int, shares: int) -> None:
        book = self.books[self._name(locate)]
        book[order][2] -= shares
        if not book[order][2]:
            del book[order]
            self.live.pop()

    def _execute(self) -> None:
        if (picked := self._pick()) is None:
            return
        locate, order, (side, price, resting) = picked
        shares = self.draw.choice([resting, self.draw.randrange(1, resting + 1)])
        if self.draw.random() < 0.2:
            at = price + self.draw.choice([-100, 0, 100])
            self._say("C", locate, order, shares, self.match, self.draw.choice([b"Y", b"N"]), at)
        else:
            at = price
            self._say("E", locate, order, shares, self.match)
        self.match += 1
        self._did(locate, "EXECUTE", order, at, shares, side)
        self._take(locate, order, shares)

    def _cancel(self) -> None:
        if (picked := self._pick()) is None or picked[2][2] == 1:
            return
        locate, order, (side, price, resting) = picked
        shares = self.draw.randrange(1, resting)
        self._say("X", locate, order, shares)
        self._did(locate, "REDUCE", order, price, shares, side)
        self._take(locate, order, shares)

    def _delete(self) -> None:
        if (picked := self._pick()) is None:
            return
        locate, order, (side, price, resting) = picked
        self._say("D", locate, order)
        self._did(locate, "DELETE", order, price, resting, side)
        self._take(locate, order, resting)

    def _replace(self) -> None:
        if (picked := self._pick()) is None:
            return
        locate, order, (side, price, resting) = picked
        new, shares = self.next_order, self.draw.randrange(1, 500)
        away = max(abs(price - 1_000_000) // 100 + self.draw.randrange(-3, 4), 1)  # never across the middle
        now = 1_000_000 + 100 * away * (1 if side else -1)
        self.next_order += 1
        self._say("U", locate, order, new, shares, now)
        self._did(locate, "DELETE", order, price, resting, side)
        self._take(locate, order, resting)
        self.books[self._name(locate)][new] = [side, now, shares]
        self.live.append((locate, new))
        self._did(locate, "ADD", new, now, shares, side)
