"""The head of a DBN file: what was asked for, and what the instruments are called."""

import struct
from datetime import date
from typing import NamedTuple

from lockstep.data.ticks.byte_source import ByteSource
from lockstep.errors import BadFileError

SCHEMAS = (
    "mbo", "mbp-1", "mbp-10", "tbbo", "trades", "ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d", "definition",
    "statistics", "status", "imbalance", "ohlcv-eod", "cmbp-1", "cbbo-1s", "cbbo-1m", "tcbbo", "bbo-1s", "bbo-1m",
)  # fmt: skip
SYMBOL_TYPES = (
    "instrument_id", "raw_symbol", "smart", "continuous", "parent", "nasdaq_symbol", "cms_symbol", "isin", "us_code",
    "bbg_comp_id", "bbg_comp_ticker", "figi", "figi_ticker", "listing_id", "issuer_id", "security_id",
)  # fmt: skip
_UNDEFINED_TIME = (1 << 64) - 1
_PREFIX, _FIXED = 8, 100


class Interval(NamedTuple):
    """From `start` until the day before `end` the name stood for `symbol`."""

    start: date
    end: date
    symbol: str


class Metadata(NamedTuple):
    """What a file says about itself. `schema` and `stype_in` are '' where it holds several."""

    version: int
    dataset: str
    schema: str
    start_ns: int
    end_ns: int | None
    limit: int | None
    stype_in: str
    stype_out: str
    ts_out: bool
    symbol_length: int
    """Bytes that a symbol takes in the file."""
    symbols: tuple[str, ...]
    partial: tuple[str, ...]
    not_found: tuple[str, ...]
    mappings: dict[str, tuple[Interval, ...]]


def read_metadata(source: ByteSource) -> tuple[Metadata, int]:
    """Read the head of a file; returns it and the byte of `source.data` at which the records begin.

    Raises BadFileError for a file that is no DBN, is of an unknown version or ends within its head.
    """
    _need(source, _PREFIX)
    head = source.data[:_PREFIX].tobytes()
    if head[:3] != b"DBN":
        raise BadFileError(
            f"{source.path.name} begins with {head[:3]!r}, a DBN file with b'DBN': give a .dbn or .dbn.zst file"
        )
    version, length = head[3], int.from_bytes(head[4:8], "little")
    if version not in (1, 2, 3):
        raise BadFileError(
            f"{source.path.name}, byte 3: DBN version {version} is not 1, 2 or 3; a newer Lockstep may read it"
        )
    _need(source, _PREFIX + length)
    body = source.data[_PREFIX : _PREFIX + length].tobytes()
    try:
        return _parse(version, body), _PREFIX + length
    except (struct.error, ValueError, IndexError) as error:
        raise BadFileError(f"{source.path.name}: the head of {length} bytes can't be read: {error}") from error


def _need(source: ByteSource, count: int) -> None:
    while len(source.data) < count:
        if not source.more(0):
            why = f" ({source.broken})" if source.broken else ""
            raise BadFileError(
                f"{source.path.name} ends at byte {len(source.data)} within its head of {count} bytes{why}:"
                " get all of it"
            )


def _parse(version: int, body: bytes) -> Metadata:
    start, end, limit = struct.unpack_from("<QQQ", body, 18)
    place = 42 if version > 1 else 50  # version 1 has a number of records there
    stype_in, stype_out, ts_out = struct.unpack_from("<BBB", body, place)
    length = struct.unpack_from("<H", body, place + 3)[0] if version > 1 else 22
    schema = struct.unpack_from("<H", body, 16)[0]
    texts = _Texts(body, _FIXED + 4 + struct.unpack_from("<I", body, _FIXED)[0], length)
    return Metadata(
        version, _text(body[:16]), SCHEMAS[schema] if schema != 0xFFFF else "", start,
        None if end == _UNDEFINED_TIME else end, limit or None, SYMBOL_TYPES[stype_in] if stype_in != 0xFF else "",
        SYMBOL_TYPES[stype_out], bool(ts_out), length, texts.names(), texts.names(), texts.names(),
        {texts.name(): texts.intervals() for _ in range(texts.number())},
    )  # fmt: skip


class _Texts:
    """The part of a head whose length depends on the symbols."""

    def __init__(self, body: bytes, place: int, length: int) -> None:
        if not length:
            raise ValueError("symbols of 0 bytes")
        self._body, self._place, self._length = body, place, length

    def number(self) -> int:
        self._place += 4
        return int(struct.unpack_from("<I", self._body, self._place - 4)[0])

    def name(self) -> str:
        self._place += self._length
        if self._place > len(self._body):
            raise ValueError(f"a symbol ends at byte {self._place}")
        return _text(self._body[self._place - self._length : self._place])

    def names(self) -> tuple[str, ...]:
        return tuple(self.name() for _ in range(self.number()))

    def intervals(self) -> tuple[Interval, ...]:
        return tuple(Interval(_day(self.number()), _day(self.number()), self.name()) for _ in range(self.number()))


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8")


def _day(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
