"""Messages put side by side."""

import numpy as np

from lockstep.kernels.feeds.gather import gather


def test_rows_are_the_bytes_from_each_place_on() -> None:
    data = np.random.default_rng(2).integers(0, 256, 500, np.uint8)
    at = np.array([0, 7, 7, 488], np.int64)
    rows = np.zeros((4, 12), np.uint8)
    gather(data, at, rows)
    assert rows.tolist() == [data[place : place + 12].tolist() for place in at]
