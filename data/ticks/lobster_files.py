"""The files of LOBSTER: what their names tell, and which order book belongs to which messages."""

import os
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from lockstep.errors import BadFileError

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

FEW_LEVELS = 10
"""Files of fewer levels are no history of single orders: an hour of AAPL cut to five has a wrong best price 99.7 % of
the time, because orders that leave the levels are never heard of again."""
_NAME = re.compile(r"(?P<symbol>[^_]+)_(?P<day>\d{4}-\d\d-\d\d)_\d+_\d+_(message|orderbook)_\d+")
_KIND = re.compile(r"_(?P<kind>message|orderbook)_(?P<levels>\d+)")


class LobsterFile(NamedTuple):
    """A file of messages, and the order books beside it where they are read."""

    path: Path
    symbol: str
    day: date
    book: Path | None = None


def message_files(paths: Paths, symbol: str | None, day: date | None, renamed: bool) -> list[LobsterFile]:
    """Return files that are read as single orders.

    Raises BadFileError for order books, for files that show a few levels only, and as `named`.
    """
    files = [named(path, symbol, day, renamed) for path in _listed(paths)]
    for file in files:
        found = _KIND.search(file.path.name)
        if found and found["kind"] == "orderbook":
            raise BadFileError(
                f"{file.path.name} is an order book file, which has no single orders: give its message file, or read"
                " both as a history of levels by LobsterBook (--ticks lobster-book)"
            )
        if found and int(found["levels"]) < FEW_LEVELS:
            raise BadFileError(
                f"{file.path.name} has only what touched {found['levels']} level(s): an order that leaves them is never"
                " heard of again and would rest in the book for ever. Read it with its order book file as a history of"
                f" levels by LobsterBook (--ticks lobster-book {file.path.name.replace('message', 'orderbook')})"
            )
    return files


def paired_files(paths: Paths, symbol: str | None, day: date | None, renamed: bool) -> list[LobsterFile]:
    """Return message files with their order books; naming one of a pair is enough where both lie in one folder.

    Raises BadFileError for a name that tells neither, a missing partner, and as `named`.
    """
    given = _listed(paths)
    by_name, pairs = {path.name: path for path in given}, {}
    for path in given:
        found = _KIND.search(path.name)
        if found is None:
            raise BadFileError(
                f"{path.name} does not tell whether it is a message or an order book file: name it as"
                " SYMBOL_2012-06-21_34200000_57600000_message_10.csv and ..._orderbook_10.csv"
            )
        start, end = found.span("kind")
        names = [path.name[:start] + kind + path.name[end:] for kind in ("message", "orderbook")]
        message, book = (by_name.get(name, path.with_name(name)) for name in names)
        for needed in (message, book):
            if not needed.exists():
                raise BadFileError(
                    f"{needed} can't be read: there is no such file; an order book file has no times and a message file"
                    " shows no book, so both are needed, in one folder and named alike"
                )
        pairs[message] = named(message, symbol, day, renamed)._replace(book=book)
    return list(pairs.values())


def named(path: Path, symbol: str | None, day: date | None, renamed: bool) -> LobsterFile:
    """Return a file with the symbol and day of its name or those given.

    Raises BadFileError for a missing file, where neither tells them, and where they disagree unless it is `renamed`.
    """
    if not path.exists():
        raise BadFileError(f"{path} can't be read: there is no such file")
    found = _NAME.match(path.name)
    says = (found["symbol"], date.fromisoformat(found["day"])) if found else (None, None)
    for option, given, said in (("symbol", symbol, says[0]), ("day", day, says[1])):
        if given and said and given != said and not renamed:
            raise BadFileError(
                f"{path.name} is of {said} by its name, found --{option} {given}: leave it out, or say that the name is"
                " wrong by renamed=True (--renamed)"
            )
    symbol, day = symbol or says[0], day or says[1]
    if symbol is None or day is None:
        raise BadFileError(
            f"{path.name} does not tell its symbol and day as SYMBOL_2012-06-21_34200000_57600000_message_10.csv does:"
            " name it so, or give symbol and day (--symbol AAPL --day 2012-06-21)"
        )
    return LobsterFile(path, symbol, day)


def _listed(paths: Paths) -> list[Path]:
    chosen = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    if not chosen:
        raise BadFileError("no file to import: name at least one")
    return [Path(path) for path in chosen]
