"""Strategies that were added to a session while it ran: what its recording says of them."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from lockstep.data.recordings.joined import Content, additions_in
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.terms import LaneTerms, SessionTerms, terms_of


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

    Raises ``JournalError`` for a description that doesn't say it all.
    """
    return extended(terms_of(recording.description()), additions_in(recording))
