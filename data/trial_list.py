"""The ledger of trials as a list: a row for each search, however often it was run and in however many parts.

A search says so in an entry of its own, ``SRCH``, before those of its trials that are new: a JSON object with
``written_ns``, ``label``, ``id`` (what was searched), ``part`` (which training of a walk-forward; "" for a search that
has none), ``trials`` (how many sets) and ``added`` (how many of them follow). Nothing here decides what counts: that is
the union of all trials, ``Trials.known``.
"""

import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lockstep.data.trial_hash import Hashes
from lockstep.data.trial_log import Entry

KEY, TRIALS, SEARCH = b"KEY_", b"TRYS", b"SRCH"
BODY = struct.Struct("<qQQ")
"""Head of an entry of trials: written_ns, their number, length of the label."""


class Search(NamedTuple):
    """What trials belong to: searches of one ``id`` are the same, its parts are the trainings of a walk-forward."""

    id: str
    part: str = ""


class Batch(NamedTuple):
    """A search as it is listed."""

    data_keys: tuple[str, ...]
    """The data it was run on; parts of bars in memory are data sets of their own."""
    label: str
    written_ns: int
    """When it was run last."""
    trials: int
    """Its sets."""
    runs: int = 1
    trainings: int = 0
    """Trainings of a walk-forward; 0 for a search that is none."""

    @property
    def data_key(self) -> str:
        """The first of the data that it was run on."""
        return self.data_keys[0]


class Run(NamedTuple):
    """A search, or one part of it, as it was run once."""

    data_key: str
    label: str
    written_ns: int
    trials: int
    search: Search | None
    """None where nothing was written of it but its trials."""


def search_entry(search: Search, label: str, written_ns: int, trials: int, added: int) -> Entry:
    """Return the entry that stands before the trials of a search."""
    told = {"written_ns": written_ns, "label": label, "id": search.id, "part": search.part}
    return Entry(SEARCH, json.dumps({**told, "trials": trials, "added": added}).encode())


def runs_of(entries: Iterable[Entry], unknown: str) -> Iterator[Run]:
    """Yield what was run, from the entries of one file; ``unknown`` names data that no entry names.

    Trials that were all there before, said again with another weight, are no search.
    """
    name, follows, seen = unknown, 0, dict[str, Hashes]()
    for kind, body in entries:
        if kind == KEY:
            name = body.decode("utf-8", "replace")
        elif kind == SEARCH:
            told = json.loads(body)
            follows = told["added"]
            search = Search(told["id"], told["part"])
            yield Run(name, told["label"], told["written_ns"], told["trials"], search)
        elif kind == TRIALS:
            written, number, length = BODY.unpack_from(body)
            label = body[BODY.size : BODY.size + length].decode("utf-8", "replace")
            hashes = np.frombuffer(body, "<u8", number, BODY.size + length)
            before = seen.get(label, np.zeros(0, np.uint64))
            if number != follows and not np.isin(hashes, before).all():
                yield Run(name, label, written, number, None)
            seen[label], follows = np.union1d(before, hashes), 0


def listed(runs: Iterable[Run]) -> list[Batch]:
    """Return a row for each search, in the order in which they were last run."""
    rows: dict[tuple[object, ...], list[Run]] = {}
    for number, run in enumerate(runs):
        rows.setdefault(_row(run, number), []).append(run)
    return sorted(map(_batch, rows.values()), key=lambda batch: batch.written_ns)


def _row(run: Run, number: int) -> tuple[object, ...]:
    if run.search is None:
        return (number,)
    if not run.search.part:
        return run.search.id, run.label, run.data_key
    try:  # parts of bars in memory differ in the dataset's name alone
        place = tuple(json.loads(run.data_key)[1:])
    except (ValueError, TypeError):
        place = (run.data_key,)
    return run.search.id, run.label, *place


def _batch(runs: Sequence[Run]) -> Batch:
    parts = Counter((run.data_key, run.search.part if run.search else "") for run in runs)
    trainings = len(parts) if runs[0].search is not None and runs[0].search.part else 0
    last, trials = max(run.written_ns for run in runs), max(run.trials for run in runs)
    keys = tuple(dict.fromkeys(run.data_key for run in runs))
    return Batch(keys, runs[0].label, last, trials, max(parts.values()), trainings)
