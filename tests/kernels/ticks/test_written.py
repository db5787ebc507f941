"""Records that are released on the way make room for others: none is lost, and none is written elsewhere."""

import numpy as np
import pytest
from tests.kernels.ticks.test_advance import FEEDS, case
from tests.kernels.ticks.test_frame import TINY
from tests.kernels.ticks.ticks_run import drive, frame_of

from lockstep.kernels.ticks.advance import Stop

READ = ("intents", "declines", "fills", "orders")


class Reader:
    """Reads what is written as it is written, and releases it."""

    def __init__(self):
        self.parts: dict[str, list[np.ndarray]] = {name: [] for name in READ}
        self.read = dict.fromkeys(READ, 0)

    def __call__(self, frame):
        for name, parts in self.parts.items():
            new = frame.written(name, self.read[name])
            parts.append(new.copy())
            self.read[name] += len(new)
        frame.release(**self.read)

    def all(self, name):
        return np.concatenate(self.parts[name])


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("room", [1, 4])
def test_a_run_whose_records_are_released_writes_the_same(feed, seed, room):
    events, script, settings = case(feed, seed)
    whole, reader = frame_of(events, script, settings, intent_room=1 << 12), Reader()
    rooms = dict.fromkeys(TINY, room) | {"intent_room": 128}
    small = frame_of(events, script, settings, **rooms)
    assert drive(whole, events) == drive(small, events, most=1, each=reader) == Stop.END
    reader(small)
    for name in READ:
        assert reader.all(name).tobytes() == whole.written(name).tobytes()
        assert small.count(name) == whole.count(name)
