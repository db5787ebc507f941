"""The ledger of trials: every set of parameters that was ever tried on a data set, kept in the store's folder.

Whoever tries long enough finds something, so the trials of last week count for the search of today. One file per data
set, `.trials/<key's hash>.log`, grows at its end only (`trial_log.py`): an entry that names the data set, then for each
search one that names it (`trial_list.py`) and one with what is new of its trials: written_ns int64, number n uint64,
length of the label uint64, label, n hashes uint64, n Sharpe ratios float64, n weights float64.
"""

import hashlib
import json
import os
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.disk import make_folder
from lockstep.data.trial_hash import Hashes
from lockstep.data.trial_list import BODY, KEY, TRIALS, Batch, Run, Search, listed, runs_of, search_entry
from lockstep.data.trial_log import Entry, append, opened, read
from lockstep.errors import CorruptStoreError, StoreError

Floats = npt.NDArray[np.float64]

FOLDER = ".trials"
"""No dataset's name begins with a dot."""


class DamagedTrialsWarning(UserWarning):
    """A part of a ledger can't be read; the rest of it counts."""


class Known(NamedTuple):
    """The distinct trials made on a data set, each once, as it was last remembered.

    ``trials``: how many. ``sharpes``: float64[trials], annual, nan where unknown. ``hashes``: uint64[trials],
    ascending. ``weights``: float64[trials], independent trials that each stands for, 1 unless its search was known to
    be alike.
    """

    trials: int
    sharpes: Floats
    hashes: Hashes
    weights: Floats

    @property
    def effective(self) -> float:
        """Independent trials that all amount to."""
        return float(self.weights.sum())

    def without(self, hashes: Any) -> "Known":
        """Return the others: those of a search at hand are counted by itself."""
        other = ~np.isin(self.hashes, np.asarray(hashes, np.uint64))
        return Known(int(other.sum()), self.sharpes[other], self.hashes[other], self.weights[other])


class Trials:
    """The ledger of the store at `store_path`; nothing is made on disk before the first trial is remembered."""

    def __init__(self, store_path: str | os.PathLike[str]) -> None:
        self.folder = Path(store_path).expanduser() / FOLDER

    def remember(
        self, data_key: str, hashes: Any, sharpes: Any = None, *, label: str = "", effective: float | None = None,
        search: Search | None = None,
    ) -> int:  # fmt: skip
        """Add trials and return how many of them are new; durable when it returns.

        `hashes`: uint64[k], see `trial_hashes`; `sharpes`: float64[k], annual, nan where unknown. `effective` is the
        number of independent trials that the k amount to. A trial that is there already is counted once, with what is
        said of it last; one that says nothing new is not written again. `search` is what they belong to in the list.

        Raises StoreError when the folder can't be written, ValueError where lengths differ.
        """
        fresh = _entry(hashes, sharpes, effective)
        try:
            make_folder(self.folder)
            path = self._path(data_key)
            with opened(path, writing=True) as handle:
                log = read(handle)
                before = _union([_trials_of(entry.body) for entry in log.entries if entry.kind == TRIALS])
                added = _changed(fresh, before)
                told = _told(added, len(fresh[0]), label, search)
                if told:
                    named = () if log.end else (Entry(KEY, data_key.encode()),)
                    append(handle, path, log, (*named, *told))
        except OSError as error:
            raise StoreError(f"the trials in {self.folder} can't be kept ({error.strerror}): change its permissions,"
                             " or give another store by --store or LOCKSTEP_STORE") from error  # fmt: skip
        return int(np.count_nonzero(~np.isin(fresh[0], before.hashes)))

    def known(self, data_key: str) -> Known:
        """Return every trial ever made on a data set.

        Warns with DamagedTrialsWarning where a part of the ledger can't be read. Raises CorruptStoreError when none of
        it can, StoreError when the file can't be opened.
        """
        entries = self._read(self._path(data_key))
        return _union([_trials_of(entry.body) for entry in entries if entry.kind == TRIALS])

    def list(self) -> Sequence[Batch]:
        """Return all searches on all data sets, a row each, the one last run at the end. Warns and raises as `known`.

        Runs of one search make one row, and so do the trainings of one walk-forward.
        """
        runs: list[Run] = []
        for path in sorted(self.folder.glob("*.log")) if self.folder.is_dir() else []:
            runs += runs_of(self._read(path), f"unknown ({path.stem})")
        return listed(runs)

    def _path(self, data_key: str) -> Path:
        return self.folder / f"{hashlib.sha256(data_key.encode()).hexdigest()[:32]}.log"

    def _read(self, path: Path) -> tuple[Entry, ...]:
        try:
            with opened(path, writing=False) as handle:
                log = read(handle)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(
                f"the trials in {path} can't be read ({error.strerror}): change its permissions"
            ) from error
        if log.lost and not log.entries:
            raise CorruptStoreError(f"{path} is no ledger of trials: restore it from a copy, or move it away")
        if log.lost:
            kept = sum(entry.kind == TRIALS for entry in log.entries)
            warnings.warn(
                f"{path}: {log.lost:,} bytes are damaged or were never written to their end, the other {kept} entries"
                " count: restore it from a copy if there is one, for more trials were made than these",
                DamagedTrialsWarning,
                stacklevel=4,
            )
        return log.entries


