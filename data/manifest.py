"""A dataset's manifest: the one file that says which segments belong to it, and what they hold."""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Protocol

from lockstep.data.columns import COLUMN_NAMES
from lockstep.data.instrument import Instrument
from lockstep.data.segment import SegmentInfo, TickInfo, arrow_schema
from lockstep.data.terms import KINDS
from lockstep.errors import CorruptStoreError

MANY_SOURCES = 5
MOST_IMPORTS = 100
FORMAT, VERSION, TICKS_VERSION = "lockstep-store", 2, 3
"""Version 2 knows changes of name, margins and borrow; what version 1 wrote reads the same, but for `_UNCHECKED`. Ticks
came with version 3; bars are written as before."""
FILE_NAME = "manifest.json"


class File(Protocol):
    """A path, or what turns into one when it is opened."""

    def __fspath__(self) -> str: ...

    def read_bytes(self) -> bytes:
        """Return the content."""


class Folder(Protocol):
    """Where a dataset lies."""

    def __truediv__(self, file: str, /) -> File: ...


@dataclass(frozen=True, slots=True)
class ActionsInfo:
    """The file of a symbol's corporate actions, and its SHA-256; `becomes` is the name it changes to, if any."""

    file: str
    sha256: str
    becomes: str | None = None


@dataclass(frozen=True, slots=True)
class SymbolInfo:
    """One symbol of a dataset: its instrument, its segments in time order, its actions file if any."""

    instrument: Instrument
    segments: tuple[SegmentInfo, ...] = ()
    actions: ActionsInfo | None = None

    @property
    def becomes(self) -> str | None:
        """The name under which the symbol goes on."""
        return self.actions.becomes if self.actions else None

    @property
    def rows(self) -> int:
        """Bars in all segments, or events without the pictures that files begin with."""
        return sum(segment.news for segment in self.segments)

    @property
    def span(self) -> tuple[int, int]:
        """First open and last close, ns UTC."""
        return self.segments[0].first_open_ns, self.segments[-1].last_close_ns

    def files(self) -> list[str]:
        """Every file the symbol needs, relative to the dataset."""
        return [segment.file for segment in self.segments] + ([self.actions.file] if self.actions else [])


@dataclass(frozen=True)
class Manifest:
    """One dataset of a `kind`, "bars" or "ticks". `revision` counts its commits; `source` says where rows come from.

    `interval` is the length of bars; of ticks the level of the book, 'L1', 'L2' or 'L3'.
    """

    dataset: str
    interval: str
    source: str
    synthetic: bool = False
    kind: str = "bars"
    revision: int = 0
    symbols: dict[str, SymbolInfo] = field(default_factory=dict)
    imports: tuple[dict[str, Any], ...] = ()
    """What the imports of ticks found, the latest MOST_IMPORTS of them; see `ticks.importer.told_of`."""

    @cached_property
    def _names_before(self) -> dict[str, str]:
        return {info.becomes: name for name, info in self.symbols.items() if info.becomes}

    def lineage(self, symbol: str) -> tuple[str, ...]:
        """The names a symbol has had, oldest first; the last one is the symbol itself."""
        names = [symbol]
        while (before := self._names_before.get(names[0])) is not None and before not in names:
            names.insert(0, before)
        return tuple(names)

    def whole(self, symbol: str) -> SymbolInfo:
        """A symbol with the bars it had under its earlier names in front of its own."""
        segments = (segment for name in self.lineage(symbol) for segment in self.symbols[name].segments)
        return replace(self.symbols[symbol], segments=tuple(segments))

    def with_symbols(self, changed: dict[str, SymbolInfo]) -> "Manifest":
        """The next revision, with some symbols changed or added."""
        return replace(self, revision=self.revision + 1, symbols=dict(sorted((self.symbols | changed).items())))

    def with_source(self, source: str) -> "Manifest":
        """Name another source too; after MANY_SOURCES it is 'and others'."""
        names = self.source.split(", ")
        fresh = [name for name in source.split(", ") if name and name not in names]
        if not fresh or names[-1] == "and others":
            return self
        together = names + fresh
        shown = together[:MANY_SOURCES] + ["and others"] * (len(together) > MANY_SOURCES)
        return replace(self, source=", ".join(shown))

    def with_import(self, told: dict[str, Any]) -> "Manifest":
        """Remember what an import found."""
        return replace(self, imports=(*self.imports, told)[-MOST_IMPORTS:])

    def source_of(self, symbol: str) -> str:
        """Where a symbol's ticks come from, as far as imports are remembered."""
        told = [one["source"] for one in self.imports if symbol in one["rows"]]
        return replace(self, source=told[0]).with_source(", ".join(told[1:])).source if told else self.source

    def files(self) -> set[str]:
        """Every file of the dataset but the manifest itself."""
        return {file for symbol in self.symbols.values() for file in symbol.files()}

    def to_json(self) -> bytes:
        """Write the manifest as it lies on disk."""
        version = TICKS_VERSION if self.kind == "ticks" else VERSION
        body = {"format": FORMAT, "version": version} | {f.name: getattr(self, f.name) for f in fields(self)}
        if self.kind != "ticks":
            del body["imports"]  # bars are written as before
        body["columns"] = _columns(self.kind)
        body["symbols"] = {name: asdict(info) for name, info in self.symbols.items()}
        return json.dumps(body, indent=1).encode()


def _columns(kind: str) -> dict[str, str]:
    if kind == "ticks":
        from lockstep.data.ticks.tick_file import arrow_types

        return arrow_types()
    return {name: str(arrow_schema().field(name).type) for name in COLUMN_NAMES}


def read_manifest(folder: Folder) -> Manifest | None:
    """Read a dataset's manifest; None when the folder holds none (it is not a dataset, or was never committed).

    Raises CorruptStoreError when it can't be read or was written by a newer version.
    """
    path = folder / FILE_NAME
    try:
        body = json.loads(path.read_bytes())
        if body["format"] != FORMAT or body["version"] not in (1, VERSION, TICKS_VERSION):
            raise CorruptStoreError(
                f"{path} has format {body['format']!r} version {body['version']!r}, expected"
                f" {FORMAT!r} version {TICKS_VERSION} or older: update Lockstep"
            )
        if body["version"] == 1:
            _name_kinds(body)
        names = [f.name for f in fields(Manifest) if f.name not in ("symbols", "imports")]
        symbols = {name: _symbol_from(value, body["kind"]) for name, value in body["symbols"].items()}
        return Manifest(**{name: body[name] for name in names}, symbols=symbols, imports=tuple(body.get("imports", ())))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise CorruptStoreError(f"{path} can't be read as a manifest ({error!r}): restore it from a copy") from error


_UNCHECKED = {"fx": "forex"}
"""Kinds that version 1 wrote, where any word would do; others that are none of ours are taken for equities."""


def _name_kinds(body: dict[str, Any]) -> None:
    for symbol in body["symbols"].values():
        kind = symbol["instrument"]["kind"]
        symbol["instrument"]["kind"] = kind if kind in KINDS else _UNCHECKED.get(kind, "equity")


def _symbol_from(value: dict[str, Any], kind: str) -> SymbolInfo:
    actions, described = value["actions"], TickInfo if kind == "ticks" else SegmentInfo
    return SymbolInfo(
        Instrument.from_dict(value["instrument"]),
        tuple(described(**segment) for segment in value["segments"]),
        ActionsInfo(**actions) if actions else None,
    )
