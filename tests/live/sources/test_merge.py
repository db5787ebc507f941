"""Streams merged: the order of Python's sort over all events, however the blocks are cut."""

import numpy as np
import pytest

from lockstep.data.recordings.tape_layout import TAPE
from lockstep.live.sources.merge import merged


def stream(number, moments, cuts):
    records = np.zeros(len(moments), TAPE)
    records["received_ns"], records["symbol"] = moments, number
    records["id"] = np.arange(len(moments))
    return iter(np.split(records, cuts))


@pytest.mark.parametrize("seed", range(40))
def test_events_come_by_moment_then_by_stream_then_as_they_stood(seed):
    rng = np.random.default_rng(seed)
    streams, expected = [], []
    for number in range(int(rng.integers(2, 5))):
        # Few different moments, so that many events share one.
        moments = np.sort(rng.integers(0, 12, int(rng.integers(0, 40))))
        cuts = np.sort(rng.integers(0, len(moments) + 1, int(rng.integers(0, 6))))
        streams.append(stream(number, moments, cuts))
        expected += [(int(moment), number, k) for k, moment in enumerate(moments)]
    found = [(r["received_ns"], r["symbol"], r["id"]) for block in merged(streams) for r in block]
    assert found == sorted(expected)


def test_a_stream_may_use_its_memory_again():
    shared = np.zeros(1, TAPE)

    def reusing():
        for moment in (1, 3, 5):
            shared["received_ns"] = moment
            yield shared

    other = stream(1, [2, 4, 6], [1, 2])
    assert [int(r["received_ns"]) for block in merged([reusing(), other]) for r in block] == [1, 2, 3, 4, 5, 6]


def test_nothing_comes_of_empty_streams():
    assert list(merged([iter(()), iter(())])) == []