def data_key(dataset: str, symbols: Sequence[str], interval: str) -> str:
    """Return what names a data set in the ledger; more bars of the same symbols are the same data set."""
    return json.dumps([dataset, interval, *symbols])


_Entry = tuple[Hashes, Floats, Floats]


def _entry(hashes: Any, sharpes: Any, effective: float | None) -> _Entry:
    names = np.asarray(hashes, np.uint64).reshape(-1)
    values = np.full(names.size, np.nan) if sharpes is None else np.asarray(sharpes, np.float64).reshape(-1)
    if values.size != names.size:
        raise ValueError(f"one Sharpe ratio for each of {names.size} trials is expected, found {values.size}")
    weight = 1.0 if effective is None or not names.size else min(max(effective / names.size, 0.0), 1.0)
    return _last(names, values, np.full(names.size, weight))


def _last(hashes: Hashes, sharpes: Floats, weights: Floats) -> _Entry:
    """Return each trial once, by its hash, as it stands last."""
    names, back = np.unique(hashes[::-1], return_index=True)
    rows = len(hashes) - 1 - back
    return names, sharpes[rows], weights[rows]


def _union(entries: Sequence[_Entry]) -> Known:
    if not entries:
        nothing = np.zeros(0)
        return Known(0, nothing, np.zeros(0, np.uint64), nothing)
    hashes, sharpes, weights = _last(*(np.concatenate(column) for column in zip(*entries, strict=True)))
    return Known(len(hashes), sharpes, hashes, weights)


def _changed(fresh: _Entry, before: Known) -> _Entry:
    """Return the trials that are new, or of which something else is said than before."""
    hashes, sharpes, weights = fresh
    if not before.trials:
        return fresh
    place = np.minimum(np.searchsorted(before.hashes, hashes), before.trials - 1)
    same = before.hashes[place] == hashes
    same &= (before.sharpes[place] == sharpes) | (np.isnan(before.sharpes[place]) & np.isnan(sharpes))
    same &= before.weights[place] == weights
    return hashes[~same], sharpes[~same], weights[~same]


def _told(added: _Entry, trials: int, label: str, search: Search | None) -> tuple[Entry, ...]:
    """Return what is to be written: the search, and its trials where they say something new."""
    now, number = time.time_ns(), len(added[0])
    named = () if search is None else (search_entry(search, label, now, trials, number),)
    return (*named, Entry(TRIALS, _body(added, label, now))) if number else named


def _body(entry: _Entry, label: str, now: int) -> bytes:
    text = label.encode()
    head = BODY.pack(now, len(entry[0]), len(text)) + text
    return head + b"".join(column.astype(column.dtype.newbyteorder("<")).tobytes() for column in entry)


def _trials_of(body: bytes) -> _Entry:
    _, number, length = BODY.unpack_from(body)
    start = BODY.size + length
    hashes = np.frombuffer(body, "<u8", number, start)
    sharpes = np.frombuffer(body, "<f8", number, start + 8 * number)
    weights = np.frombuffer(body, "<f8", number, start + 16 * number)
    return hashes.astype(np.uint64), sharpes.astype(np.float64), weights.astype(np.float64)
