"""Strategies that were added to a session while it ran: what its recording says of them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from msgspec.structs import replace

from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshots import read_snapshot, snapshots_of
from lockstep.data.recordings.terms import LaneTerms, SessionTerms, terms_of
from lockstep.errors import SnapshotError

Content = Mapping[str, Any]
"""Of such a command: ``lanes`` are the terms of the lanes, ``code`` what decides beside the rest."""


def lanes_added(content: Content) -> tuple[LaneTerms, ...]:
    """Return the lanes that a command adds."""
    return msgspec.convert(content["lanes"], tuple[LaneTerms, ...])


def extended(terms: SessionTerms, additions: Iterable[Content]) -> SessionTerms:
    """Return the terms of a session behind some additions; lanes that it has already are not added again."""
    for content in additions:
        known = {lane.name for lane in terms.lanes}
        lanes = [lane for lane in lanes_added(content) if lane.name not in known]
        terms = replace(terms, lanes=(*terms.lanes, *lanes), identity=terms.identity | content["code"])
    return terms


def terms_in(recording: Recording) -> SessionTerms:
    """Return what a recorded session has run so far: the lanes that it began with, and those that were added.

    Where rows were archived and lie elsewhere a snapshot says which were added before. Raises ``JournalError`` for a
    description that doesn't say it all.
    """
    terms = terms_of(recording.description())
    for kept in snapshots_of(recording) if recording.start.seq else ():
        with suppress(SnapshotError):
            terms = extended(terms, read_snapshot(recording.folder, kept).values["added"])
            break
    return extended(terms, (row.content() for row in recording.rows(kinds=[ADD])))
